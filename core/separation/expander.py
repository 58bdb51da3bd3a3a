"""A downward expander for two stems: where one of them does not sound for seconds, it is made silent.

A network gives a little of an interlude to the voice, and a little of a solo voice to the instruments. In a single bin that
cannot be told from a soft voice; but a voice that is there, however soft, has bins that are nearly all its own. So a stem's
share of seconds is counted by its masks to the eighth power. Where that is below a threshold, σ(z + s) takes the place of
the masks σ(z), with the same s for all bins of a frame.

The numbers are those that make the validation songs the most silent where they may cost them 0.1 dB of SDR: the median of
the voice's level in instrumental music goes from −23 to −80 dB, that of the instruments' in solo singing from −21 to −66 dB.
Tried were powers from 1 to 10, slopes from 0.5 to 4, thresholds from 0 to −4.5 and windows from 1 to 6 seconds.
"""

import numpy as np

from core.arrays import DoubleArray, FloatArray
from core.separation.masks import TINY, direct_masks
from core.separation.stft import tiles

HALF_WINDOW_S = 1.5  # of music on each side of a frame; a chunk's ends cut it off
VOICE_THRESHOLD, REST_THRESHOLD = -4.0, -2.0  # of the logarithm of (share / (1 − share)): 1.8 % and 11.9 %
SLOPE = 3.0  # how much the masks' logits are moved for each 1 below the threshold
RANGE = 4.0  # below the threshold; less changes nothing more

_LEAST = 1e-6  # of a share: its logarithm stays finite


def expanded(estimates: FloatArray, magnitude: FloatArray, half_window: int) -> FloatArray:
    """The estimates (1, channels, frames, bins) of a voice's network, whose other stem is what it leaves of the mix.

    ``magnitude`` (channels, frames, bins) is the mix.
    """
    shift = shifts(estimates[0], magnitude, half_window)
    if not shift.any():
        return estimates
    factor, found = np.exp(shift)[:, np.newaxis], estimates.copy()
    for frames in tiles(len(shift)):
        if shift[frames].any():  # σ(z + s) = m·r / (1 − m + m·r) with m = σ(z) = estimate / magnitude, r = exp(s)
            estimate, mix, r = found[0][:, frames], magnitude[:, frames], factor[frames]
            left = estimate * (r - 1)
            left += mix
            np.maximum(left, TINY, out=left)
            estimate *= r
            estimate *= mix
            estimate /= left
    return found


def shifts(estimate: FloatArray, magnitude: FloatArray, half_window: int) -> FloatArray:
    """What is to be added to the logits of each frame's masks (frames); both arrays are (channels, frames, bins)."""
    energies = np.empty((3, magnitude.shape[1]))  # of the bins that are the voice's, those that are not, all
    for frames in tiles(magnitude.shape[1]):
        mix = magnitude[:, frames]
        mask = direct_masks(estimate[:, frames], mix)
        rest: FloatArray = 1 - mask
        power = mix * mix
        energies[:, frames] = [
            np.vecdot(_eighth(mask), power).sum(axis=0),
            np.vecdot(_eighth(rest), power).sum(axis=0),
            power.sum(axis=(0, 2)),
        ]
    voice, rest, mix = _sums(energies, half_window)
    mix = np.maximum(mix, float(TINY))
    shift = _below(rest / mix, REST_THRESHOLD) - _below(voice / mix, VOICE_THRESHOLD)
    found: FloatArray = (SLOPE * shift * (mix > float(TINY))).astype(np.float32)
    return found


def _below(share: DoubleArray, threshold: float) -> DoubleArray:
    """How far a share is below it."""
    share = np.clip(share, _LEAST, 1 - _LEAST)
    below: DoubleArray = np.clip(threshold - np.log(share / (1 - share)), 0, RANGE)
    return below


def _eighth(values: FloatArray) -> FloatArray:
    """The power, in place of the values."""
    for _ in range(3):
        values *= values
    return values


def _sums(values: DoubleArray, half_window: int) -> DoubleArray:
    """Of the values around each one in the last axis."""
    count = values.shape[-1]
    totals = np.concatenate([np.zeros((len(values), 1)), values.cumsum(axis=-1)], axis=-1)
    numbers = np.arange(count)
    ends, starts = np.minimum(numbers + half_window + 1, count), np.maximum(numbers - half_window, 0)
    sums: DoubleArray = totals[:, ends] - totals[:, starts]
    return sums
