"""What an export takes of a session: a region, its stems or the mix of them, with fades, at any rate.

Streams, for any length.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.audio.resample import Resampler
from core.playback.mixer import gain_of, mix
from core.separation.separator import StemBlock

MIX = "mix"
VOCALS = "vocals"
KARAOKE_DB = -12.0  # the singer as a guide to sing along with


@dataclass(frozen=True)
class Region:
    """The frames of a session from ``first`` up to ``end``, faded in over ``fade_in`` frames and out over ``fade_out``.

    Raises ValueError for a region that is empty, starts before the song, or is shorter than its fades together.
    """

    first: int
    end: int
    fade_in: int = 0
    fade_out: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.end:
            raise ValueError(f"no region goes from frame {self.first} to {self.end}")
        if min(self.fade_in, self.fade_out) < 0 or self.fade_in + self.fade_out > self.frames:
            raise ValueError(f"{self.frames} frames have no room for fades of {self.fade_in} and {self.fade_out}")

    @property
    def frames(self) -> int:
        return self.end - self.first

    def gains(self, start: int, end: int) -> FloatArray | None:
        """The fades' factors (end − start, 1) for these frames, counted from ``first``; None where all are 1.

        Linear in amplitude between exact silence at the outermost frame and full level: so do Audacity (manual, "Fades",
        "Linear Fades") and by default Pro Tools (reference guide, "Fades and Crossfades", "Preset Curves") fade a single
        clip. Curves of equal power are for two clips that overlap.
        """
        if self.fade_in <= start and end <= self.frames - self.fade_out:
            return None
        frames = np.arange(start, end)[:, np.newaxis]
        gains = np.ones((end - start, 1))
        if self.fade_in:
            gains = np.minimum(gains, frames / max(self.fade_in - 1, 1))
        if self.fade_out:
            gains = np.minimum(gains, (self.frames - 1 - frames) / max(self.fade_out - 1, 1))
        return gains.astype(np.float32)


def karaoke(stems: Iterable[str]) -> dict[str, float]:
    """Gains that leave all stems as they are but the vocals, which are at ``KARAOKE_DB``."""
    return {stem: gain_of(KARAOKE_DB) if stem == VOCALS else 1.0 for stem in stems}


def mixed(blocks: Iterable[StemBlock], gains: Mapping[str, float]) -> Iterator[StemBlock]:
    """The blocks with one stem, ``MIX``: the sum of the stems that have a gain (a factor), times it.

    Raises KeyError for a gain of a stem that is not there.
    """
    levels = list(gains.values())
    for block in blocks:
        total = np.empty((block.end - block.start, 2), np.float32)
        mix({stem: block.stems[stem] for stem in gains}, levels, levels, total)
        yield StemBlock(block.start, {MIX: total})


def faded(blocks: Iterable[StemBlock], region: Region) -> Iterator[StemBlock]:
    """The region of consecutive blocks, with its fades; ``start`` counts from the region's first frame.

    Samples outside the fades are the blocks' own arrays. Raises ValueError when the blocks do not cover the region.
    """
    position = region.first
    for block in blocks:
        first, end = max(block.start, region.first), min(block.end, region.end)
        if first >= end:
            continue
        if first != position:
            raise ValueError(f"a block starts at frame {first} where {position} comes next")
        gains = region.gains(first - region.first, end - region.first)
        stems = {stem: samples[first - block.start : end - block.start] for stem, samples in block.stems.items()}
        if gains is not None:
            stems = {stem: samples * gains for stem, samples in stems.items()}
        yield StemBlock(first - region.first, stems)
        position = end
        if position == region.end:
            return
    raise ValueError(f"the blocks end at frame {position}, the region at {region.end}")


def resampled(blocks: Iterable[StemBlock], rate: int, new_rate: int) -> Iterator[StemBlock]:
    """Consecutive blocks at ``new_rate``: all stems stay together; ``start`` counts from 0 in the new frames."""
    resamplers: dict[str, Resampler] = {}
    position = 0
    for block in blocks:
        if not resamplers:
            resamplers = {stem: Resampler(rate, new_rate) for stem in block.stems}
        ready = StemBlock(position, {stem: _joined(resamplers[stem].push(block.stems[stem])) for stem in resamplers})
        if ready.end > position:
            yield ready
        position = ready.end
    if resamplers:
        yield StemBlock(position, {stem: _joined(resampler.drain()) for stem, resampler in resamplers.items()})


def _joined(blocks: Iterator[FloatArray]) -> FloatArray:
    return np.concatenate([np.zeros((0, 2), np.float32), *blocks])
