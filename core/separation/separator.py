"""The separation: one generator from blocks of a song to blocks of its stems, with bounded memory for any length."""

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from core.arrays import ComplexArray, FloatArray
from core.cancel import CancelToken
from core.engines import Estimator
from core.errors import TruncatedError
from core.models.catalogue import Model
from core.pipeline import ahead
from core.separation import masks, wiener
from core.separation.expander import HALF_WINDOW_S, expanded
from core.separation.geometry import Geometry, geometry
from core.separation.mode import Mode
from core.separation.stft import TILE, Chunk, Synthesis, framed, tiles, transformed

# full: the whole band, and the stems sum to the mix. reference: Spleeter's own output, silent above the model's band.

Basis = TypeVar("Basis")  # what a filter needs beside the chunk
Needed = TypeVar("Needed", contravariant=True)


class Filter(Protocol[Needed]):
    """Gives the stems of the mix, frame by frame."""

    def spectra(self, chunk: Chunk, basis: Needed, frames: slice) -> Iterator[ComplexArray]:
        """The stems' spectra (2, frames, half), like the chunk's, one after the other in the same memory."""


@dataclass(frozen=True)
class StemBlock:
    """The stems from sample ``start`` of the song on: {stem: (n, 2)} at the song's rate, the same n for all."""

    start: int
    stems: Mapping[str, FloatArray]

    @property
    def end(self) -> int:
        return self.start + len(next(iter(self.stems.values())))


def separate(
    blocks: Iterable[FloatArray],
    engine: Estimator,
    model: Model,
    mode: Mode = "full",
    cancel: CancelToken | None = None,
    rate: int | None = None,
    mwf: bool = False,
) -> Generator[StemBlock, None, None]:
    """Consecutive StemBlocks of the whole song, each about one chunk long.

    ``blocks`` are (n, 2) at ``rate``, which is the model's if None, of any sizes; what they raise passes through, a
    TruncatedError after the stems of what is there. Raises CancelledError between chunks once ``cancel`` is set, and
    EngineErrors. With ``mwf`` a multichannel Wiener filter takes the place of the masks; its first block comes when the
    networks have seen the song's first ``wiener.WINDOW_CHUNKS``, or all of it.

    Reading, the transform, the network, the statistics of the Wiener filter, the masks and inverse, and whatever the caller
    does with a block work at the same time.
    """
    token = cancel or CancelToken()
    cut_off: list[TruncatedError] = []
    sizes = geometry(model, rate)
    parts = ahead(framed(what_is_there(blocks, cut_off), sizes))
    chunks = ahead(_closing(parts, transformed(parts, sizes)))
    estimated = ahead(_estimated(chunks, engine, token))
    if model.expander:
        estimated = _expanded(estimated, round(HALF_WINDOW_S * model.sample_rate / model.hop))
    stems: Generator[StemBlock, None, None]
    if mwf:
        windowed = ahead(wiener.windowed(estimated, model, sizes))
        stems = _inverted(windowed, _Inverse(model, sizes, mode, wiener.WienerFilter(sizes, mode == "full")))
    else:
        stems = _inverted(estimated, _Inverse(model, sizes, mode, MaskFilter(model, sizes, mode)))
    yield from delivered(stems, token, cut_off)


def delivered(
    stems: Generator[StemBlock, None, None], cancel: CancelToken, cut_off: Sequence[TruncatedError]
) -> Generator[StemBlock, None, None]:
    """The blocks, made ahead, until ``cancel`` is set; then the error that ``what_is_there`` may have kept."""
    with contextlib.closing(ahead(stems)) as blocks:
        for block in blocks:
            cancel.raise_if_cancelled()
            yield block
    if cut_off:
        raise cut_off[0]


def what_is_there(blocks: Iterable[FloatArray], cut_off: list[TruncatedError]) -> Generator[FloatArray, None, None]:
    """The blocks up to where the file is cut off, as if it ended there; the error goes into ``cut_off``."""
    try:
        yield from blocks
    except TruncatedError as error:
        cut_off.append(error)


def _closing(source: Generator[Any, None, None], stage: Iterator[Chunk]) -> Generator[Chunk, None, None]:
    """The items of ``stage``, which draws on ``source``; closes that when it is closed itself."""
    with contextlib.closing(source):
        yield from stage


def _estimated(
    chunks: Generator[Chunk, None, None], engine: Estimator, cancel: CancelToken
) -> Generator[tuple[Chunk, FloatArray], None, None]:
    """Each chunk with the networks' estimates (networks, 2, frames, bins)."""
    in_work: deque[Chunk] = deque()

    def magnitudes() -> Iterator[FloatArray]:
        for chunk in chunks:
            cancel.raise_if_cancelled()
            in_work.append(chunk)
            yield chunk.magnitude

    with contextlib.closing(chunks):
        for estimates in engine.estimates(magnitudes()):
            chunk = in_work.popleft()
            yield chunk, estimates[:, :, : chunk.frames]


def _expanded(
    chunks: Generator[tuple[Chunk, FloatArray], None, None], half_window: int
) -> Generator[tuple[Chunk, FloatArray], None, None]:
    with contextlib.closing(chunks):
        for chunk, estimates in chunks:
            magnitude = chunk.magnitude[:, : chunk.frames, : estimates.shape[-1]]
            yield chunk, expanded(estimates, magnitude, half_window)


def _inverted(
    chunks: Generator[tuple[Chunk, Basis], None, None], inverse: "_Inverse[Basis]"
) -> Generator[StemBlock, None, None]:
    """The stems of each chunk that completes any samples."""
    with contextlib.closing(chunks):
        for chunk, basis in chunks:
            block = inverse.stems(chunk, basis)
            if block.end > block.start:
                yield block


class MaskFilter:
    """The mix times masks from the networks' estimates (networks, 2, frames, bins)."""

    def __init__(self, model: Model, sizes: Geometry, mode: Mode) -> None:
        self._model, self._seen = model, sizes.seen
        self._masked = np.empty((2, TILE, sizes.half), np.complex64)
        self._extension: masks.Extension = "zeros"
        if mode == "full":
            self._extension = "top"
        elif model.mask_extension == "average":
            self._extension = "average"

    def spectra(self, chunk: Chunk, basis: FloatArray, frames: slice) -> Iterator[ComplexArray]:
        """See Filter.spectra."""
        bins = self._seen
        spectrum, magnitude = chunk.spectrum[:, frames], chunk.magnitude[:, frames, :bins]
        masked = self._masked[:, : spectrum.shape[1]]
        for mask in masks.stem_masks(self._model, basis[:, :, frames, :bins], magnitude):
            np.multiply(spectrum[..., :bins], mask, out=masked[..., :bins])
            # As real numbers: a complex array times a column of real ones takes NumPy three times as long.
            above = masks.extend(mask, magnitude, self._extension)
            np.multiply(spectrum[..., bins:].view(np.float32), above, out=masked[..., bins:].view(np.float32))
            yield masked


class _Inverse(Generic[Basis]):
    """From filtered frames to samples. What persists from chunk to chunk are the overlapping ends of the stems."""

    def __init__(self, model: Model, sizes: Geometry, mode: Mode, stem_filter: Filter[Basis]) -> None:
        self._model, self._hop, self._filter = model, sizes.hop, stem_filter
        # In full mode the stems sum to the mix, so the last one is what the others leave: exact, and one inverse less.
        self._inverted = model.stems[:-1] if mode == "full" else model.stems
        self._syntheses = [Synthesis(sizes) for _ in self._inverted]

    def stems(self, chunk: Chunk, basis: Basis) -> StemBlock:
        """The samples of all stems that this chunk completes."""
        hop = self._hop
        inverted = [np.empty((chunk.frames * hop, 2), np.float32) for _ in self._inverted]
        for frames in tiles(chunk.frames):
            spectra = self._filter.spectra(chunk, basis, frames)
            for samples, synthesis, spectrum in zip(inverted, self._syntheses, spectra, strict=False):
                synthesis.add(spectrum, samples[frames.start * hop : frames.stop * hop])
        padding = max(-chunk.start, 0)
        stems = {stem: samples[padding : len(chunk.mix)] for stem, samples in zip(self._inverted, inverted, strict=True)}
        if len(stems) < len(self._model.stems):
            rest = chunk.mix[padding:].copy()
            for samples in stems.values():
                rest -= samples
            stems[self._model.stems[-1]] = rest
        return StemBlock(chunk.start + padding, stems)
