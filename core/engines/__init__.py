"""Engines run a model's networks: made from a model at a place, fed the magnitudes of chunks.

One file a runtime: ``openvino``, ``onnx``, ``pytorch``, ``tensorflow``. ``choice`` picks one, ``cache`` keeps it for the
next song.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from core.arrays import FloatArray
from core.messages import Notice

EngineName = Literal["openvino", "onnx", "pytorch", "tensorflow"]
DeviceKind = Literal["cpu", "gpu", "npu"]
Backend = Literal["cuda", "rocm", "mps", "xpu"]  # by what a GPU is used: NVIDIA's, AMD's, Apple's, Intel's
Precision = Literal["f32", "bf16"]

# Of products: not translated.
BACKEND_NAMES: Mapping[Backend, str] = {"cuda": "CUDA", "rocm": "ROCm", "mps": "Metal", "xpu": "XPU"}

Notify = Callable[[Notice], None]


@dataclass(frozen=True)
class EngineOptions:
    """What the user wants; "auto" and None leave it to ``choice``."""

    engine: EngineName | Literal["auto"] = "auto"
    device: DeviceKind | Backend | Literal["auto"] = "auto"
    precision: Precision | Literal["auto"] = "auto"
    threads: int | None = None  # of the network on a CPU; None: as many as there are processors

    def exact(self) -> "EngineOptions":
        """The same, but with Spleeter's own precision where none is asked for."""
        return replace(self, precision="f32") if self.precision == "auto" else self


@dataclass(frozen=True)
class Place:
    """A device on which a runtime can run networks: its product name for the user, and the runtime's own name for it."""

    kind: DeviceKind
    name: str
    handle: str
    backend: Backend | None = None  # where it is one of them

    def fits(self, device: str) -> bool:
        """Whether it is what ``EngineOptions.device`` wants; "auto" wants a GPU."""
        return self.kind == "gpu" if device == "auto" else device in (self.kind, self.backend)


class Estimator(Protocol):
    """Runs the networks of one model."""

    def estimates(self, magnitudes: Iterable[Any]) -> Iterator[FloatArray]:
        """The stems' estimated magnitudes (networks, 2, T, F) for each of the mix's (2, T, F), in order.

        T and F are the model's ``chunk_frames`` and ``bins``. Some engines take a chunk or two ahead, to be busy all the
        time. Raises EngineErrors.
        """


class Engine(Estimator, Protocol):
    """An estimator that says what it is. Not to be shared between threads."""

    @property
    def name(self) -> str:
        """The runtime's name, as shown to the user."""

    @property
    def place(self) -> Place:
        """Where it runs now."""

    @property
    def precision(self) -> Precision:
        """What it computes in."""


def ignore_notice(notice: Notice) -> None:
    """The ``Notify`` of callers that have no one to tell."""
