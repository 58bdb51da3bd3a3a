"""The TensorFlow engine's devices and falls."""

import threading
from typing import Any

import numpy as np
import pytest

from core import engines, tensorflow_runtime
from core.cancel import CancelToken
from core.engines import Engine, EngineCache
from core.engines import tensorflow as tensorflow_engine
from core.engines.tensorflow import TensorFlowEngine
from core.errors import CancelledError, EngineFailedError, ModelMissingError, NoGpuError
from core.messages import Notice
from core.models import catalogue

MODEL = catalogue.find("builtin")


@pytest.fixture
def magnitude() -> np.ndarray:
    return np.random.default_rng(0).random((MODEL.chunk_frames, MODEL.bins, 2), np.float32)


@pytest.fixture
def pretended_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the engine take the CPU for a GPU, so that its handling can be tested where there is none."""
    monkeypatch.setattr(tensorflow_engine, "find_gpus", lambda tf: [("/CPU:0", "Pretended GPU")])


class FailsOnce:
    """The engine's compiled function, failing at its first call as a GPU does."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self, *arguments: Any) -> Any:
        raise self._error


def test_auto_runs_on_the_cpu_and_says_why() -> None:
    engine = engines.choose(MODEL)
    assert engine.device.kind == "cpu"
    assert engine.device.reason.code == "runs_on_cpu_no_gpu"


def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoGpuError):
        engines.choose(MODEL, "gpu")


def test_a_gpu_that_is_there_is_used_and_named(pretended_gpu: None) -> None:
    engine = engines.choose(MODEL)
    assert (engine.device.kind, engine.device.name) == ("gpu", "Pretended GPU")
    assert engines.choose(MODEL, "cpu").device.reason.code == "runs_on_cpu_chosen"


@pytest.mark.parametrize(("error", "code"), [("ResourceExhaustedError", "gpu_memory_full"), ("InternalError", "gpu_failed")])
def test_a_gpu_that_fails_gives_way_to_the_cpu_with_the_same_result(
    error: str, code: str, pretended_gpu: None, magnitude: np.ndarray
) -> None:
    tf = tensorflow_runtime.load()
    said: list[Notice] = []
    engine: Any = engines.choose(MODEL, "auto", said.append)
    expected = engine.estimate(magnitude)
    engine._function = FailsOnce(getattr(tf.errors, error)(None, None, "out of luck"))
    np.testing.assert_array_equal(engine.estimate(magnitude), expected)
    assert [notice.code for notice in said] == [code]
    assert engine.device.kind == "cpu"


def test_a_gpu_that_fails_to_start_gives_way_to_the_cpu(monkeypatch: pytest.MonkeyPatch, magnitude: np.ndarray) -> None:
    tf = tensorflow_runtime.load()
    build = TensorFlowEngine._build

    def build_on_cpu_only(engine: TensorFlowEngine, place: str) -> Any:
        if place != "/CPU:0":
            raise tf.errors.InternalError(None, None, "cuDNN is too old")
        return build(engine, place)

    monkeypatch.setattr(tensorflow_engine, "find_gpus", lambda tf: [("/GPU:0", "Broken GPU")])
    monkeypatch.setattr(TensorFlowEngine, "_build", build_on_cpu_only)
    said: list[Notice] = []
    engine = engines.choose(MODEL, "auto", said.append)
    assert engine.device.kind == "cpu"
    assert [notice.code for notice in said] == ["gpu_failed"]
    assert np.isfinite(engine.estimate(magnitude)).all()


def test_a_failure_on_the_cpu_is_an_engine_error(magnitude: np.ndarray) -> None:
    tf = tensorflow_runtime.load()
    engine: Any = engines.choose(MODEL, "cpu")
    engine._function = FailsOnce(tf.errors.InternalError(None, None, "broken"))
    with pytest.raises(EngineFailedError):
        engine.estimate(magnitude)


def test_the_cache_keeps_the_engine_until_model_or_device_change() -> None:
    cache = EngineCache()
    said: list[Notice] = []
    first = cache.get(MODEL, "auto", said.append)
    assert cache.get(MODEL, "auto", said.append) is first
    assert cache.get(MODEL, "cpu", said.append) is not first
    assert [notice.code for notice in said] == ["runs_on_cpu_no_gpu", "runs_on_cpu_no_gpu", "runs_on_cpu_chosen"]


def test_a_cancelled_load_returns_at_once_and_is_taken_up_by_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, loads = threading.Event(), []
    choose = engines.choose

    def slow(*arguments: Any) -> Engine:
        loads.append(arguments[0].name)
        go_on.wait()
        return choose(*arguments)

    monkeypatch.setattr(engines, "choose", slow)
    cache, cancel = EngineCache(), CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        cache.get(MODEL, "cpu", engines.ignore_notice, cancel)
    go_on.set()
    assert cache.get(MODEL, "cpu", engines.ignore_notice).device.kind == "cpu"
    assert loads == ["builtin"]


def test_a_failed_load_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = EngineCache()
    with pytest.raises(ModelMissingError):
        cache.get(catalogue.find("2stems"), "cpu", engines.ignore_notice)
    with pytest.raises(ModelMissingError):
        cache.get(catalogue.find("2stems"), "cpu", engines.ignore_notice)
    assert cache.get(MODEL, "cpu", engines.ignore_notice).device.kind == "cpu"
