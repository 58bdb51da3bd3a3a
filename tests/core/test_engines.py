"""The engines: the same result from each, the choice among them, and what happens when one fails."""

import dataclasses
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import paths, tensorflow_runtime
from core.cancel import CancelToken
from core.engines import Engine, EngineName, EngineOptions, Place, choice, hardware, ignore_notice, measure
from core.engines import onnx as onnx_engine
from core.engines import openvino as openvino_engine
from core.engines import tensorflow as tensorflow_engine
from core.engines.cache import EngineCache
from core.errors import (
    AntaraError,
    CancelledError,
    EngineFailedError,
    EngineUnavailableError,
    ModelMissingError,
    NoBf16Error,
    NoDeviceError,
    OutOfMemoryError,
)
from core.messages import Notice
from core.models import catalogue
from core.models.catalogue import Model
from core.separation import stft
from core.separation.geometry import geometry
from tests.support import songs

MODEL = catalogue.find("builtin")
SHORT = dataclasses.replace(MODEL, chunk_frames=64)
ROOT = Path(__file__).parents[2]
ON_CPU = EngineOptions(device="cpu")
GPU = Place("gpu", "Pretended GPU", "GPU.0")


def magnitudes(model: Model, chunks: int = 2) -> list[np.ndarray]:
    """The mix as a network sees it, of music."""
    sizes = geometry(model)
    song = songs.music(chunks * model.chunk_frames * model.hop / songs.RATE, seed=3)
    found = stft.transformed(stft.framed([song], sizes), sizes)
    return [chunk.magnitude for chunk in found][:chunks]


class Scripted:
    """An engine that answers ``answers`` chunks with ``estimates`` and then fails, as a device does that gives up."""

    name = "Scripted"
    precision = "f32"

    def __init__(self, place: Place, answers: int, error: AntaraError | None = None) -> None:
        self.place, self._answers, self._error = place, answers, error

    def estimates(self, given: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        ahead: list[np.ndarray] = []  # takes one chunk ahead, as real ones do
        for magnitude in given:
            ahead.append(magnitude)
            if len(ahead) == 2:
                yield self._answer(ahead.pop(0))
        while ahead:
            yield self._answer(ahead.pop(0))

    def _answer(self, magnitude: np.ndarray) -> np.ndarray:
        if self._answers == 0 and self._error is not None:
            raise self._error
        self._answers -= 1
        return magnitude[np.newaxis] * 0.5


def chosen(engines: list[Callable[[], Engine]], notices: list[Notice], kind: str = "gpu") -> choice.ChosenEngine:
    """The choice among engines of which all but the last run on a pretended GPU (or on the CPU)."""
    place = GPU if kind == "gpu" else openvino_engine.CPU
    last = len(engines) - 1
    candidates = (
        choice.Candidate(openvino_engine.CPU if number == last else place, start) for number, start in enumerate(engines)
    )
    return choice.ChosenEngine(candidates, False, notices.append)


@pytest.mark.parametrize("name", ["builtin", "2stems", "4stems", "5stems", "2stems-16kHz"])
def test_all_engines_give_the_same_estimates(
    name: str, full: bool, checkpoints: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in ("4stems", "5stems") and not full:
        pytest.skip("takes half a minute, and test_parity has it: python3 dev.py soak tests/core/test_engines.py")
    if name != "builtin":
        monkeypatch.setenv("MODEL_PATH", str(checkpoints(name)))
    model = catalogue.find(name)
    given = magnitudes(model)
    reference = list(choice.choose(model, EngineOptions("tensorflow", "cpu")).estimates(given))
    for engine in ("openvino", "onnx"):
        ours = list(choice.choose(model, EngineOptions(engine, "cpu", "f32")).estimates(given))
        for mix, mine, theirs in zip(given, ours, reference, strict=True):
            assert mine.shape == (len(model.networks), 2, model.chunk_frames, model.bins)
            assert np.abs(mine - theirs).max() <= 1e-4 * mix.max()
    shares = reference[0].sum(axis=(1, 2, 3)) / given[0].sum()
    assert (shares > 0.01).all()
    assert (shares < 0.99).all()


@pytest.mark.parametrize("engine", ["openvino", "onnx", "tensorflow"])
def test_an_engine_named_is_the_one_that_runs_and_says_so(engine: EngineName) -> None:
    found = choice.choose(SHORT, EngineOptions(engine, "cpu", "f32", threads=1))
    assert found.name == choice.MODULES[engine].NAME
    assert found.reason == Notice("runs_on_cpu_chosen", {"engine": found.name})


def test_auto_takes_the_engine_that_was_measured_to_be_the_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    for slower, faster in (("onnx", "openvino"), ("openvino", "onnx")):
        seconds = {slower: 2.0, faster: 1.0}
        monkeypatch.setattr(measure, "by_speed", lambda makers, seconds=seconds: sorted(makers, key=seconds.get))
        found = choice.choose(SHORT)
        assert found.name == choice.MODULES[faster].NAME
        assert found.reason.code == "runs_on_cpu_no_gpu"


def test_a_model_whose_network_is_no_u_net_runs_on_tensorflow_alone() -> None:
    other = dataclasses.replace(MODEL, function="blstm.apply_blstm")
    assert choice._usable(other, EngineOptions()) == ["tensorflow"]
    with pytest.raises(EngineUnavailableError):
        choice.choose(other, EngineOptions("openvino"))


def test_the_speed_is_measured_once_and_again_when_something_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def make(name: str) -> Callable[[Model], Engine]:
        def start(model: Model) -> Any:
            measured.append(name)
            return Scripted(openvino_engine.CPU, 100)

        return start

    def order() -> list[EngineName]:
        return measure.by_speed({"onnx": make("onnx"), "openvino": make("openvino")})

    assert sorted(order()) == ["onnx", "openvino"]
    order()
    assert measured == ["onnx", "openvino"]
    monkeypatch.setattr(hardware, "fingerprint", lambda packages: "another processor")
    order()
    assert measured == ["onnx", "openvino"] * 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"fingerprint": 3}'])
def test_damaged_measurements_are_made_again(content: str) -> None:
    path = paths.measurements_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    assert measure.remembered("key", lambda: 1.5) == 1.5
    assert json.loads(path.read_text())["key"] == 1.5


def test_an_engine_that_fails_while_it_is_measured_is_the_slowest() -> None:
    def fail(model: Model) -> Engine:
        raise EngineFailedError(engine="ONNX Runtime", detail="no")

    makers: Any = {"onnx": fail, "openvino": lambda model: Scripted(openvino_engine.CPU, 100)}
    assert measure.by_speed(makers) == ["openvino", "onnx"]


def test_bf16_is_taken_only_where_the_difference_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_engine, "has_bf16", lambda: True)
    for sdr_db, precision in ((48.0, "bf16"), (39.9, "f32")):
        monkeypatch.setattr(measure, "remembered", lambda key, make, sdr_db=sdr_db: sdr_db)
        found = choice.choose(SHORT, EngineOptions("openvino", "cpu"))
        assert found.precision == precision
        assert ("(bf16)" in str(found.reason.parameters["engine"])) == (precision == "bf16")
    assert choice.choose(SHORT, EngineOptions("openvino", "cpu", "f32")).precision == "f32"


def test_the_difference_of_two_engines_is_measured_in_db() -> None:
    full: Any = Scripted(openvino_engine.CPU, 100)

    class Quieter(Scripted):
        def _answer(self, magnitude: np.ndarray) -> np.ndarray:
            return 0.99 * super()._answer(magnitude)

    quieter: Any = Quieter(openvino_engine.CPU, 100)
    assert measure.bf16_sdr_db(MODEL, full, full) > 200
    assert 39.9 < measure.bf16_sdr_db(MODEL, full, quieter) < 46.1  # 40 dB for one stem, which the other one hides less


def test_bf16_is_refused_where_it_cannot_be_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoBf16Error):
        choice.choose(SHORT, EngineOptions("onnx", "cpu", "bf16"))
    monkeypatch.setattr(openvino_engine, "has_bf16", lambda: False)
    with pytest.raises(NoBf16Error):
        choice.choose(SHORT, EngineOptions("auto", "cpu", "bf16"))
    assert choice.choose(SHORT, EngineOptions("openvino", "cpu")).precision == "f32"


@pytest.mark.parametrize("device", ["gpu", "npu"])
def test_a_device_that_is_not_there_is_refused(device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in choice.MODULES.values():
        monkeypatch.setattr(module, "places", lambda module=module: [module.CPU])
    monkeypatch.setattr(hardware, "may_have_gpu", lambda engine: True)
    with pytest.raises(NoDeviceError):
        choice.choose(MODEL, EngineOptions(device=device))


def test_a_gpu_that_is_there_is_used_first_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Place("gpu", "Pretended GPU", "CPUExecutionProvider")
    monkeypatch.setattr(hardware, "may_have_gpu", lambda engine: engine == "onnx")
    monkeypatch.setattr(onnx_engine, "places", lambda: [gpu, onnx_engine.CPU])
    found = choice.choose(SHORT)
    assert (found.place.kind, found.place.name, found.name) == ("gpu", "Pretended GPU", "ONNX Runtime")
    assert found.reason == Notice("runs_on_gpu", {"engine": "ONNX Runtime", "device": "Pretended GPU"})
    assert choice.choose(SHORT, ON_CPU).place.kind == "cpu"


def test_a_provider_that_does_not_start_gives_way_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Place("gpu", "GPU (DirectML)", "DmlExecutionProvider")  # which no build for this system has
    monkeypatch.setattr(hardware, "may_have_gpu", lambda engine: engine == "onnx")
    monkeypatch.setattr(onnx_engine, "places", lambda: [gpu, onnx_engine.CPU])
    said: list[Notice] = []
    found = choice.choose(SHORT, EngineOptions("onnx"), said.append)
    assert [notice.code for notice in said] == ["gpu_failed"]
    assert (found.place.kind, found.reason) == ("cpu", said[0])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OutOfMemoryError(engine="OpenVINO"), "gpu_memory_full"),
        (EngineFailedError(engine="OpenVINO", detail="?"), "gpu_failed"),
    ],
)
@pytest.mark.parametrize("answered", [0, 1, 4])
def test_a_gpu_that_fails_on_the_way_gives_way_to_the_cpu_without_a_gap(error: Any, code: str, answered: int) -> None:
    given = [np.full((2, 4, 4), number, np.float32) for number in range(5)]
    said: list[Notice] = []
    gpu: Any = Scripted(GPU, answered, error)
    cpu: Any = Scripted(openvino_engine.CPU, 100)
    engine = chosen([lambda: gpu, lambda: cpu], said)
    answers = list(engine.estimates(iter(given)))
    np.testing.assert_array_equal(np.stack(answers)[:, 0], np.stack(given) * 0.5)
    assert [notice.code for notice in said] == [code]
    assert (engine.place.kind, engine.reason) == ("cpu", said[0])


def test_two_that_fail_one_after_the_other_still_leave_no_gap() -> None:
    given = [np.full((2, 4, 4), number, np.float32) for number in range(5)]
    error = EngineFailedError(engine="OpenVINO", detail="out of luck")
    said: list[Notice] = []
    engines: list[Any] = [Scripted(GPU, 2, error), Scripted(GPU, 1, error), Scripted(openvino_engine.CPU, 100)]
    engine = chosen([lambda one=one: one for one in engines], said)
    answers = list(engine.estimates(iter(given)))
    np.testing.assert_array_equal(np.stack(answers)[:, 0], np.stack(given) * 0.5)
    assert [notice.code for notice in said] == ["gpu_failed", "gpu_failed"]


def test_when_the_last_one_fails_its_error_is_raised_and_nothing_else_is_said() -> None:
    cpu: Any = Scripted(openvino_engine.CPU, 0, EngineFailedError(engine="OpenVINO", detail="broken"))
    said: list[Notice] = []
    with pytest.raises(EngineFailedError, match="broken"):
        list(chosen([lambda: cpu], said).estimates([np.zeros((2, 4, 4), np.float32)]))
    assert said == []


def test_a_cpu_engine_that_fails_is_replaced_by_another_one_and_that_is_said() -> None:
    error = EngineFailedError(engine="OpenVINO", detail="broken")
    engines: list[Any] = [Scripted(openvino_engine.CPU, 1, error), Scripted(openvino_engine.CPU, 100)]
    said: list[Notice] = []
    engine = chosen([lambda one=one: one for one in engines], said, kind="cpu")
    assert len(list(engine.estimates([np.ones((2, 4, 4), np.float32)] * 3))) == 3
    assert said == [Notice("engine_replaced", {"engine": "OpenVINO", "detail": "broken"})]


def test_other_runtimes_are_not_asked_for_gpus_once_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Place("gpu", "Pretended GPU", "CPUExecutionProvider")
    monkeypatch.setattr(hardware, "may_have_gpu", lambda engine: True)
    monkeypatch.setattr(onnx_engine, "places", lambda: [gpu, onnx_engine.CPU])
    for module in (openvino_engine, tensorflow_engine):
        monkeypatch.setattr(module, "places", lambda: pytest.fail("it was asked"))
    assert choice.choose(SHORT).place == gpu


def test_errors_of_the_runtimes_are_engine_errors() -> None:
    for engine in ("openvino", "onnx", "tensorflow"):
        found: Any = choice.choose(SHORT, EngineOptions(engine, "cpu", "f32"))._engine
        with pytest.raises(EngineFailedError):
            list(found.estimates([np.zeros((2, 8, 8), np.float32)]))
        assert len(list(found.estimates(magnitudes(SHORT)))) == 2  # and it goes on


def test_running_out_of_memory_is_told_from_other_failures() -> None:
    tf = tensorflow_runtime.load()
    with pytest.raises(OutOfMemoryError), tensorflow_engine._failures(tf):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    with pytest.raises(OutOfMemoryError), openvino_engine._failures():
        raise RuntimeError("Exception from src/plugin.cpp:12:\n[GPU] CL_OUT_OF_HOST_MEMORY")
    with pytest.raises(OutOfMemoryError), onnx_engine._failures():
        raise RuntimeError("BFCArena: Failed to allocate memory for requested buffer of size 8388608")


def test_an_engine_that_is_left_in_the_middle_can_be_used_again() -> None:
    for name in ("openvino", "onnx"):
        engine = choice.choose(SHORT, EngineOptions(name, "cpu", "f32"))
        given = magnitudes(SHORT, 6)
        expected = list(engine.estimates(given))
        some = engine.estimates(iter(given))
        next(some)
        some.close()  # type: ignore[attr-defined]
        for mine, theirs in zip(engine.estimates(given), expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_openvino_is_loaded_without_its_usage_statistics() -> None:
    openvino_engine.runtime()
    assert not [name for name in sys.modules if name.startswith(("openvino_telemetry", "openvino.tools.ovc."))]


def test_onnx_runtime_neither_marks_the_computer_nor_reports_to_its_maker(tmp_path: Path) -> None:
    program = (
        "from core.engines import onnx; from core.models.catalogue import find; onnx.OnnxEngine(find('builtin'), onnx.CPU)"
    )
    folders = {name: str(tmp_path / "own") for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")}
    (tmp_path / "own").mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_CURRENT_TEST")}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment | folders, check=True)
    found = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in found if "icrosoft" in path or ".ses" in path] == []


def test_hardware_worth_asking_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert not any(hardware.may_have_gpu(engine, tmp_path) for engine in choice.MODULES)
    (tmp_path / "dev/dri").mkdir(parents=True)
    (tmp_path / "dev/dri/renderD129").touch()
    assert [engine for engine in choice.MODULES if hardware.may_have_gpu(engine, tmp_path)] == ["openvino", "pytorch"]
    (tmp_path / "dev/nvidiactl").touch()
    assert all(hardware.may_have_gpu(engine, tmp_path) for engine in choice.MODULES)


def test_the_fingerprint_changes_with_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = hardware.fingerprint(("openvino",))
    assert before == hardware.fingerprint(("openvino",))
    monkeypatch.setattr(hardware, "_installed", lambda package: f"{package}-9999.0.dist-info")
    assert hardware.fingerprint(("openvino",)) != before


def test_the_cache_keeps_the_engine_until_model_or_options_change() -> None:
    cache = EngineCache()
    said: list[Notice] = []
    first = cache.get(SHORT, EngineOptions(), said.append)
    assert cache.get(SHORT, EngineOptions(), said.append) is first
    assert cache.get(SHORT, ON_CPU, said.append) is not first
    assert [notice.code for notice in said] == ["runs_on_cpu_no_gpu", "runs_on_cpu_no_gpu", "runs_on_cpu_chosen"]


def test_what_is_prepared_is_what_is_got(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    choose = choice.choose

    def counted(*arguments: Any) -> Engine:
        loads.append(arguments[0].name)
        return choose(*arguments)

    monkeypatch.setattr(choice, "choose", counted)
    cache = EngineCache()
    cache.prepare(SHORT, ON_CPU)
    cache.get(SHORT, ON_CPU, ignore_notice)
    assert loads == ["builtin"]


def test_a_cancelled_load_returns_at_once_and_is_taken_up_by_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, loads = threading.Event(), []
    choose = choice.choose

    def slow(*arguments: Any) -> Engine:
        loads.append(arguments[0].name)
        go_on.wait()
        return choose(*arguments)

    monkeypatch.setattr(choice, "choose", slow)
    cache, cancel = EngineCache(), CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        cache.get(SHORT, ON_CPU, ignore_notice, cancel)
    go_on.set()
    assert cache.get(SHORT, ON_CPU, ignore_notice).place.kind == "cpu"
    assert loads == ["builtin"]


def test_a_failed_load_is_tried_again() -> None:
    cache = EngineCache()
    for _ in range(2):
        with pytest.raises(ModelMissingError):
            cache.get(catalogue.find("2stems"), ON_CPU, ignore_notice)
    assert cache.get(SHORT, ON_CPU, ignore_notice).place.kind == "cpu"
