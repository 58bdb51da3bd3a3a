"""Picks engine and device: a GPU that works first, else the fastest engine on the CPU; when one fails, the next."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import chain
from typing import Any, TypeVar

from core import extras
from core.arrays import FloatArray
from core.engines import (
    BACKEND_NAMES,
    Engine,
    EngineName,
    EngineOptions,
    Notify,
    Place,
    Precision,
    hardware,
    ignore_notice,
    measure,
)
from core.engines import onnx as onnx_engine
from core.engines import openvino as openvino_engine
from core.engines import pytorch as pytorch_engine
from core.engines import tensorflow as tensorflow_engine
from core.engines.demucs import DemucsEngine
from core.errors import (
    EngineError,
    EngineUnavailableError,
    NoBf16Error,
    NoDeviceError,
    OutOfMemoryError,
    OutputError,
)
from core.messages import Notice
from core.models import bag_files, graph_cache
from core.models.catalogue import Model
from core.separation.segments import Network

Item = TypeVar("Item")

_log = logging.getLogger(__name__)

# In the order in which GPUs are looked for with them.
MODULES = {"onnx": onnx_engine, "openvino": openvino_engine, "pytorch": pytorch_engine, "tensorflow": tensorflow_engine}
_PACKAGES = {"onnx": "onnxruntime", "openvino": "openvino", "pytorch": "torch", "tensorflow": "tensorflow"}

HEAVY: tuple[EngineName, ...] = ("pytorch", "tensorflow")


@dataclass(frozen=True)
class Candidate:
    """An engine that could be used, not started yet."""

    place: Place
    start: Callable[[], Engine]


def choose(model: Model, options: EngineOptions | None = None, notify: Notify = ignore_notice) -> "ChosenEngine":
    """An engine that is ready to run ``model``; ``notify`` hears when it has to be replaced by another one.

    Raises ModelErrors and EngineErrors.
    """
    wanted = options or EngineOptions()
    candidates = _candidates(model, wanted) if model.bag is None else _demucs_candidates(model, wanted)
    return ChosenEngine(candidates, wanted.device == "cpu", notify)


class ChosenEngine:
    """The first candidate that works, and after a failure the next one: what was not answered is done again there."""

    reason: Notice  # where it runs, and why there

    def __init__(self, candidates: Iterator[Candidate], cpu_wanted: bool, notify: Notify) -> None:
        self._candidates, self._cpu_wanted, self._notify = candidates, cpu_wanted, notify
        self._engine: Engine = self._started(None)

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def place(self) -> Place:
        return self._engine.place

    @property
    def precision(self) -> Precision:
        return self._engine.precision

    @property
    def networks(self) -> Sequence[Network]:
        """Of a model of Demucs: what is to be known of them."""
        assert isinstance(self._engine, DemucsEngine)
        return self._engine.networks

    def estimates(self, magnitudes: Iterable[Any]) -> Iterator[FloatArray]:
        """See Estimator.estimates; of a model of Demucs segments.Windows take the place of the magnitudes."""
        waiting = iter(magnitudes)
        while True:
            unanswered: deque[Any] = deque()
            try:
                for estimates in self._engine.estimates(_noted(waiting, unanswered)):
                    unanswered.popleft()
                    yield estimates
            except EngineError as error:
                waiting = chain(tuple(unanswered), waiting)
                self._engine = self._started(error)
            else:
                return

    def _started(self, failed: EngineError | None) -> Engine:
        """The next candidate that starts. Where there is none, raises the error of the last one."""
        last: EngineError | OutputError | None = failed
        gave_up = failed and _failure(self._engine.place, failed)
        for candidate in self._candidates:
            try:
                engine = candidate.start()
            except (EngineError, OutputError) as error:  # OutputError: there is no place for the graph
                _log.debug("%s does not start", candidate, exc_info=True)
                last = error
                if candidate.place.kind != "cpu" and isinstance(error, EngineError):
                    gave_up = _failure(candidate.place, error)
                continue
            if gave_up:
                self._notify(gave_up)
            self.reason = gave_up or self._news(engine)
            return engine
        assert last is not None
        raise last

    def _news(self, engine: Engine) -> Notice:
        label = engine.name if engine.precision == "f32" else f"{engine.name} ({engine.precision})"
        if engine.place.kind != "cpu":
            return Notice("runs_on_gpu", {"engine": label, "device": engine.place.name})
        return Notice("runs_on_cpu_chosen" if self._cpu_wanted else "runs_on_cpu_no_gpu", {"engine": label})


def _noted(magnitudes: Iterator[Item], unanswered: deque[Item]) -> Iterator[Item]:
    for magnitude in magnitudes:
        unanswered.append(magnitude)
        yield magnitude


def _failure(place: Place, error: EngineError) -> Notice:
    detail = str(error.parameters.get("detail", error.code))
    if place.kind == "cpu":
        return Notice("engine_replaced", {"engine": error.parameters["engine"], "detail": detail})
    if isinstance(error, OutOfMemoryError):
        return Notice("gpu_memory_full", {"device": place.name})
    return Notice("gpu_failed", {"device": place.name, "detail": detail})


def _candidates(model: Model, options: EngineOptions) -> Iterator[Candidate]:
    """All engines that the options allow, the best ones first. Raises EngineErrors where there is none."""
    names = _usable(model, options)
    if options.device != "cpu" and options.precision != "bf16":
        found = False
        for name in filter(hardware.may_have_gpu, names):
            for place in _gpus(name, options):
                found = True
                yield Candidate(place, partial(_start, name, model, place, options))
        if not found and options.device != "auto":
            raise NoDeviceError(engine=_display_name(options), device=_device_name(options))
    for name in _by_speed(names):
        place = MODULES[name].CPU
        yield Candidate(place, partial(_start, name, model, place, options))


def _demucs_candidates(model: Model, options: EngineOptions) -> Iterator[Candidate]:
    """The places for Demucs' networks, which only PyTorch runs, whichever engine is wanted for Spleeter's.

    Raises PackageMissingError and other EngineErrors.
    """
    bag_files.require()
    if options.precision == "bf16":
        raise NoBf16Error(engine=bag_files.NAME)
    found = _gpus("pytorch", options) if options.device != "cpu" and hardware.may_have_gpu("pytorch") else []
    for place in found:
        yield Candidate(place, partial(DemucsEngine, model, place, options.threads))
    if not found and options.device not in ("auto", "cpu"):
        raise NoDeviceError(engine=bag_files.NAME, device=_device_name(options))
    yield Candidate(pytorch_engine.CPU, partial(DemucsEngine, model, pytorch_engine.CPU, options.threads))


def _usable(model: Model, options: EngineOptions) -> list[EngineName]:
    """The engines that can run the model as the options say. Raises an EngineError where there is none."""
    names: list[EngineName] = ["onnx", "openvino", "pytorch", "tensorflow"] if options.engine == "auto" else [options.engine]
    if not graph_cache.supports(model):
        names = [name for name in names if name == "tensorflow"]
    if options.precision == "bf16":
        names = [name for name in names if name == "openvino"]
        if not names or not openvino_engine.has_bf16():
            raise NoBf16Error(engine=_display_name(options))
    if options.engine == "pytorch" and not is_installed("pytorch"):
        raise extras.missing(pytorch_engine.NAME)
    names = [name for name in names if is_installed(name)]
    if not names:
        raise EngineUnavailableError(engine=_display_name(options), detail="it is not installed, or cannot run this model")
    return names


def is_installed(name: EngineName) -> bool:
    """Whether its package is there; it is not loaded."""
    return find_spec(_PACKAGES[name]) is not None


def _display_name(options: EngineOptions) -> str:
    return "Antara" if options.engine == "auto" else MODULES[options.engine].NAME


def _device_name(options: EngineOptions) -> str:
    """``CUDA GPU``"""
    backend = next((name for key, name in BACKEND_NAMES.items() if key == options.device), None)
    return f"{backend} GPU" if backend else options.device.upper()


def _gpus(name: EngineName, options: EngineOptions) -> list[Place]:
    try:
        return [place for place in MODULES[name].places() if place.fits(options.device)]
    except EngineUnavailableError:
        _log.debug("%s is not there to look for GPUs", name, exc_info=True)
        return []


def _by_speed(names: list[EngineName]) -> list[EngineName]:
    """Those that come last are not measured: their import alone takes longer than most songs, and they are not faster."""
    measured: list[EngineName] = [name for name in names if name not in HEAVY]
    if len(measured) > 1:
        plain = EngineOptions(precision="f32")
        measured = measure.by_speed(
            {name: partial(_start, name, place=MODULES[name].CPU, options=plain) for name in measured}
        )
    return [*measured, *(name for name in names if name in HEAVY)]


def _start(name: EngineName, model: Model, place: Place, options: EngineOptions) -> Engine:
    if name == "tensorflow":
        return tensorflow_engine.TensorFlowEngine(model, place, options.threads)
    if name == "pytorch":
        return pytorch_engine.PyTorchEngine(model, place, options.threads)
    if name == "onnx":
        return onnx_engine.OnnxEngine(model, place, options.threads)
    start = partial(openvino_engine.OpenVinoEngine, model, place, threads=options.threads)
    precision: Precision = "f32" if options.precision == "auto" else options.precision
    if options.precision == "auto" and place.kind == "cpu" and openvino_engine.has_bf16():
        precision = "bf16" if measure.bf16_is_close(model, partial(start, "f32"), partial(start, "bf16")) else "f32"
    return start(precision)
