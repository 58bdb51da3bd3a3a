"""The separation: one generator from blocks of a song to blocks of its stems, with bounded memory for any length."""

import contextlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import ComplexArray, FloatArray
from core.cancel import CancelToken
from core.engines import Engine
from core.errors import TruncatedError
from core.models.catalogue import Model
from core.pipeline import ahead
from core.separation import masks
from core.separation.stft import Chunk, Synthesis, analyse

# full: the whole band, and the stems sum to the mix. reference: Spleeter's own output, silent above the model's band.
Mode = Literal["full", "reference"]


@dataclass(frozen=True)
class StemBlock:
    """The stems from sample ``start`` of the song on: {stem: (n, 2)} at the model's rate, the same n for all."""

    start: int
    stems: Mapping[str, FloatArray]

    @property
    def end(self) -> int:
        return self.start + len(next(iter(self.stems.values())))


def separate(
    blocks: Iterable[FloatArray], engine: Engine, model: Model, mode: Mode = "full", cancel: CancelToken | None = None
) -> Generator[StemBlock, None, None]:
    """Consecutive StemBlocks of the whole song, each about one chunk long.

    ``blocks`` are (n, 2) at the model's rate, of any sizes; what they raise passes through, a TruncatedError after the
    stems of what is there. Raises CancelledError between
    chunks once ``cancel`` is set, and EngineFailedError. Reading and transforming, the network, and the masks and inverse
    with whatever the caller does with a block work at the same time, each a chunk ahead of the next.
    """
    token = cancel or CancelToken()
    cut_off: list[TruncatedError] = []
    chunks = ahead(analyse(_what_is_there(blocks, cut_off), model.frame_length, model.hop, model.chunk_frames))
    inverse = _Inverse(model, mode)
    with contextlib.closing(ahead(_estimated(chunks, engine, model, token))) as estimated:
        for chunk in estimated:
            token.raise_if_cancelled()
            block = inverse.stems(*chunk)
            if block.end > block.start:
                yield block
    if cut_off:
        raise cut_off[0]


def _what_is_there(blocks: Iterable[FloatArray], cut_off: list[TruncatedError]) -> Generator[FloatArray, None, None]:
    """The blocks up to where the file is cut off, as if it ended there; the error goes into ``cut_off``."""
    try:
        yield from blocks
    except TruncatedError as error:
        cut_off.append(error)


def _estimated(
    chunks: Generator[Chunk, None, None], engine: Engine, model: Model, cancel: CancelToken
) -> Generator[tuple[Chunk, FloatArray, FloatArray], None, None]:
    """Each chunk with its magnitudes (frames, F, 2) and the networks' estimates (networks, frames, F, 2)."""
    with contextlib.closing(chunks):
        for chunk in chunks:
            cancel.raise_if_cancelled()
            frames = len(chunk.spectrum)
            magnitude = np.zeros((model.chunk_frames, model.bins, 2), np.float32)
            np.abs(chunk.spectrum[:, : model.bins], out=magnitude[:frames])
            yield chunk, magnitude[:frames], engine.estimate(magnitude)[:, :frames]


class _Inverse:
    """From estimates to samples. What persists from chunk to chunk are the overlapping ends of the stems."""

    def __init__(self, model: Model, mode: Mode) -> None:
        self._model = model
        # In full mode the masks sum to one, so the last stem is what the others leave: exact, and one inverse less.
        self._inverted = model.stems[:-1] if mode == "full" else model.stems
        self._syntheses = [Synthesis(model.frame_length, model.hop) for _ in self._inverted]
        self._extension: masks.Extension = "zeros"
        if mode == "full":
            self._extension = "top"
        elif model.mask_extension == "average":
            self._extension = "average"

    def stems(self, chunk: Chunk, magnitude: FloatArray, estimates: FloatArray) -> StemBlock:
        """The samples of all stems that this chunk completes."""
        stem_masks = masks.stem_masks(self._model, estimates, magnitude)
        padding = max(-chunk.start, 0)
        stems: dict[str, FloatArray] = {}
        rest = chunk.mix[padding:]
        for stem, mask, synthesis in zip(self._inverted, stem_masks, self._syntheses, strict=False):
            complete = synthesis.add(self._masked(chunk.spectrum, mask, magnitude))
            stems[stem] = complete[padding : len(chunk.mix)]
            rest = rest - stems[stem]
        if len(stems) < len(self._model.stems):
            stems[self._model.stems[-1]] = rest
        return StemBlock(chunk.start + padding, stems)

    def _masked(self, spectrum: ComplexArray, mask: FloatArray, magnitude: FloatArray) -> ComplexArray:
        bins = self._model.bins
        masked = np.empty_like(spectrum)
        # Real times real: NumPy would make the mask complex first.
        pairs, masked_pairs = _real_pairs(spectrum), _real_pairs(masked)
        np.multiply(pairs[:, :bins], mask[..., np.newaxis], out=masked_pairs[:, :bins])
        above = masks.extend(mask, magnitude, self._extension)
        np.multiply(pairs[:, bins:], above[..., np.newaxis], out=masked_pairs[:, bins:])
        return masked


def _real_pairs(spectrum: ComplexArray) -> FloatArray:
    """A view (frames, bins, channels, 2) of the real and imaginary parts."""
    return spectrum.view(np.float32).reshape(*spectrum.shape, 2)
