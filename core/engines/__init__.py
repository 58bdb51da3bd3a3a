"""Engines run a model's networks: made from a model and its weights, fed one chunk of magnitudes at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from core.arrays import FloatArray
from core.messages import Notice
from core.models.catalogue import Model

DeviceChoice = Literal["auto", "cpu", "gpu"]

Notify = Callable[[Notice], None]


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

    def close(self) -> None:
        """Frees what the engine holds. It cannot be used afterwards."""


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
        self._engine: Engine | None = None
        self._notify: Notify = ignore_notice

    def get(self, model: Model, device: DeviceChoice, notify: Notify) -> Engine:
        """The engine for ``model`` on ``device``; ``notify`` hears where it runs, and when that changes.

        Raises the errors of ``choose``.
        """
        self._notify = notify
        if self._engine is None or self._key != (model, device):
            self.close()
            self._engine = choose(model, device, lambda notice: self._notify(notice))
            self._key = (model, device)
        notify(self._engine.device.reason)
        return self._engine

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None
