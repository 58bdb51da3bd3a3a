"""Engines run a model's networks: made from a model and its weights, fed one chunk of magnitudes at a time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from core.arrays import FloatArray
from core.cancel import CancelToken
from core.errors import CancelledError
from core.messages import Notice
from core.models.catalogue import Model

DeviceChoice = Literal["auto", "cpu", "gpu"]

Notify = Callable[[Notice], None]

_POLL_S = 0.05


@dataclass(frozen=True)
class Device:
    """Where an engine runs, and why there."""

    kind: Literal["cpu", "gpu"]
    name: str
    reason: Notice


class Engine(Protocol):
    """Runs the networks of one model, one chunk at a time. Not to be shared between threads."""

    @property
    def name(self) -> str:
        """The runtime's name, as shown to the user."""

    @property
    def device(self) -> Device:
        """Where it runs now; changes when it falls back from a GPU to the CPU."""

    def estimate(self, magnitude: FloatArray) -> FloatArray:
        """Estimated magnitudes of the stems.

        Takes the mix's magnitudes (T, F, 2) and returns (networks, T, F, 2), with T and F the model's ``chunk_frames``
        and ``bins``. Raises EngineFailedError.
        """


def ignore_notice(notice: Notice) -> None:
    """The ``Notify`` of callers that have no one to tell."""


def choose(model: Model, device: DeviceChoice = "auto", notify: Notify = ignore_notice) -> Engine:
    """An engine that is ready to run ``model``; ``notify`` hears when it has to change device later.

    Raises ModelMissingError, ModelDamagedError, NoGpuError or EngineUnavailableError.
    """
    from core.engines.tensorflow import TensorFlowEngine
    from core.models import weights

    return TensorFlowEngine(model, weights.load(model), device, notify)


class EngineCache:
    """Keeps the last engine, so that the next song need not wait for it. For one thread at a time."""

    def __init__(self) -> None:
        self._key: tuple[Model, DeviceChoice] | None = None
        self._loading: _Loading | None = None
        self._notify: Notify = ignore_notice

    def get(self, model: Model, device: DeviceChoice, notify: Notify, cancel: CancelToken | None = None) -> Engine:
        """The engine for ``model`` on ``device``; ``notify`` hears where it runs, and when that changes.

        Raises the errors of ``choose``, and CancelledError as soon as ``cancel`` is set: the loading, which nothing can
        interrupt, goes on in its own thread, and the next call takes what it makes.
        """
        self._notify = notify
        if self._loading is None or self._key != (model, device):
            self._key = (model, device)
            self._loading = _Loading(lambda: choose(model, device, lambda notice: self._notify(notice)))
        try:
            engine = self._loading.result(cancel or CancelToken())
        except CancelledError:
            self._notify = ignore_notice  # whoever listened is going away; the loading goes on
            raise
        except BaseException:
            self._loading = None
            raise
        notify(engine.device.reason)
        return engine

    def close(self) -> None:
        """Lets go of the engine."""
        self._loading = None


class _Loading:
    """An engine that is being made in a thread."""

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load
        self._engine: Engine | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine-loader")
        self._thread.start()

    def _run(self) -> None:
        try:
            self._engine = self._load()
        except BaseException as error:  # noqa: BLE001 - all of them belong to the thread that waits
            self._error = error

    def result(self, cancel: CancelToken) -> Engine:
        while self._thread.is_alive():
            cancel.raise_if_cancelled()
            self._thread.join(_POLL_S)
        if self._engine is None:
            assert self._error is not None
            raise self._error
        return self._engine
