"""The array types that pass between the modules of core."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex64]


def peak_of(samples: FloatArray) -> float:
    """The largest absolute sample; 0 of none."""
    return float(max(samples.max(), -samples.min())) if samples.size else 0.0


def summed(arrays: Sequence[FloatArray], out: FloatArray | None = None) -> FloatArray:
    """The sum of at least one array, in ``out`` if that is given, else as a new one."""
    first, *others = arrays
    total = np.add(first, others[0] if others else np.float32(0), out=out)
    for array in others[1:]:
        total += array
    return total
