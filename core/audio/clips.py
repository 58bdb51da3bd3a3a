"""Clips: sound that fits in memory, edited with pydub. Short regions of a session are exported through them.

pydub counts in whole milliseconds and rounds to them. Its segments have 1000 frames a second here, so that its milliseconds
are frames; the true rate is kept beside them. Its own fades are left aside: they go in steps of a millisecond, and not down
to silence. Of pydub only what works on samples in memory is used: it opens no file and starts no program.
"""

import contextlib
import math
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray, peak_of
from core.audio.mixdown import MIX, Region, faded, mixed
from core.separation.separator import StemBlock
from core.session import Session

if TYPE_CHECKING:
    from pydub import AudioSegment

# The longest region that is edited in memory: a minute at 48 kHz, 23 MB a stem. At the most 160 MB are in use for a mix and
# 230 MB for five stems, which is what a separation leaves free again; a stream takes under 10 MB for any length.
CLIP_FRAMES = 60 * 48_000

# Bits above full scale: room for samples up to 64 (+36 dB), and steps of 2^-25.
_HEADROOM = 6
_BITS = 31
_BIT_DB = 20 * math.log10(2)

_FRAMES_A_SECOND = 1000  # pydub's milliseconds are frames


class Clip:
    """Finite samples as 32-bit integers, in a pydub segment. Never changed: each method gives a new clip.

    Full scale is 2^(31 − headroom). The headroom is at least 6 bits, and grows with the samples so that none is cut off.
    From float32 and back is exact to 2^-26 of full scale (to 2^-31 of the peak where that is above 64), each method to
    twice that. Positions and lengths are in frames; those that the clip does not have raise ValueError.
    """

    def __init__(self, segment: "AudioSegment", rate: int, headroom: int) -> None:
        self._segment, self.rate, self._headroom = segment, rate, headroom

    @classmethod
    def of(cls, samples: FloatArray, rate: int) -> "Clip":
        """A clip of samples (n, 2) or (n, 1). Raises ValueError for samples that are not finite."""
        peak = peak_of(samples)
        if not math.isfinite(peak):
            raise ValueError("a clip holds finite samples only")
        headroom = max(_HEADROOM, _bits_above(peak))
        scaled = samples * np.float32(2.0 ** (_BITS - headroom))
        return cls(_segment_of(np.rint(scaled, out=scaled).astype(np.int32)), rate, headroom)

    def samples(self) -> FloatArray:
        """(n, channels)."""
        return self._integers().astype(np.float32) * np.float32(2.0 ** (self._headroom - _BITS))

    @property
    def frames(self) -> int:
        return int(self._segment.frame_count())

    @property
    def channels(self) -> int:
        return int(self._segment.channels)

    def part(self, first: int, end: int) -> "Clip":
        """The frames from ``first`` up to ``end``."""
        self._check(first, end - first)
        return self._with(self._segment[first:end])

    def faded(self, fade_in: int = 0, fade_out: int = 0) -> "Clip":
        """With the fades of a Region."""
        region = Region(0, self.frames, fade_in, fade_out)
        fall = self.frames - fade_out
        start, end = self.part(0, fade_in), self.part(fall, self.frames)
        rising, falling = start._times(region.gains(0, fade_in)), end._times(region.gains(fall, self.frames))
        return rising.append(self.part(fade_in, fall)).append(falling)

    def gain(self, gain_db: float) -> "Clip":
        """Louder or quieter; −∞ is silence. The errors so far are multiplied, too."""
        more = max(0, _bits_above(self._peak() * 10 ** (gain_db / 20)) - self._headroom)
        louder = self._segment.apply_gain(gain_db - more * _BIT_DB)
        return Clip(louder, self.rate, self._headroom + more)

    def overlay(self, other: "Clip", at: int = 0) -> "Clip":
        """The sum with ``other`` from frame ``at`` on. As long as this clip: what goes beyond it is left out."""
        self._check(at, 0)
        one, two = self._alike(other, _bits_above(self._peak() + other._peak()))
        return one._with(one._segment.overlay(two._segment, position=at))

    def append(self, other: "Clip", crossfade: int = 0) -> "Clip":
        """The two in a row, the last ``crossfade`` frames of this one fading into the first ones of ``other``.

        The two gains are linear and sum to one: parts of one song keep their level.
        """
        self._check(0, crossfade)
        other._check(0, crossfade)
        if not crossfade:
            one, two = self._alike(other)
            return one._with(one._segment.append(two._segment, crossfade=0))
        rise = Region(0, crossfade, fade_in=crossfade).gains(0, crossfade)
        assert rise is not None
        before = self.frames - crossfade
        joint = self.part(before, self.frames)._times(1 - rise).overlay(other.part(0, crossfade)._times(rise))
        return self.part(0, before).append(joint).append(other.part(crossfade, other.frames))

    def _with(self, segment: "AudioSegment") -> "Clip":
        return Clip(segment, self.rate, self._headroom)

    def _times(self, gains: FloatArray | None) -> "Clip":
        """Each frame times its gain in [0, 1]: (n, 1)."""
        if gains is None:
            return self
        return self._with(_segment_of(np.rint(self._integers() * gains).astype(np.int32)))

    def _with_room(self, headroom: int) -> "Clip":
        """The same sound with at least this headroom."""
        if headroom <= self._headroom:
            return self
        return Clip(_segment_of(self._integers() >> (headroom - self._headroom)), self.rate, headroom)

    def _alike(self, other: "Clip", headroom: int = 0) -> tuple["Clip", "Clip"]:
        """Both with the same headroom. pydub would convert rates and channels that differ, the former badly."""
        if (self.rate, self.channels) != (other.rate, other.channels):
            raise ValueError("the clips differ in their rates or their numbers of channels")
        headroom = max(headroom, self._headroom, other._headroom)
        return self._with_room(headroom), other._with_room(headroom)

    def _check(self, first: int, count: int) -> None:
        if not 0 <= first <= first + count <= self.frames:
            raise ValueError(f"a clip of {self.frames} frames has no {count} frames from {first} on")

    def _integers(self) -> npt.NDArray[np.int32]:
        return np.frombuffer(self._segment.raw_data, np.int32).reshape(-1, self.channels)

    def _peak(self) -> float:
        return float(self._segment.max) * 2.0 ** (self._headroom - _BITS)


def cut(session: Session, region: Region, gains: Mapping[str, float] | None = None) -> dict[str, Clip]:
    """The region in memory: each stem, or with ``gains`` (factors ≥ 0) their mix under the name of ``MIX``, with fades.

    The same as ``mixed`` and ``faded`` give, to 10^-6 of the peak. Raises ValueError if the region ends after what is
    there, KeyError for a gain of a stem that is not.
    """
    _refuse_what_is_not_there(session, region)
    with contextlib.closing(session.reader()) as reader:

        def clip_of(stem: str) -> Clip:
            samples = np.empty((region.frames, 2), np.float32)
            reader.read(region.first, {stem: samples})
            return Clip.of(samples, session.rate).faded(region.fade_in, region.fade_out)

        if gains is None:
            return {stem: clip_of(stem) for stem in session.stems}
        total = Clip.of(np.zeros((region.frames, 2), np.float32), session.rate)
        for stem, gain in gains.items():
            total = total.overlay(clip_of(stem).gain(20 * math.log10(gain) if gain else -math.inf))
        return {MIX: total}


def clip_blocks(clips: Mapping[str, Clip], size: int = 65536) -> Iterator[StemBlock]:
    """Clips of one length as consecutive blocks of at most ``size`` frames."""
    frames = next(iter(clips.values())).frames
    for start in range(0, frames, size):
        end = min(start + size, frames)
        yield StemBlock(start, {stem: clip.part(start, end).samples() for stem, clip in clips.items()})


def region_blocks(session: Session, region: Region, gains: Mapping[str, float] | None = None) -> Iterator[StemBlock]:
    """What an export of the region writes: the blocks of ``cut`` up to ``CLIP_FRAMES``, a stream of any length above."""
    _refuse_what_is_not_there(session, region)
    if region.frames <= CLIP_FRAMES:
        return clip_blocks(cut(session, region, gains))
    blocks = session.blocks(region.first, region.end)
    return faded(blocks if gains is None else mixed(blocks, gains), region)


def _refuse_what_is_not_there(session: Session, region: Region) -> None:
    if region.end > session.frames:
        raise ValueError(f"the region ends at frame {region.end}, the session at {session.frames}")


def _bits_above(peak: float) -> int:
    """The smallest n with peak < 2^n."""
    return math.frexp(peak)[1]


def _segment_of(samples: npt.NDArray[np.int32]) -> "AudioSegment":
    """A segment of samples (n, channels)."""
    return _pydub().AudioSegment(
        data=samples.tobytes(), sample_width=4, frame_rate=_FRAMES_A_SECOND, channels=samples.shape[1]
    )


@cache
def _pydub() -> Any:
    """Imports pydub, which then looks for an ffmpeg in PATH and warns where there is none: it is not needed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pydub
    return pydub
