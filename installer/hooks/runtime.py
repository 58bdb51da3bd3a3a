"""Runs before the program on Linux: finds the bundle's PortAudio, and keeps the bundle's libraries from other programs."""

import ctypes.util
import os
import sys
from pathlib import Path


def _find_library(name, system=ctypes.util.find_library):
    """sounddevice asks the system's loader, which does not know of the bundle."""
    bundled = Path(sys._MEIPASS, "libportaudio.so.2")
    return str(bundled) if name == "portaudio" and bundled.exists() else system(name)


if sys.platform == "linux":
    ctypes.util.find_library = _find_library
    # The loader has read it. The file manager that Antara opens must not find our libraries in the place of its own.
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
