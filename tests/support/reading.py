"""Songs read back, and how near they are to what was written."""

from pathlib import Path

import numpy as np

from core.audio.reader import read_blocks
from core.errors import InputError
from tests.support.songs import RATE, joined


def decode(
    path: Path, rate: int = RATE, offset_s: float = 0.0, duration_s: float | None = None, track: int | None = None
) -> np.ndarray:
    """(n, 2) float32."""
    return joined(read_blocks(path, rate, offset_s, duration_s, track))


def attempt(
    path: Path, offset_s: float = 0.0, duration_s: float | None = None, rate: int = RATE
) -> tuple[np.ndarray, InputError | None]:
    """What was delivered, and the typed error that came after it. Anything else that is raised fails the test."""
    blocks = []
    try:
        for block in read_blocks(path, rate, offset_s, duration_s):
            blocks.append(block)
    except InputError as error:
        return joined(blocks), error
    return joined(blocks), None


def lag(original: np.ndarray, decoded: np.ndarray) -> int:
    """By how many samples ``decoded`` comes later than ``original``, from the peak of their cross-correlation."""
    size = len(original) + len(decoded)
    product = np.conj(np.fft.rfft(original[:, 0], size)) * np.fft.rfft(decoded[:, 0], size)
    peak = int(np.argmax(np.fft.irfft(product, size)))
    return peak if peak < len(decoded) else peak - size


def similarity(original: np.ndarray, decoded: np.ndarray) -> float:
    """The correlation of the two over their common length, after removing the lag; 1 where they are equal."""
    shift = lag(original, decoded)
    first, second = original[max(-shift, 0) :], decoded[max(shift, 0) :]
    count = min(len(first), len(second))
    first, second = first[:count].ravel(), second[:count].ravel()
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))
