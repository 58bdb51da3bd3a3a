"""The separation by Demucs' networks: from blocks of a song to blocks of its stems, with bounded memory for any length."""

import contextlib
import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from core.arrays import FloatArray, summed
from core.audio.resample_frac import converted
from core.cancel import CancelToken
from core.errors import TruncatedError
from core.models.catalogue import Model
from core.pipeline import ahead
from core.separation.care import Care, other_of
from core.separation.mode import Mode
from core.separation.segments import Level, Network, Segments, Window
from core.separation.separator import StemBlock, delivered, what_is_there

_LEAST_DEVIATION = 1e-8  # the package's, for silence


class Engine(Protocol):
    """Runs the networks of one bag."""

    @property
    def networks(self) -> Sequence[Network]:
        """Those of the bag, in its order."""

    def estimates(self, windows: Iterable[Window]) -> Iterator[FloatArray]:
        """The sources (sources, 2, n) in each window, in order. Raises EngineErrors."""


def separate(
    read: Callable[[], Iterable[FloatArray]],
    engine: Callable[[], Engine],
    model: Model,
    mode: Mode = "full",
    cancel: CancelToken | None = None,
    rate: int | None = None,
    care: Care | None = None,
) -> Generator[StemBlock, None, None]:
    """Consecutive StemBlocks of the whole song, as ``separator.separate`` gives them.

    ``read`` gives the song's blocks (n, 2) at ``rate`` from its beginning, and is called twice: networks see the song by its
    own level, which only its end tells. In reference mode the stems are the networks' own, at the model's rate. In full mode
    they are at ``rate``, and the last one is what the others leave; where only one is wanted all the others are in it.
    Raises CancelledError between segments, EngineErrors, and what ``read`` raises, a TruncatedError after what is there.
    """
    assert model.bag is not None
    token, own_rate = cancel or CancelToken(), model.sample_rate
    care = care or Care()
    stem = care.two_stems
    rate = rate or own_rate
    cut_off: list[TruncatedError] = []
    kept = _Kept()
    level = _level(converted(what_is_there(_until_cancelled(read(), token), []), rate, own_rate))
    song = what_is_there(_until_cancelled(read(), token), cut_off)
    blocks = ahead(converted(kept.keeping(song) if mode == "full" else song, rate, own_rate))
    with contextlib.closing(blocks):
        running = engine()
        computed = model.stems if mode == "reference" else (stem,) if stem else model.stems[:-1]
        segments = Segments(running.networks, model.bag, computed, own_rate, level, care)
        stems = _joined(segments, running, blocks, token)
        if mode == "full":
            if rate != own_rate:
                stems = _resampled(stems, own_rate, rate)
            stems = kept.completing(stems, other_of(stem) if stem else model.stems[-1])
        yield from delivered(stems, token, cut_off)


def in_two(block: StemBlock, stem: str) -> StemBlock:
    """The stem, and all the others together."""
    others = [samples for name, samples in block.stems.items() if name != stem]
    return StemBlock(block.start, {stem: block.stems[stem], other_of(stem): summed(others)})


def _joined(
    segments: Segments, engine: Engine, blocks: Iterable[FloatArray], cancel: CancelToken
) -> Generator[StemBlock, None, None]:
    """The stems as they are completed."""

    def windows() -> Iterator[Window]:
        for window in segments.windows(blocks):
            cancel.raise_if_cancelled()
            yield window

    for estimates in engine.estimates(windows()):
        block = StemBlock(*segments.joined(estimates))
        if block.end > block.start:
            yield block
    block = StemBlock(*segments.rest())
    if block.end > block.start:
        yield block


def _resampled(blocks: Iterable[StemBlock], rate: int, new_rate: int) -> Generator[StemBlock, None, None]:
    from core.audio.mixdown import resampled  # late: it needs what needs this

    yield from resampled(blocks, rate, new_rate)


def _until_cancelled(blocks: Iterable[FloatArray], cancel: CancelToken) -> Generator[FloatArray, None, None]:
    for block in blocks:
        cancel.raise_if_cancelled()
        yield block


def _level(blocks: Iterable[FloatArray]) -> Level:
    """Of the whole song."""
    count, total, squares = 0, 0.0, 0.0
    for block in blocks:
        mean = block.mean(axis=1, dtype=np.float64)
        count, total, squares = count + len(mean), total + float(mean.sum()), squares + float(mean @ mean)
    mean_level = total / max(count, 1)
    variance = max(squares - total * mean_level, 0.0) / max(count - 1, 1)
    return Level(mean_level, math.sqrt(variance) + _LEAST_DEVIATION)


class _Kept:
    """The song's own samples, from where they are read until the stem that the others leave is made of them."""

    def __init__(self) -> None:
        self._blocks: deque[FloatArray] = deque()

    def keeping(self, blocks: Iterable[FloatArray]) -> Generator[FloatArray, None, None]:
        """The same blocks."""
        for block in blocks:
            self._blocks.append(block)
            yield block

    def completing(self, blocks: Iterable[StemBlock], rest: str) -> Generator[StemBlock, None, None]:
        """The blocks with the stem ``rest``, and up to the end of the song: back at its rate the others may end earlier."""
        end = 0
        names: tuple[str, ...] = ()
        for block in blocks:
            end, names = block.end, tuple(block.stems)
            yield _completed(block, self._taken(end - block.start), rest)
        left = np.concatenate([np.zeros((0, 2), np.float32), *self._blocks])
        if len(left):
            silence = {name: np.zeros_like(left) for name in names}
            yield _completed(StemBlock(end, silence), left, rest)

    def _taken(self, count: int) -> FloatArray:
        parts = [np.zeros((0, 2), np.float32)]
        while count:
            block = self._blocks.popleft()
            if len(block) > count:
                self._blocks.appendleft(block[count:])
            parts.append(block[:count])
            count -= len(parts[-1])
        return np.concatenate(parts)


def _completed(block: StemBlock, mix: FloatArray, rest: str) -> StemBlock:
    left = mix.copy()
    for samples in block.stems.values():
        left -= samples
    return StemBlock(block.start, {**block.stems, rest: left})
