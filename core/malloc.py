"""How the C library hands out memory, where it is glibc; elsewhere nothing happens.

Networks on PyTorch make and drop tensors of 10 to 200 MB all the time. glibc asks the system for each of them anew, which
clears each page: a quarter of htdemucs' time on two processors went into that.
"""

import ctypes
import sys
from typing import Any

# malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8

_LARGE = 1 << 30


def share() -> None:
    """Lets all threads take their memory from one place: others cannot hold large blocks. Before there are threads."""
    _set(_ARENA_MAX, 1)


def keep_large() -> None:
    """Keeps large blocks for the next ones, until ``give_back``."""
    _set(_MMAP_THRESHOLD, _LARGE)
    _set(_TRIM_THRESHOLD, _LARGE)


def give_back() -> None:
    """What is kept goes back to the system."""
    library = _glibc()
    if library:
        library.malloc_trim(0)


def _set(parameter: int, value: int) -> None:
    library = _glibc()
    if library:
        library.mallopt(parameter, value)


def _glibc() -> Any:
    """None where it is another library."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
