"""Optional extras: packages that are not part of Antara, which the user may add."""

import sys

from core.errors import EngineError, PackageFrozenError, PackageMissingError

DEMUCS = "requirements-demucs.txt"  # Demucs, and PyTorch


def missing(name: str) -> EngineError:
    """The error for an extra that is not installed. Into the program of an installer nothing can be installed."""
    frozen = getattr(sys, "frozen", False)  # by PyInstaller
    return PackageFrozenError(engine=name) if frozen else PackageMissingError(engine=name, requirements=DEMUCS)
