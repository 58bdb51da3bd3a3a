"""The PyTorch engine: the same result as the others, smaller batches when memory is short, never loaded unasked."""

import dataclasses
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from core.engines import EngineOptions, Place, choice, hardware
from core.engines import pytorch as pytorch_engine
from core.errors import EngineFailedError, ModelDamagedError, OutOfMemoryError, PackageMissingError
from core.messages import Notice
from core.models import weights
from core.models.catalogue import Model
from tests.core.test_engines import SHORT, magnitudes

needs_torch = pytest.mark.skipif(
    not choice.is_installed("pytorch"), reason="PyTorch is not installed (requirements-demucs.txt)"
)
ON_PYTORCH = EngineOptions("pytorch", "cpu")
GPU = Place("gpu", "Pretended GPU", "cpu")


def assert_equal_to_another_engine(model: Model) -> None:
    given = magnitudes(model)
    reference = list(choice.choose(model, EngineOptions("onnx", "cpu")).estimates(given))
    for mix, mine, theirs in zip(given, choice.choose(model, ON_PYTORCH).estimates(given), reference, strict=True):
        assert mine.shape == (len(model.networks), 2, model.chunk_frames, model.bins)
        assert np.abs(mine - theirs).max() <= 1e-4 * mix.max()
    shares = reference[0].sum(axis=(1, 2, 3)) / given[0].sum()
    assert (shares > 0.01).all()
    assert (shares < 0.99).all()


@needs_torch
def test_the_built_in_models_estimates_are_those_of_the_other_engines() -> None:
    assert_equal_to_another_engine(SHORT)


@needs_torch
@pytest.mark.parametrize(
    ("stems", "function", "activations"),
    [
        (2, "unet.unet", {}),
        (4, "unet.unet", {"conv_activation": "ELU", "deconv_activation": "ELU"}),
        (5, "unet.softmax_unet", {"conv_activation": "ELU", "deconv_activation": "ELU"}),
        (1, "unet.unet", {"conv_activation": "ReLU", "deconv_activation": "LeakyReLU"}),
    ],
)
def test_the_estimates_of_spleeters_networks_are_those_of_the_other_engines(
    stems: int, function: str, activations: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.network import new_weights, shape_of

    params = {**activations, "conv_n_filters": [2, 3, 4, 5, 6, 7]}
    rng = np.random.default_rng(0)
    arrays = {
        name: array if name.endswith("/kernel") else (array + rng.uniform(0.05, 0.3, array.shape)).astype(np.float32)
        for name, array in new_weights(shape_of(stems, function, params), 0).items()
    }
    monkeypatch.setattr(weights, "load", lambda model: arrays)
    networks = tuple(f"stem{number}" for number in range(stems))
    model = dataclasses.replace(SHORT, networks=networks, residual=None, function=function, function_params=params)
    assert_equal_to_another_engine(model)


@needs_torch
def test_it_says_what_it_is_and_takes_threads() -> None:
    import torch

    found = choice.choose(SHORT, dataclasses.replace(ON_PYTORCH, threads=1))
    assert (found.name, found.place, found.precision) == ("PyTorch", pytorch_engine.CPU, "f32")
    assert torch.get_num_threads() == 1
    choice.choose(SHORT, ON_PYTORCH)
    assert torch.get_num_threads() == hardware.processors()
    assert not torch.backends.cudnn.allow_tf32


@needs_torch
def test_a_batch_that_takes_too_much_memory_is_halved_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = pytorch_engine.PyTorchEngine(SHORT, pytorch_engine.CPU)
    given = magnitudes(SHORT, 7)
    expected = list(engine.estimates(given))
    sizes: list[int] = []
    run = engine._networks.estimates

    def limited(mix: Any) -> Any:
        sizes.append(len(mix))
        if len(mix) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 1.00 GiB")
        return run(mix)

    monkeypatch.setattr(engine._networks, "estimates", limited)
    engine.batch = 5
    for mine, theirs in zip(engine.estimates(given), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5 * given[0].max())
    assert engine.batch == 2
    assert sizes == [5, 2, 2, 1, 2]


@needs_torch
def test_a_gpu_without_memory_for_one_chunk_gives_way_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a device raises is pretended; the way from there to the CPU is the real one."""
    monkeypatch.setattr(hardware, "may_have_gpu", lambda engine: engine == "pytorch")
    monkeypatch.setattr(pytorch_engine, "places", lambda: [GPU, pytorch_engine.CPU])
    said: list[Notice] = []
    engine = choice.choose(SHORT, EngineOptions("pytorch"), said.append)
    assert engine.place == GPU
    first: Any = engine._engine

    def full(mix: Any) -> Any:
        raise RuntimeError("MPS backend out of memory (MPS allocated: 9.00 GB)")

    monkeypatch.setattr(first._networks, "estimates", full)
    given = magnitudes(SHORT, 3)
    answers = list(engine.estimates(given))
    assert engine.place == pytorch_engine.CPU
    assert [notice.code for notice in said] == ["gpu_memory_full"]
    for mine, theirs in zip(answers, choice.choose(SHORT, ON_PYTORCH).estimates(given), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@needs_torch
def test_errors_of_pytorch_are_engine_errors_and_it_goes_on() -> None:
    engine = pytorch_engine.PyTorchEngine(SHORT, pytorch_engine.CPU)
    with pytest.raises(EngineFailedError):
        list(engine.estimates([np.zeros((2, 8, 8), np.float32)]))
    assert len(list(engine.estimates(magnitudes(SHORT)))) == 2


@needs_torch
def test_weights_of_another_shape_are_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = dict(weights.load(SHORT))
    arrays["conv2d_2/kernel"] = arrays["conv2d_2/kernel"][:3]
    monkeypatch.setattr(weights, "load", lambda model: arrays)
    with pytest.raises(ModelDamagedError):
        pytorch_engine.PyTorchEngine(SHORT, pytorch_engine.CPU)


def test_running_out_of_memory_is_told_from_other_failures() -> None:
    said = ("CUDA out of memory. Tried", "HIP out of memory. Tried", "XPU out of memory.", "MPS backend out of memory (MPS")
    for text in (*said, "UR error: UR_RESULT_ERROR_OUT_OF_RESOURCES", "DefaultCPUAllocator: can't allocate memory: 1"):
        with pytest.raises(OutOfMemoryError), pytorch_engine.failures():
            raise RuntimeError(text)
    with pytest.raises(EngineFailedError, match="CUDA error"), pytorch_engine.failures():
        raise RuntimeError("CUDA error: an illegal memory access\nwas encountered")


def test_it_is_taken_for_the_cpu_only_when_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "is_installed", lambda name: True)
    names = choice._usable(SHORT, EngineOptions())
    assert choice._by_speed(["pytorch", "tensorflow", "onnx"]) == ["onnx", "pytorch", "tensorflow"]
    assert "pytorch" in names


def test_without_its_package_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "is_installed", lambda name: name != "pytorch")
    assert "pytorch" not in choice._usable(SHORT, EngineOptions())
    with pytest.raises(PackageMissingError):
        choice.choose(SHORT, ON_PYTORCH)


@pytest.mark.parametrize("module", ["core.cli", "gui.app", "core.engines.choice", "core.jobs"])
def test_importing_the_program_loads_no_pytorch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@needs_torch
def test_a_separation_with_another_engine_loads_no_pytorch() -> None:
    code = (
        "import sys, numpy as np; from core.engines import choice, EngineOptions; from core.models import catalogue;"
        "m = catalogue.find('builtin'); e = choice.choose(m, EngineOptions('onnx', 'cpu'));"
        "list(e.estimates([np.zeros((2, m.chunk_frames, m.bins), np.float32)])); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
