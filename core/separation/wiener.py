"""Multichannel Wiener filtering (Spleeter's ``--mwf``): stems that agree with where each of them is between left and right.

It is what the package norbert does in one iteration, ``norbert.wiener``, which Spleeter gives the whole song: A. Liutkus,
F.-R. Stöter: norbert, doi:10.5281/zenodo.3269749, after S. Uhlich et al.: Improving music source separation based on deep
neural networks through data augmentation and network blending, ICASSP 2017. In each bin, x being the mix and mⱼ the masks,
with the two channels as vectors:

    yⱼ = mⱼ x                            first estimates
    vⱼ = |yⱼ|² / 2                       their power, in each frame
    Rⱼ = Σ yⱼ yⱼᴴ / (ε s² + Σ vⱼ)        their covariance between the channels, over all frames
    C  = Σⱼ vⱼ Rⱼ + √ε s² I              that of the mix, in each frame, regularised
    stem j = vⱼ Rⱼ C⁻¹ x

ε is the resolution of float32 and s a tenth of the largest |x|, at least 1, by which norbert divides x instead. A right
channel times i, as chunks have it, goes through all of that unchanged.

Here the sums go over a sliding window of ``WINDOW_CHUNKS`` chunks, so that memory is bounded; most songs are within one.
What is kept of a chunk meanwhile are its samples and masks, and it is transformed again when its turn comes.
"""

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.arrays import ComplexArray, FloatArray
from core.models.catalogue import Model
from core.separation import masks
from core.separation.geometry import Geometry
from core.separation.stft import TILE, Analysis, Chunk, Samples, tiles

# Five minutes. What a window gives is 40 dB from what the whole song gives if it is four fifths of it, and 30 dB if it is
# one of five minutes (measured with the built-in model).
WINDOW_CHUNKS = 26

EPSILON = float(np.finfo(np.float32).eps)  # norbert's
_STEPS = np.float32(np.iinfo(np.uint16).max)

# (4, stems, seen): yⱼ yⱼᴴ of each stem as left, right, and the real and imaginary part of left · conj right.
Covariances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Sums:
    """What the frames of a chunk have: Σ yⱼ yⱼᴴ, and the largest |x|."""

    covariances: Covariances
    peak: float


@dataclass(frozen=True)
class _Statistics:
    """Rⱼ, and the power √ε s² of the regularisation."""

    covariances: Covariances
    noise: float

    def towards(self, other: "_Statistics", share: float) -> "_Statistics":
        """The statistics between these and others."""
        if other is self:
            return self
        covariances = self.covariances + share * (other.covariances - self.covariances)
        return _Statistics(covariances, self.noise + share * (other.noise - self.noise))

    def matrices(self) -> ComplexArray:
        """Rⱼ as (stems, 2, 2, seen)."""
        left, right, real, imaginary = self.covariances
        cross = real + 1j * imaginary
        return np.array([[left, cross], [cross.conj(), right]], np.complex64).transpose(2, 0, 1, 3)


@dataclass(frozen=True)
class _Kept:
    """A chunk until its window is complete.

    ``roots`` (stems, 2, frames, seen) of the masks are in steps of 1/65535: small masks matter where a stem is alone on its
    side, and so they keep their accuracy.
    """

    part: Samples
    roots: npt.NDArray[np.uint16]
    sums: _Sums


@dataclass(frozen=True)
class Windowed:
    """The masks of a chunk, see _Kept, and the statistics around it at its beginning and at its end."""

    roots: npt.NDArray[np.uint16]
    before: _Statistics
    after: _Statistics


def windowed(
    estimated: Generator[tuple[Chunk, FloatArray], None, None], model: Model, sizes: Geometry
) -> Generator[tuple[Chunk, Windowed], None, None]:
    """Each chunk of those with the networks' estimates (networks, 2, frames, bins), once the window around it is known.

    The window of the first chunks is that of the song's beginning, and that of the last ones its end. So in a song of up
    to one window all have the same statistics, those of the song.
    """
    analysis = Analysis(sizes)
    with contextlib.closing(estimated):
        kept = (_keep(chunk, estimates, model, sizes.seen) for chunk, estimates in estimated)
        for item, before, after in _slide(kept):
            yield analysis.chunk(item.part), Windowed(item.roots, before, after)


def _slide(items: Iterable[_Kept]) -> Generator[tuple[_Kept, _Statistics, _Statistics], None, None]:
    """Each item with the statistics of the window around it, and of the next one's."""
    window: deque[_Sums] = deque()
    waiting: deque[_Kept] = deque()
    latest: _Statistics | None = None  # of a whole window
    for item in items:
        waiting.append(item)
        window.append(item.sums)
        if len(window) <= WINDOW_CHUNKS:
            continue
        before = latest or _statistics(list(window)[:-1])
        window.popleft()
        latest = _statistics(window)
        while len(waiting) > WINDOW_CHUNKS // 2 + 1:
            yield waiting.popleft(), before, before
        yield waiting.popleft(), before, latest
    if waiting:
        latest = latest or _statistics(window)
        while waiting:
            yield waiting.popleft(), latest, latest


def _keep(chunk: Chunk, estimates: FloatArray, model: Model, seen: int) -> _Kept:
    stems = len(model.stems)
    roots = np.empty((stems, 2, chunk.frames, seen), np.uint16)
    covariances = np.zeros((4, stems, seen))
    peak = float(np.abs(chunk.spectrum[..., seen:]).max(initial=0))
    for frames in tiles(chunk.frames):
        magnitude = chunk.magnitude[:, frames, :seen]
        left, right = chunk.spectrum[:, frames, :seen]
        crossed = left * right.conj()
        peak = max(peak, float(magnitude.max()))
        soft = soft_masks(model, estimates[:, :, frames, :seen], magnitude)
        np.add(np.sqrt(soft) * _STEPS, 0.5, out=roots[:, :, frames], casting="unsafe")
        for stem, mask in enumerate(soft):
            powers = np.square(mask * magnitude).sum(axis=1)
            cross = (crossed * (mask[0] * mask[1])).sum(axis=0)
            covariances[:, stem] += (*powers, cross.real, cross.imag)
    return _Kept(chunk.part, roots, _Sums(covariances, peak))


def soft_masks(model: Model, estimates: FloatArray, magnitude: FloatArray) -> FloatArray:
    """The masks (stems, channels, frames, seen) to start from: ``norbert.softmask``, or the networks' own."""
    if model.masks == "direct":
        return masks.stem_masks(model, estimates, magnitude)
    shares: FloatArray = estimates / (estimates.sum(axis=0) + np.float32(EPSILON))
    return shares


def _statistics(window: Iterable[_Sums]) -> _Statistics:
    parts = list(window)
    scale = max(1.0, max(part.peak for part in parts) / 10) ** 2
    covariances = np.sum([part.covariances for part in parts], axis=0)
    covariances /= EPSILON * scale + covariances[:2].mean(axis=0)
    return _Statistics(covariances, np.sqrt(EPSILON) * scale)


class WienerFilter:
    """Gives the stems of frames, Spleeter's own, or, if ``whole_band``, stems that sum to the mix.

    Spleeter's are silent above the model's band, and the regularisation takes from them what is some 50 dB below the peak
    of the window. For the whole band both go to the stems by their masks, above the band as ``masks.extend`` does it.
    """

    def __init__(self, sizes: Geometry, whole_band: bool) -> None:
        self._seen, self._whole_band = sizes.seen, whole_band
        self._stem = np.zeros((2, TILE, sizes.half), np.complex64)

    def spectra(self, chunk: Chunk, basis: Windowed, frames: slice) -> Iterator[ComplexArray]:
        """The stems' spectra (2, frames, half), like the chunk's, one after the other in the same memory."""
        seen = self._seen
        statistics = basis.before.towards(basis.after, (frames.start + frames.stop) / 2 / chunk.frames)
        mix, magnitude = chunk.spectrum[:, frames], chunk.magnitude[:, frames, :seen]
        soft = np.square(basis.roots[:, :, frames] / _STEPS)
        powers = np.square(soft * magnitude).sum(axis=1) / 2
        whitened = _whitened(mix[..., :seen], powers, statistics)
        lost = whitened * np.float32(statistics.noise)
        stem = self._stem[:, : mix.shape[1]]
        for mask, power, matrix in zip(soft, powers, statistics.matrices(), strict=True):
            inside = matrix[:, 0, np.newaxis] * whitened[0]
            inside += matrix[:, 1, np.newaxis] * whitened[1]
            np.multiply(inside, power, out=stem[..., :seen])
            if self._whole_band:
                stem[..., :seen] += mask * lost
                above = masks.extend(mask, magnitude, "top")
                np.multiply(mix[..., seen:].view(np.float32), above, out=stem[..., seen:].view(np.float32))
            yield stem


def _whitened(mix: ComplexArray, powers: FloatArray, statistics: _Statistics) -> ComplexArray:
    """C⁻¹ x (2, frames, seen). In float64: where a bin has one direction in all frames, C is all but singular."""
    summed = np.einsum("jtf,ijf->itf", powers.astype(np.float64), statistics.covariances)
    summed[:2] += statistics.noise
    left, right, real, imaginary = summed
    summed /= left * right - real * real - imaginary * imaginary
    cross = real + 1j * imaginary
    whitened = np.empty_like(mix)
    whitened[0] = right * mix[0] - cross * mix[1]
    whitened[1] = left * mix[1] - cross.conj() * mix[0]
    return whitened
