"""Loads TensorFlow so that neither the other threads nor the terminal notice.

An ordinary ``import tensorflow`` holds the interpreter for 0.2–0.5 s while the dynamic loader maps a 1 GB library, and
the cyclic garbage collector walks the growing heap again and again (a third of the import's time). A window would freeze.
"""

import ctypes
import gc
import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from core.errors import EngineUnavailableError
from core.quiet import stderr_into_log

_lock = threading.Lock()

_RTLD_LAZY = 1
_LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")


def load() -> ModuleType:
    """The ``tensorflow`` module, with Keras 2 as ``tensorflow.keras`` (Spleeter's networks are written for it).

    Raises EngineUnavailableError when it is not installed or does not run on this computer.
    """
    with _lock:
        if "tensorflow" not in sys.modules:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            os.environ["TF_USE_LEGACY_KERAS"] = "1"
            try:
                with _without_garbage_collection(), stderr_into_log("TensorFlow"):
                    _map_libraries()
                    import tensorflow
            except ImportError as error:
                raise EngineUnavailableError(engine="TensorFlow", detail=str(error).splitlines()[0]) from error
            tensorflow.get_logger().setLevel(logging.ERROR)
        return sys.modules["tensorflow"]


def _map_libraries() -> None:
    """Maps TensorFlow's big libraries ahead of the import, through a foreign call: those release the interpreter lock.

    ``ctypes.CDLL`` and the import itself would hold it. Only on Linux; elsewhere the import does it.
    """
    spec = importlib.util.find_spec("tensorflow")
    if sys.platform != "linux" or spec is None or spec.origin is None:
        return
    libc: Any = ctypes.CDLL(None)
    libc.dlopen.restype = ctypes.c_void_p
    for name in _LIBRARIES:
        libc.dlopen(os.fsencode(Path(spec.origin).with_name(name)), _RTLD_LAZY)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what was loaded stays: later collections need not walk it, which would take as long again
        if was_enabled:
            gc.enable()
