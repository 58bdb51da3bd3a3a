"""The short-time Fourier transform and its inverse as streams, with Spleeter's conventions.

Periodic Hann window, no scaling, one frame of silence in front of the song, the end padded so that every sample is in a
frame (``tf.signal.stft(pad_end=True)``). The inverse windows again; the sum of squared Hann windows at a hop of a quarter
frame is 3/2, so a factor of 2/3 makes the round trip exact.

Both channels go through one complex transform Z of (left + i·right)/2, which interleaved samples are already. Since the
transform of a real signal is symmetric, left = Z[k] + conj Z[N−k] and i·right = Z[k] − conj Z[N−k]. Back it is the same.
Frames are worked on a few at a time, so that what passes from step to step stays in the processor's cache.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import ducc0
import numpy as np
from numpy.lib.stride_tricks import as_strided

from core.arrays import ComplexArray, FloatArray
from core.separation.geometry import Geometry

INVERSE_GAIN = 2 / 3

TILE = 32  # frames worked on at a time: 1 MB of samples of 4096-sample frames


def tiles(frames: int) -> Iterator[slice]:
    """So many frames in parts of at most TILE."""
    return (slice(first, min(first + TILE, frames)) for first in range(0, frames, TILE))


@dataclass(frozen=True)
class Samples:
    """What a chunk is transformed from: (n, 2) from sample ``start`` on, the first ``advance`` of them the chunk's own."""

    start: int
    samples: FloatArray
    frames: int
    advance: int


@dataclass(frozen=True)
class Chunk:
    """The frames that are separated together.

    ``spectrum`` (2, frames, half) holds the left channel's transform and i times the right one's. ``magnitude``
    (2, chunk_frames, bins) is its absolute value in the network's band, silence after the last frame. ``part`` is what
    they are made from.
    """

    part: Samples
    spectrum: ComplexArray
    magnitude: FloatArray

    @property
    def start(self) -> int:
        """The sample of the song that it starts at: negative in the first chunk because of the padding."""
        return self.part.start

    @property
    def mix(self) -> FloatArray:
        """The song's own samples (n, 2) from ``start`` up to the next chunk's start, or up to its end."""
        return self.part.samples[: self.part.advance]

    @property
    def frames(self) -> int:
        return self.part.frames


def hann(length: int) -> FloatArray:
    """The periodic Hann window, 0.5 − 0.5 cos(2πn/N)."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return window.astype(np.float32)


def framed(blocks: Iterable[FloatArray], geometry: Geometry) -> Generator[Samples, None, None]:
    """The samples of consecutive chunks of ``chunk_frames`` frames, the last one shorter, from blocks (n, 2) of any size."""
    frame_length, hop, chunk_frames = geometry.frame_length, geometry.hop, geometry.chunk_frames
    advance = chunk_frames * hop
    size = advance + frame_length - hop
    buffer = np.zeros((size, 2), np.float32)
    filled, start = frame_length, -frame_length
    for block in blocks:
        taken = 0
        while taken < len(block):
            n = min(len(block) - taken, size - filled)
            buffer[filled : filled + n] = block[taken : taken + n]
            taken, filled = taken + n, filled + n
            if filled == size:
                yield Samples(start, buffer, chunk_frames, advance)
                overlap = buffer[advance:]
                buffer = np.empty_like(buffer)
                buffer[: len(overlap)] = overlap
                filled, start = len(overlap), start + advance
    # What is left may still fill a whole chunk and begin another, since its last frames are padded.
    frames = -(-filled // hop)
    for first in range(0, frames, chunk_frames):
        count = min(chunk_frames, frames - first)
        part = np.zeros(((count - 1) * hop + frame_length, 2), np.float32)
        rest = buffer[first * hop : filled]
        part[: min(len(part), len(rest))] = rest[: len(part)]
        yield Samples(start + first * hop, part, count, min(count * hop, len(rest)))


def transformed(parts: Iterable[Samples], geometry: Geometry) -> Iterator[Chunk]:
    """The chunks of ``framed`` samples."""
    analysis = Analysis(geometry)
    for part in parts:
        yield analysis.chunk(part)


class Analysis:
    """The forward transform."""

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        frame_length = geometry.frame_length
        self._frame_length, self._hop, self._seen = frame_length, geometry.hop, geometry.seen
        self._window = np.repeat(hann(frame_length) * np.float32(geometry.gain / 2), 2)
        self._windowed = np.empty((TILE, 2 * frame_length), np.float32)
        self._transform = np.empty((TILE, frame_length), np.complex64)
        self._mirrored = np.empty((TILE, frame_length // 2 + 1), np.complex64)

    def chunk(self, part: Samples) -> Chunk:
        """The frames of these samples."""
        magnitude = np.empty((2, self._geometry.chunk_frames, self._geometry.bins), np.float32)
        magnitude[:, part.frames :] = 0
        magnitude[:, : part.frames, self._seen :] = 0
        spectrum = self._spectrum(part.samples, magnitude[:, : part.frames])
        return Chunk(part, spectrum, magnitude)

    def _spectrum(self, samples: FloatArray, magnitude: FloatArray) -> ComplexArray:
        """The spectrum (2, frames, half) of samples (n, 2); fills what there is of ``magnitude`` (2, frames, bins)."""
        frames = magnitude.shape[1]
        half = self._frame_length // 2 + 1
        item = samples.itemsize
        frame_views = as_strided(samples, (frames, 2 * self._frame_length), (2 * self._hop * item, item), writeable=False)
        spectrum = np.empty((2, frames, half), np.complex64)
        for tile in tiles(frames):
            n = tile.stop - tile.start
            windowed, z, mirrored = self._windowed[:n], self._transform[:n], self._mirrored[:n]
            np.multiply(frame_views[tile], self._window, out=windowed)
            ducc0.fft.c2c(windowed.view(np.complex64), axes=(1,), out=z)
            np.conjugate(z[:, : half - 2 : -1], out=mirrored[:, 1:])
            np.conjugate(z[:, 0], out=mirrored[:, 0])
            np.add(z[:, :half], mirrored, out=spectrum[0, tile])
            np.subtract(z[:, :half], mirrored, out=spectrum[1, tile])
            np.abs(spectrum[:, tile, : self._seen], out=magnitude[:, tile, : self._seen])
        return spectrum


class Synthesis:
    """The inverse transform of one stem by overlap-add, a few frames at a time."""

    def __init__(self, geometry: Geometry) -> None:
        frame_length, hop = geometry.frame_length, geometry.hop
        self._frame_length, self._hop = frame_length, hop
        self._window = np.repeat(hann(frame_length) * np.float32(INVERSE_GAIN / frame_length / geometry.gain), 2)
        self._overlap = frame_length // hop
        self._whole = np.empty((TILE, frame_length), np.complex64)
        self._difference = np.empty((TILE, frame_length // 2 + 1), np.complex64)
        self._sum = np.zeros((TILE + self._overlap - 1, 2 * hop), np.float32)

    def add(self, spectrum: ComplexArray, into: FloatArray) -> None:
        """Fills ``into`` (frames · hop, 2) with the samples that are complete once these frames are added.

        ``spectrum`` (2, frames, frame_length // 2 + 1) is like a Chunk's, of at most TILE frames.
        """
        frames = spectrum.shape[1]
        half = self._frame_length // 2 + 1
        whole, difference = self._whole[:frames], self._difference[:frames]
        np.add(spectrum[0], spectrum[1], out=whole[:, :half])
        np.subtract(spectrum[0], spectrum[1], out=difference)
        np.conjugate(difference[:, half - 2 : 0 : -1], out=whole[:, half:])
        ducc0.fft.c2c(whole, axes=(1,), forward=False, out=whole)
        samples = whole.view(np.float32)
        samples *= self._window
        hops = samples.reshape(frames, self._overlap, 2 * self._hop)
        for offset in range(self._overlap):
            self._sum[offset : offset + frames] += hops[:, offset]
        into[...] = self._sum[:frames].reshape(-1, 2)
        tail = self._overlap - 1
        self._sum[:tail] = self._sum[frames : frames + tail].copy()
        self._sum[tail:] = 0
