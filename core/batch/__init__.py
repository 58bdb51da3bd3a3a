"""A whole catalogue of songs, on Dask: many at once, on one computer or several, each exactly once.

``sources`` finds the songs and ``ledger`` gives each its folder; ``coordinator`` hands them to workers, of a ``cluster``
of its own or a given one, a bounded number at a time; ``job`` is what a worker does for one song; ``places`` is where
results appear whole, each with its receipt; ``report`` tells of the run. Dask, PyArrow and fsspec are an extra.
"""

import sys
from importlib.util import find_spec

from core.errors import BatchMissingError, PackageFrozenError

REQUIREMENTS = "requirements-batch.txt"

_PACKAGES = ("dask", "distributed", "pyarrow", "fsspec", "cryptography")


def require() -> None:
    """Raises BatchMissingError unless the extra is there, PackageFrozenError where it cannot be. Nothing is loaded."""
    for package in _PACKAGES:
        if find_spec(package) is None:
            if getattr(sys, "frozen", False):  # by PyInstaller
                raise PackageFrozenError(engine="Dask")
            raise BatchMissingError(package=package, requirements=REQUIREMENTS)
