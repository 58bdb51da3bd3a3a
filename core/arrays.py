"""The array types that pass between the modules of core."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
ComplexArray = npt.NDArray[np.complex64]


def peak_of(samples: FloatArray) -> float:
    """The largest absolute sample; 0 of none."""
    return float(max(samples.max(), -samples.min())) if samples.size else 0.0


def summed(arrays: Iterable[FloatArray]) -> FloatArray:
    """The sum of at least one array, as a new one."""
    source = iter(arrays)
    total = next(source).copy()
    for array in source:
        total += array
    return total
