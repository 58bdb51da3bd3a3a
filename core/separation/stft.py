"""The short-time Fourier transform and its inverse as streams, with Spleeter's conventions.

Periodic Hann window, no scaling, one frame of silence in front of the song, the end padded so that every sample is in a
frame (``tf.signal.stft(pad_end=True)``). The inverse windows again; the sum of squared Hann windows at a hop of a quarter
frame is 3/2, so a factor of 2/3 makes the round trip exact.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import as_strided

from core.arrays import ComplexArray, FloatArray

INVERSE_GAIN = 2 / 3


@dataclass(frozen=True)
class Chunk:
    """The frames that are separated together.

    ``spectrum`` (frames, frame_length // 2 + 1, channels) starts at sample ``start`` of the song, which is negative in the
    first chunk because of the padding. ``mix`` holds the song's own samples from ``start`` up to the next chunk's start,
    or up to its end.
    """

    start: int
    spectrum: ComplexArray
    mix: FloatArray


def hann(length: int) -> FloatArray:
    """The periodic Hann window, 0.5 − 0.5 cos(2πn/N)."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return window.astype(np.float32)


def analyse(blocks: Iterable[FloatArray], frame_length: int, hop: int, chunk_frames: int) -> Generator[Chunk, None, None]:
    """Chunks of ``chunk_frames`` frames, the last one shorter, from blocks (n, 2) of any sizes."""
    window = hann(frame_length)[:, np.newaxis]
    advance = chunk_frames * hop
    buffer = np.zeros((advance + frame_length - hop, 2), np.float32)
    filled, start = frame_length, -frame_length
    for block in blocks:
        taken = 0
        while taken < len(block):
            n = min(len(block) - taken, len(buffer) - filled)
            buffer[filled : filled + n] = block[taken : taken + n]
            taken, filled = taken + n, filled + n
            if filled == len(buffer):
                yield Chunk(start, _transform(buffer, window, hop, chunk_frames), buffer[:advance].copy())
                buffer[: filled - advance] = buffer[advance:].copy()
                filled, start = filled - advance, start + advance
    # What is left may still fill a whole chunk and begin another, since its last frames are padded.
    buffer[filled:] = 0
    frames = -(-filled // hop)
    for first in range(0, frames, chunk_frames):
        count = min(chunk_frames, frames - first)
        part = np.zeros(((count - 1) * hop + frame_length, 2), np.float32)
        rest = buffer[first * hop : filled]
        part[: min(len(part), len(rest))] = rest[: len(part)]
        yield Chunk(start + first * hop, _transform(part, window, hop, count), rest[: count * hop].copy())


def _transform(samples: FloatArray, window: FloatArray, hop: int, frames: int) -> ComplexArray:
    rows, columns = samples.strides
    framed = as_strided(samples, (frames, len(window), samples.shape[1]), (hop * rows, rows, columns), writeable=False)
    spectrum: ComplexArray = scipy.fft.rfft(framed * window, axis=1, overwrite_x=True)
    return spectrum


class Synthesis:
    """The inverse transform of one stem, chunk by chunk, by overlap-add."""

    def __init__(self, frame_length: int, hop: int, channels: int = 2) -> None:
        self._frame_length, self._hop = frame_length, hop
        self._window = (hann(frame_length) * np.float32(INVERSE_GAIN))[:, np.newaxis]
        self._overlap = frame_length // hop
        self._tail = np.zeros((self._overlap - 1, hop, channels), np.float32)

    def add(self, spectrum: ComplexArray) -> FloatArray:
        """The samples (frames · hop, channels) that are complete once these frames are added."""
        frames, channels = len(spectrum), spectrum.shape[2]
        pieces: FloatArray = scipy.fft.irfft(spectrum, self._frame_length, axis=1, overwrite_x=True)
        pieces *= self._window
        hops = pieces.reshape(frames, self._overlap, self._hop, channels)
        total = np.zeros((frames + self._overlap - 1, self._hop, channels), np.float32)
        total[: self._overlap - 1] = self._tail
        for offset in range(self._overlap):
            total[offset : offset + frames] += hops[:, offset]
        self._tail = total[frames:].copy()
        return total[:frames].reshape(-1, channels)
