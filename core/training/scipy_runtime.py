"""SciPy, where it is installed: songs are composed with it, and the app runs without."""

import importlib.util

from core.errors import SciPyMissingError


def require() -> None:
    """Raises SciPyMissingError where SciPy is not installed; loads nothing."""
    if importlib.util.find_spec("scipy") is None:
        raise SciPyMissingError(requirements="requirements-train.txt")
