"""What can be known of this computer at once, without loading a runtime."""

import hashlib
import importlib.util
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from core import __version__
from core.engines import EngineName

# What the drivers of the devices that an engine can use put into a Linux system: NVIDIA's and AMD's, those of Linux under
# Windows, all GPUs', and NPUs'.
_COMPUTE = ("dev/nvidiactl", "dev/kfd", "dev/dxg")
_DEVICE_FILES: Mapping[EngineName, tuple[str, ...]] = {
    "onnx": _COMPUTE,
    "openvino": ("dev/dxg", "dev/dri/renderD*", "dev/accel/accel*"),
    "pytorch": (*_COMPUTE, "dev/dri/renderD*"),
    "tensorflow": _COMPUTE,
}


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def may_have_gpu(engine: EngineName, root: Path = Path("/")) -> bool:
    """Whether it is worth loading a runtime to ask it for GPUs and NPUs."""
    if sys.platform != "linux":
        return engine != "tensorflow"  # which uses none on Windows and macOS
    return any(any(root.glob(name)) for name in _DEVICE_FILES[engine])


def fingerprint(packages: tuple[str, ...]) -> str:
    """Digits that change with the processor, with Antara and with the installed versions of ``packages``."""
    facts = [_processor(), str(processors()), __version__, *map(_installed, packages)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:20]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
        names = [line for line in lines if line.startswith(("model name", "cpu family", "model\t", "flags", "CPU part"))]
        return " ".join(dict.fromkeys(names))
    return f"{platform.machine()} {platform.processor()}"


def _installed(package: str) -> str:
    """Name and version from the name of the package's metadata folder; importlib.metadata would take ten times as long."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return f"no {package}"
    folder = Path(spec.origin).parents[1]
    return " ".join(sorted(path.name for path in folder.glob(f"{package}*.dist-info"))) or package
