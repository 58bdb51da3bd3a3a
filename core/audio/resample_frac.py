"""Sound at the rate of Demucs' networks, by the filter that they were trained behind.

A windowed sinc (Smith: Digital Audio Resampling Home Page, 2002) of 24 zero crossings with cos² as the window, whose band
ends at 94.5 % of the lower rate's half; before and after the song its first and last sample stand. So does the ``julius``
package.
"""

import math
from collections.abc import Generator, Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.arrays import FloatArray
from core.audio.resample import Resampler

ZEROS = 24
ROLLOFF = 0.945

_LARGEST_FILTER = 4_000_000  # taps of all phases: 16 MB. No usual rate comes near it
_STEPS = 64  # periods of the two rates at a time, at least


def converted(blocks: Iterable[FloatArray], rate: int, new_rate: int) -> Generator[FloatArray, None, None]:
    """Blocks (n, 2) of the song at ``new_rate``; ``floor(frames · new_rate / rate)`` frames in all."""
    common = math.gcd(rate, new_rate)
    old, new = rate // common, new_rate // common
    if old == new:
        yield from blocks
    elif new * (old + 2 * _width(old, new)) <= _LARGEST_FILTER:
        yield from _by_periods(blocks, old, new)
    else:  # an odd rate, for which the filter would have a phase for every sample
        resampler = Resampler(rate, new_rate)
        for block in blocks:
            yield from resampler.push(block)
        yield from resampler.drain()


def _by_periods(blocks: Iterable[FloatArray], old: int, new: int) -> Generator[FloatArray, None, None]:
    """Each ``old`` frames become ``new`` ones, from what is around them."""
    phases, width = _filter(old, new), _width(old, new)
    left = np.zeros((0, 2), np.float32)  # from ``width`` before the next period on
    taken = given = 0
    for block in blocks:
        if not len(block):
            continue
        if not taken:
            left = np.repeat(block[:1], width, axis=0)
        taken += len(block)
        left = np.concatenate([left, block])
        periods = (len(left) - 2 * width) // old
        if periods >= _STEPS:
            yield _filtered(left, phases, periods, old)
            given += periods * new
            left = left[periods * old :]
    rest = taken * new // old - given
    if rest > 0:
        left = np.concatenate([left, np.repeat(left[-1:], width + old, axis=0)])
        yield _filtered(left, phases, -(-rest // new), old)[:rest]


def _filtered(samples: FloatArray, phases: FloatArray, periods: int, old: int) -> FloatArray:
    """The frames (periods · new, 2) of samples (n, 2) that begin a filter's width before the first period."""
    windows = sliding_window_view(samples, phases.shape[1], axis=0)[: periods * old : old]  # (periods, 2, taps)
    found: FloatArray = np.ascontiguousarray(windows) @ phases.T
    return np.ascontiguousarray(found.transpose(0, 2, 1)).reshape(-1, 2)


def _width(old: int, new: int) -> int:
    """How many samples a filter reaches on each side."""
    return math.ceil(ZEROS * old / (min(old, new) * ROLLOFF))


def _filter(old: int, new: int) -> FloatArray:
    """The filter of each phase (new, taps)."""
    width = _width(old, new)
    samples = np.arange(-width, width + old) / old - np.arange(new)[:, np.newaxis] / new
    crossings = np.clip(samples * min(old, new) * ROLLOFF, -ZEROS, ZEROS)
    taps = np.sinc(crossings) * np.cos(np.pi * crossings / ZEROS / 2) ** 2
    normal: FloatArray = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal
