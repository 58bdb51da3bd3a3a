"""PyTorch, where it is installed: GPUs by CUDA, ROCm, Metal (MPS) and XPU; the CPU everywhere."""

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from core import malloc
from core.arrays import FloatArray
from core.engines import BACKEND_NAMES, Backend, Place, Precision
from core.engines.hardware import processors
from core.errors import EngineFailedError, EngineUnavailableError, OutOfMemoryError
from core.models import graph_cache, weights
from core.models.catalogue import Model

NAME = "PyTorch"
CPU = Place("cpu", "CPU", "cpu")

GPU_BATCH = 4  # chunks at once: a GPU is not busy with one

# How its backends say it, where they do not by a type: CUDA's and XPU's allocators, Metal's, the CPU's.
_OUT_OF_MEMORY = ("out of memory", "OUT_OF_RESOURCES", "can't allocate memory", "not enough memory")

_log = logging.getLogger(__name__)

Item = TypeVar("Item")


class TorchEngine(Generic[Item]):
    """What runs on one device, some items at once; ``batch`` is how many."""

    name = NAME
    precision: Precision = "f32"

    def __init__(self, place: Place, gpu_batch: int) -> None:
        self.place = place
        self.batch = 1 if place.kind == "cpu" else gpu_batch

    def estimates(self, magnitudes: Iterable[Item]) -> Iterator[FloatArray]:
        """See Estimator.estimates."""
        waiting = iter(magnitudes)
        try:
            while items := list(islice(waiting, self.batch)):
                yield from self._answers(items)
        finally:
            if self.place.kind == "cpu":
                malloc.give_back()

    def _answers(self, items: Sequence[Item]) -> Iterator[FloatArray]:
        """The answers to some items at once; to fewer at once, from now on, where that takes too much memory."""
        try:
            answers = self._run(items)
        except OutOfMemoryError:
            if len(items) == 1:
                raise
            self.batch = len(items) // 2
            _log.info("%s is out of memory for %d at once; from now on %d", self.place.name, len(items), self.batch)
            free_memory(self.place)
            for first in range(0, len(items), self.batch):
                yield from self._answers(items[first : first + self.batch])
        else:
            yield from answers

    def _run(self, items: Sequence[Item]) -> Iterable[FloatArray]:
        """One answer an item. Raises EngineErrors."""
        raise NotImplementedError


class PyTorchEngine(TorchEngine[FloatArray]):
    """The networks of a model of Spleeter's kind."""

    def __init__(self, model: Model, place: Place, threads: int | None = None) -> None:
        """Raises ModelErrors, EngineUnavailableError and EngineFailedError."""
        super().__init__(place, GPU_BATCH)
        self._torch = prepared(place, threads)
        arrays = weights.load(model)
        graph_cache.check(model, arrays)
        with failures():
            from core.engines.torch_unet import UNets  # late: PyTorch

            self._networks = UNets(model, arrays, place.handle)

    def _run(self, items: Sequence[FloatArray]) -> FloatArray:
        with failures():
            mix = self._torch.from_numpy(np.stack(items)).to(self.place.handle)
            estimates: FloatArray = self._networks.estimates(mix).cpu().numpy()
        return estimates


def places() -> list[Place]:
    """The CPU, and the GPUs that this build of PyTorch sees. Raises EngineUnavailableError."""
    torch = runtime()
    rocm = getattr(torch.version, "hip", None) is not None  # whose build calls its GPUs CUDA's
    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    found = [_gpu(name, f"cuda:{number}", "rocm" if rocm else "cuda") for number, name in enumerate(names)]
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        names = [torch.xpu.get_device_name(number) for number in range(torch.xpu.device_count())]
        found += [_gpu(name, f"xpu:{number}", "xpu") for number, name in enumerate(names)]
    if torch.backends.mps.is_available():
        found.append(_gpu("Apple GPU", "mps", "mps"))
    return [*found, CPU]


def _gpu(name: str, handle: str, backend: Backend) -> Place:
    return Place("gpu", f"{name} ({BACKEND_NAMES[backend]})", handle, backend)


def prepared(place: Place, threads: int | None) -> Any:
    """The ``torch`` module, ready to compute in full float32 at a place. Raises EngineUnavailableError.

    Convolutions would take TF32 by default on some GPUs, which costs the parity with the CPU.
    """
    torch = runtime()
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    if place.kind == "cpu":
        torch.set_num_threads(threads or processors())
        malloc.keep_large()
    return torch


def free_memory(place: Place) -> None:
    """Gives back what PyTorch keeps of a GPU's memory for later."""
    backend = getattr(runtime(), place.handle.split(":")[0])
    if hasattr(backend, "empty_cache"):  # the CPU's has none
        backend.empty_cache()


def runtime() -> Any:
    """The ``torch`` module. Raises EngineUnavailableError."""
    if sys.platform == "darwin":
        os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # what Metal lacks runs on the CPU; read when it is loaded
    try:
        import torch
    except (ImportError, OSError) as error:
        raise EngineUnavailableError(engine=NAME, detail=str(error).splitlines()[0]) from error
    return torch


@contextmanager
def failures() -> Iterator[None]:
    """PyTorch's errors as ours."""
    try:
        yield
    except MemoryError as error:
        raise OutOfMemoryError(engine=NAME) from error
    except (RuntimeError, ValueError, AssertionError) as error:  # PyTorch's own are RuntimeErrors
        text = str(error).strip()
        if any(sign in text for sign in _OUT_OF_MEMORY):
            raise OutOfMemoryError(engine=NAME) from error
        raise EngineFailedError(engine=NAME, detail=(text.splitlines() or [type(error).__name__])[0]) from error
