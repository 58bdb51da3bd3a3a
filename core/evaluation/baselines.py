"""Estimates that need no model, to see what a model is worth."""

from collections.abc import Iterator

import numpy as np

from core.arrays import FloatArray
from core.evaluation.frames import DoubleArray, irfft, rfft

CENTRE_ABOVE_HZ = 200.0  # below, the centre holds bass and bass drum rather than a voice

_HALF = 2048  # samples on each side of the filter's middle
_BLOCK = (1 << 16) - 2 * _HALF


def centre(mix: FloatArray, rate: int) -> Iterator[FloatArray]:
    """Blocks (n, 2) of the centre channel of ``mix`` (n, 2): (left + right) / 2 above ``CENTRE_ABOVE_HZ``, on both sides.

    Voices are mostly mixed there: the oldest way to get them out of a song. No phase is shifted, so that mix − centre is
    what remains. The filter is a windowed sinc.
    """
    size = _BLOCK + 2 * _HALF
    response = rfft(_high_pass(rate), size)
    for start in range(0, len(mix), _BLOCK):
        stop = min(start + _BLOCK, len(mix))
        around = slice(max(start - _HALF, 0), min(stop + _HALF, len(mix)))
        samples = np.zeros(size)
        first = around.start - (start - _HALF)
        samples[first : first + around.stop - around.start] = mix[around].mean(axis=1)
        filtered = irfft(rfft(samples, size) * response, size)
        # What the filter's two ends have not seen is at the beginning, of the wrap-around of the transform.
        part = filtered[2 * _HALF : 2 * _HALF + stop - start].astype(np.float32)
        yield np.repeat(part[:, None], 2, axis=1)


def without(mix: FloatArray, part: FloatArray) -> Iterator[FloatArray]:
    """Blocks (n, 2) of ``mix`` − ``part``, of one shape."""
    for start in range(0, len(mix), _BLOCK):
        yield mix[start : start + _BLOCK] - part[start : start + _BLOCK]


def _high_pass(rate: int) -> DoubleArray:
    """The taps: a single 1 less a low-pass of gain 1."""
    time = np.arange(-_HALF, _HALF + 1)
    low = np.sinc(2 * CENTRE_ABOVE_HZ / rate * time) * np.hanning(len(time))
    taps: DoubleArray = -low / low.sum()
    taps[_HALF] += 1
    return taps
