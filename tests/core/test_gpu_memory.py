"""A GPU whose memory runs short in the middle of a song: fewer at once, then the CPU, and the same stems.

What a device raises is pretended, at the network; the way from there to the CPU is the real one.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engines import EngineOptions, Place, choice, hardware
from core.engines import pytorch as pytorch_engine
from core.engines.choice import ChosenEngine
from core.messages import Notice
from core.models import bags, catalogue
from core.models.catalogue import Model
from core.separation import demucs
from core.separation.care import Care
from core.separation.separator import StemBlock, separate
from tests.core.test_engines import SHORT
from tests.core.test_segments import in_blocks, joined
from tests.support import bags as repositories
from tests.support import songs

needs_torch = pytest.mark.skipif(
    not choice.is_installed("pytorch"), reason="PyTorch is not installed (requirements-demucs.txt)"
)
needs_demucs = pytest.mark.skipif(not bags.can_run(), reason="Demucs is not installed (requirements-demucs.txt)")

GPU = Place("gpu", "Pretended GPU", "cpu", "cuda")
GPU_OPTIONS = EngineOptions("pytorch", threads=1)

# For how many there is room at each call: less and less, up to nothing. What becomes of thirteen chunks or windows then:
# four at once, four that become two and two, two that become one and, on the CPU, all others.
ROOMS = (4, 2, 2, 2, 1, 1)
SIZES = [4, 4, 2, 2, 2, 1, 1]

Run = Callable[[Any], Any]


class Shrinking:
    """A network on a device with less and less memory."""

    def __init__(self, run: Run) -> None:
        self._run, self._rooms = run, iter(ROOMS)
        self.sizes: list[int] = []

    def __call__(self, batch: Any) -> Any:
        self.sizes.append(len(batch))
        if len(batch) > next(self._rooms, 0):
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self._run(batch)


@pytest.fixture
def said() -> list[Notice]:
    return []


@pytest.fixture
def on_gpu(monkeypatch: pytest.MonkeyPatch, said: list[Notice]) -> Callable[[Model], ChosenEngine]:
    """An engine on a GPU that is the CPU."""
    monkeypatch.setattr(hardware, "may_have_gpu", lambda engine: engine == "pytorch")
    monkeypatch.setattr(pytorch_engine, "places", lambda: [GPU, pytorch_engine.CPU])

    def start(model: Model) -> ChosenEngine:
        engine = choice.choose(model, GPU_OPTIONS, said.append)
        assert engine.place == GPU
        return engine

    return start


def spleeters_stems(song: np.ndarray, engine: ChosenEngine) -> dict[str, np.ndarray]:
    return joined(separate([song], engine, SHORT))


def demucs_stems(song: np.ndarray, engine: ChosenEngine, model: Model) -> dict[str, np.ndarray]:
    blocks: Iterable[StemBlock] = demucs.separate(in_blocks(song), lambda: engine, model, "reference", care=Care(0))
    return joined(blocks)


def assert_it_went_on(engine: ChosenEngine, network: Shrinking, said: list[Notice]) -> None:
    assert network.sizes == SIZES
    assert engine.place == pytorch_engine.CPU
    assert [(notice.code, notice.parameters["device"]) for notice in said] == [("gpu_memory_full", "Pretended GPU")]


def assert_same(ours: dict[str, np.ndarray], undisturbed: dict[str, np.ndarray]) -> None:
    assert ours.keys() == undisturbed.keys()
    for stem, samples in ours.items():
        assert np.abs(samples).max() > 0.01
        np.testing.assert_allclose(samples, undisturbed[stem], atol=1e-6)


@needs_torch
def test_a_song_in_which_memory_runs_short_has_the_same_stems(
    on_gpu: Callable[[Model], ChosenEngine], said: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    song = songs.music(13 * SHORT.chunk_frames * SHORT.hop / songs.RATE - 0.2, 1)
    undisturbed = spleeters_stems(song, choice.choose(SHORT, EngineOptions("pytorch", "cpu", threads=1)))
    engine = on_gpu(SHORT)
    running: Any = engine._engine
    network = Shrinking(running._networks.estimates)
    monkeypatch.setattr(running._networks, "estimates", network)
    assert_same(spleeters_stems(song, engine), undisturbed)
    assert_it_went_on(engine, network, said)


@needs_demucs
def test_a_song_in_which_memory_runs_short_has_the_same_stems_by_demucs(
    on_gpu: Callable[[Model], ChosenEngine], said: list[Notice], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = catalogue.find(str(repositories.make_repository(tmp_path / "repository") / "four.yaml"))
    song = songs.music(5.5, 1)  # thirteen segments
    undisturbed = demucs_stems(song, choice.choose(model, EngineOptions(device="cpu", threads=1)), model)
    engine = on_gpu(model)
    running: Any = engine._engine
    network = Shrinking(running._modules[0])
    monkeypatch.setattr(running, "_modules", [network])
    assert_same(demucs_stems(song, engine, model), undisturbed)
    assert_it_went_on(engine, network, said)


@needs_demucs
def test_a_gpu_without_memory_for_the_weights_gives_way_to_the_cpu(
    on_gpu: Callable[[Model], ChosenEngine], said: list[Notice], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import torch

    def full(module: Any, handle: str) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 512.00 MiB")

    model = catalogue.find(str(repositories.make_repository(tmp_path / "repository") / "four.yaml"))
    moves: Iterator[Any] = iter([full])
    keep = torch.nn.Module.to
    monkeypatch.setattr(torch.nn.Module, "to", lambda module, handle: next(moves, keep)(module, handle))
    engine = choice.choose(model, GPU_OPTIONS, said.append)
    assert engine.place.kind == "cpu"
    assert [notice.code for notice in said] == ["gpu_memory_full"]


@needs_torch
def test_a_kind_of_gpu_can_be_wanted(on_gpu: Callable[[Model], ChosenEngine], monkeypatch: pytest.MonkeyPatch) -> None:
    other = Place("gpu", "Another GPU", "cpu", "xpu")
    monkeypatch.setattr(pytorch_engine, "places", lambda: [GPU, other, pytorch_engine.CPU])
    for device, place in (("cuda", GPU), ("xpu", other), ("gpu", GPU), ("cpu", pytorch_engine.CPU)):
        assert choice.choose(SHORT, EngineOptions("pytorch", device)).place == place  # type: ignore[arg-type]
    with pytest.raises(choice.NoDeviceError, match="Metal GPU"):
        choice.choose(SHORT, EngineOptions("pytorch", "mps"))


@needs_torch
def test_gpus_are_named_by_what_they_are_used_by(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "Radeon")
    monkeypatch.setattr(torch.version, "hip", "6.4")
    monkeypatch.setattr(torch.xpu, "is_available", lambda: True)
    monkeypatch.setattr(torch.xpu, "device_count", lambda: 1)
    monkeypatch.setattr(torch.xpu, "get_device_name", lambda number: "Arc")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    names = [(place.name, place.backend, place.handle) for place in pytorch_engine.places()]
    assert names == [
        ("Radeon (ROCm)", "rocm", "cuda:0"),
        ("Arc (XPU)", "xpu", "xpu:0"),
        ("Apple GPU (Metal)", "mps", "mps"),
        ("CPU", None, "cpu"),
    ]
    monkeypatch.setattr(torch.version, "hip", None)
    assert pytorch_engine.places()[0].name == "Radeon (CUDA)"
