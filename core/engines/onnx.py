"""ONNX Runtime: GPUs through DirectML on Windows, CoreML on macOS and CUDA; the CPU everywhere."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.engines import Backend, Place, Precision
from core.errors import EngineFailedError, EngineUnavailableError, OutOfMemoryError
from core.models import graph_cache
from core.models.catalogue import Model

NAME = "ONNX Runtime"

CPU = Place("cpu", "CPU", "CPUExecutionProvider")

# Those that Antara knows how to use, the best one first; which there are is up to the build of ONNX Runtime.
_GPUS: Mapping[str, tuple[str, Backend | None]] = {
    "CUDAExecutionProvider": ("NVIDIA GPU (CUDA)", "cuda"),
    "ROCMExecutionProvider": ("AMD GPU (ROCm)", "rocm"),
    "DmlExecutionProvider": ("GPU (DirectML)", None),
    "CoreMLExecutionProvider": ("GPU (Core ML)", None),
}

# Full precision where a provider would compute convolutions in less by default.
_PROVIDER_OPTIONS = {"CUDAExecutionProvider": {"use_tf32": "0"}}

_OUT_OF_MEMORY = ("Failed to allocate memory", "out of memory", "OUT_OF_MEMORY", "E_OUTOFMEMORY", "bad allocation")


class OnnxEngine:
    """A session with the network on one execution provider."""

    name = NAME
    precision: Precision = "f32"

    def __init__(self, model: Model, place: Place, threads: int | None = None) -> None:
        """Raises ModelErrors, EngineUnavailableError and EngineFailedError, also when the provider does not start."""
        self.place = place
        runtime_module = runtime()
        if place.handle not in runtime_module.get_available_providers():
            raise EngineFailedError(engine=NAME, detail=f"{place.handle} is not there")
        options = runtime_module.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.log_severity_level = 4  # what matters comes as an exception, and is said in a sentence of ours
        if place.handle == "DmlExecutionProvider":
            options.enable_mem_pattern = False  # which DirectML does not support
        providers = [(place.handle, _PROVIDER_OPTIONS.get(place.handle, {}))]
        if place.handle != CPU.handle:
            providers.append((CPU.handle, {}))  # for what a GPU's provider leaves to it
        path = str(graph_cache.graph_of(model))
        with _failures():
            self._session = runtime_module.InferenceSession(path, options, providers=providers)
            self._session.disable_fallback()
        if self._session.get_providers()[0] != place.handle:  # it was left out with no more than a line in a log
            raise EngineFailedError(engine=NAME, detail=f"{place.handle} does not start")

    def estimates(self, magnitudes: Iterable[FloatArray]) -> Iterator[FloatArray]:
        """See Estimator.estimates."""
        for magnitude in magnitudes:
            with _failures():
                (output,) = self._session.run(None, {"mix": magnitude[np.newaxis]})
            yield output


def places() -> list[Place]:
    """The CPU, and the GPUs that this build of ONNX Runtime may be able to use. Raises EngineUnavailableError."""
    offered = runtime().get_available_providers()
    gpus = [Place("gpu", name, provider, backend) for provider, (name, backend) in _GPUS.items() if provider in offered]
    return [*gpus, CPU]


def runtime() -> Any:
    """The ``onnxruntime`` module, without its telemetry. Raises EngineUnavailableError."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is loaded; else it reports to its maker, and marks the computer
    try:
        import onnxruntime
    except (ImportError, OSError) as error:
        raise EngineUnavailableError(engine=NAME, detail=str(error).splitlines()[0]) from error
    return onnxruntime


@contextmanager
def _failures() -> Iterator[None]:
    """ONNX Runtime's errors as ours."""
    own = vars(runtime().capi.onnxruntime_pybind11_state).values()
    kinds = tuple(kind for kind in own if isinstance(kind, type) and issubclass(kind, Exception))
    try:
        yield
    except MemoryError as error:
        raise OutOfMemoryError(engine=NAME) from error
    except (RuntimeError, ValueError) + kinds as error:  # noqa: RUF005 - mypy cannot follow the star
        detail = (str(error).splitlines() or [type(error).__name__])[0]
        if any(sign in detail for sign in _OUT_OF_MEMORY):
            raise OutOfMemoryError(engine=NAME) from error
        raise EngineFailedError(engine=NAME, detail=detail) from error
