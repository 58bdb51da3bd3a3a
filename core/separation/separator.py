"""The separation: one generator from blocks of a song to blocks of its stems, with bounded memory for any length."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.arrays import ComplexArray, FloatArray
from core.cancel import CancelToken
from core.engines import Engine
from core.models.catalogue import Model
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
) -> Iterator[StemBlock]:
    """Consecutive StemBlocks of the whole song, each about one chunk long.

    ``blocks`` are (n, 2) at the model's rate, of any sizes; what they raise passes through. Raises CancelledError between
    chunks once ``cancel`` is set, and EngineFailedError.
    """
    chunker = _ChunkSeparator(engine, model, mode)
    for chunk in analyse(blocks, model.frame_length, model.hop, model.chunk_frames):
        if cancel is not None:
            cancel.raise_if_cancelled()
        block = chunker.separate(chunk)
        if block.end > block.start:
            yield block


class _ChunkSeparator:
    """What persists from chunk to chunk: the overlapping ends of the stems, and buffers."""

    def __init__(self, engine: Engine, model: Model, mode: Mode) -> None:
        self._engine, self._model, self._mode = engine, model, mode
        # In full mode the masks sum to one, so the last stem is what the others leave: exact, and one inverse less.
        self._inverted = model.stems[:-1] if mode == "full" else model.stems
        self._syntheses = [Synthesis(model.frame_length, model.hop) for _ in self._inverted]
        self._magnitude = np.zeros((model.chunk_frames, model.bins, 2), np.float32)

    def separate(self, chunk: Chunk) -> StemBlock:
        frames = len(chunk.spectrum)
        magnitude = self._magnitude
        np.abs(chunk.spectrum[:, : self._model.bins], out=magnitude[:frames])
        magnitude[frames:] = 0
        estimates = self._engine.estimate(magnitude)[:, :frames]
        stem_masks = masks.stem_masks(self._model, estimates, magnitude[:frames])

        padding = max(-chunk.start, 0)
        stems: dict[str, FloatArray] = {}
        rest = chunk.mix[padding:]
        for stem, mask, synthesis in zip(self._inverted, stem_masks, self._syntheses, strict=False):
            complete = synthesis.add(self._apply(mask, magnitude[:frames], chunk.spectrum))
            stems[stem] = complete[padding : len(chunk.mix)]
            rest = rest - stems[stem]
        if len(stems) < len(self._model.stems):
            stems[self._model.stems[-1]] = rest
        return StemBlock(chunk.start + padding, stems)

    def _apply(self, mask: FloatArray, magnitude: FloatArray, spectrum: ComplexArray) -> ComplexArray:
        bins = self._model.bins
        how: masks.Extension = "top" if self._mode == "full" else self._extension
        masked = np.empty_like(spectrum)
        np.multiply(spectrum[:, :bins], mask, out=masked[:, :bins])
        np.multiply(spectrum[:, bins:], masks.extend(mask, magnitude, how), out=masked[:, bins:])
        return masked

    @property
    def _extension(self) -> masks.Extension:
        return "average" if self._model.mask_extension == "average" else "zeros"
