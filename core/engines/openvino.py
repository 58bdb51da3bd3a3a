"""OpenVINO: the fastest on most CPUs; also Intel's GPUs and NPUs."""

import contextlib
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.engines import DeviceKind, Place, Precision
from core.engines.hardware import processors
from core.errors import EngineError, EngineFailedError, EngineUnavailableError, OutOfMemoryError
from core.models import graph_cache
from core.models.catalogue import Model

NAME = "OpenVINO"
CPU = Place("cpu", "CPU", "CPU")

# One chunk after the other on all processors; the next one waits in OpenVINO's queue, so that they have no pause.
REQUESTS = 2

_KINDS: Mapping[str, DeviceKind] = {"GPU": "gpu", "NPU": "npu"}


class OpenVinoEngine:
    """The network compiled for one device, with as many requests as chunks are worked on at once."""

    name = NAME

    def __init__(self, model: Model, place: Place, precision: Precision = "f32", threads: int | None = None) -> None:
        """Raises ModelErrors, EngineUnavailableError and EngineFailedError."""
        self.place, self.precision = place, precision
        core = runtime().Core()
        self._shape = (len(model.networks), 2, model.chunk_frames, model.bins)
        properties: dict[str, object] = {}
        if place.kind != "npu":  # which computes in what it has
            properties |= {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": "1"}
        if place.kind == "cpu":
            # Pinned threads would wait for the cores on which the transforms happen to run.
            properties |= {"INFERENCE_NUM_THREADS": threads or processors(), "ENABLE_CPU_PINNING": False}
        graph = graph_cache.graph_of(model)
        if place.kind != "cpu":
            properties["CACHE_DIR"] = str(graph.with_name("openvino"))  # GPUs take many seconds to compile, CPUs do not
        with _failures():
            compiled = core.compile_model(str(graph), place.handle, properties)
            self._requests = [compiled.create_infer_request() for _ in range(REQUESTS)]

    def estimates(self, magnitudes: Iterable[FloatArray]) -> Iterator[FloatArray]:
        """See Estimator.estimates."""
        free, busy = deque(self._requests), deque[tuple[Any, FloatArray]]()
        try:
            for magnitude in magnitudes:
                request, output = free.popleft(), np.empty(self._shape, np.float32)
                with _failures():
                    request.set_output_tensor(runtime().Tensor(output, shared_memory=True))
                    request.start_async([magnitude[np.newaxis]], share_inputs=True)
                busy.append((request, output))
                if not free:
                    yield _finished(busy, free)
            while busy:
                yield _finished(busy, free)
        finally:
            for request, _ in busy:  # their arrays must live as long as they are written to
                with contextlib.suppress(EngineError), _failures():
                    request.wait()


def _finished(busy: deque[tuple[Any, FloatArray]], free: deque[Any]) -> FloatArray:
    request, output = busy[0]
    with _failures():
        request.wait()
    busy.popleft()
    free.append(request)
    return output


def places() -> list[Place]:
    """The CPU, and the GPUs and NPUs that OpenVINO finds. Raises EngineUnavailableError."""
    core = runtime().Core()
    found = []
    for handle in core.available_devices:
        kind = _KINDS.get(handle.split(".")[0])
        if kind is not None:
            found.append(Place(kind, str(core.get_property(handle, "FULL_DEVICE_NAME")), handle))
    return [*found, CPU]


def has_bf16() -> bool:
    """Whether the CPU computes in bfloat16 itself; elsewhere it would only be slower."""
    return "BF16" in runtime().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def runtime() -> Any:
    """The ``openvino`` module, without its converters: their import sends usage statistics, and takes 0.1 s.

    Raises EngineUnavailableError.
    """
    if "openvino" not in sys.modules:
        sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]  # its import fails, which openvino allows for
    try:
        import openvino
    except (ImportError, OSError) as error:
        raise EngineUnavailableError(engine=NAME, detail=str(error).splitlines()[0]) from error
    return openvino


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """OpenVINO's errors as ours."""
    try:
        yield
    except MemoryError as error:
        raise OutOfMemoryError(engine=NAME) from error
    except RuntimeError as error:
        text = str(error).strip()
        if any(sign in text for sign in ("bad_alloc", "OUT_OF_RESOURCES", "OUT_OF_HOST_MEMORY", "out of memory")):
            raise OutOfMemoryError(engine=NAME) from error
        lines = [line for line in text.splitlines() if line.strip()]
        raise EngineFailedError(engine=NAME, detail=lines[-1].strip() if lines else type(error).__name__) from error
