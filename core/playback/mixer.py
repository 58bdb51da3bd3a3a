"""The mix as heard: stems times gains, summed. Pure: no state, no device."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.arrays import FloatArray, peak_of

SILENCE_DB = -60.0  # the bottom of the faders means off


def gain_of(level_db: float) -> float:
    """The factor for a level; at ``SILENCE_DB`` and below it is 0."""
    return 0.0 if level_db <= SILENCE_DB else float(10 ** (level_db / 20))


def mix(stems: Mapping[str, FloatArray], before: Sequence[float], after: Sequence[float], out: FloatArray) -> None:
    """Writes Σ stem · gain into ``out`` (n, 2). Gains run linearly from ``before`` to ``after``."""
    out[:] = 0
    for samples, first, last in zip(stems.values(), before, after, strict=True):
        if first == last:
            if last:
                out += samples * np.float32(last)
        else:
            out += samples * np.linspace(first, last, len(samples), dtype=np.float32)[:, np.newaxis]


def crossfade(out: FloatArray, into: FloatArray, first: int, length: int) -> None:
    """Fades ``out`` (n, 2) over to ``into``; it holds the frames from ``first`` on of a fade that is ``length`` long."""
    share = (np.arange(first, first + len(out), dtype=np.float32) / np.float32(length))[:, np.newaxis]
    out += (into - out) * share


def levels(stems: Mapping[str, FloatArray], gains: Sequence[float], mixed: FloatArray) -> list[float]:
    """The largest absolute samples that are heard: of the mix, then of each stem at its gain."""
    return [peak_of(mixed), *(peak_of(samples) * gain for samples, gain in zip(stems.values(), gains, strict=True))]
