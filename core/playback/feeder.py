"""Mixes a session ahead of the sound, into the ring: gains, loop, the device's rate. Runs in the player's thread."""

import contextlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.arrays import FloatArray
from core.playback.mixer import crossfade, levels, mix
from core.playback.resampler import Resampler
from core.playback.ring import BLOCK_FRAMES, RING_FRAMES, Ring
from core.session import Session, StemReader

MIX_FRAMES = 1024  # what is mixed at a time; gains run over as many frames
AHEAD_S = 0.1  # how far it is mixed ahead of the device's latency: the delay of a fader, and what may come in between
LOOP_FADE_S = 0.005
INAUDIBLE = 1e-5  # a change of a gain


class Loop(NamedTuple):
    """A part of the song that is played again and again, in frames; ``end`` is not played."""

    start: int
    end: int


class Mark(NamedTuple):
    """From ``at`` of the ring's count on, it holds the song from ``frame`` on, at ``rate``."""

    at: int
    frame: int
    rate: int


@dataclass
class Controls:
    """How the song is heard. One thread sets the attributes, each one as a whole; the feeder reads them."""

    gains: Mapping[str, float]  # linear
    playing: bool = False
    master: float = 1.0  # linear
    original: bool = False  # all stems at unity gain in the place of ``gains``
    loop: Loop | None = None
    growing: bool = False  # whether the end of the session is only where the separation has got to


class Feeder:
    """Keeps the ring filled from where the song was last sought."""

    def __init__(self, session: Session, controls: Controls, ring: Ring) -> None:
        self._session, self._controls, self._ring = session, controls, ring
        self._stems = {stem: np.empty((MIX_FRAMES, 2), np.float32) for stem in session.stems}
        self._mixed = np.empty((2, MIX_FRAMES, 2), np.float32)
        self._fade = min(MIX_FRAMES, round(LOOP_FADE_S * session.rate))
        self._gains = self._wanted_gains()
        self._frame = 0  # of the song, mixed next
        self._loop = controls.loop
        self._seeks: deque[int] = deque()
        # Each from a frame of the ring's count on, until they are asked for.
        self._levels: deque[tuple[int, list[float]]] = deque(maxlen=RING_FRAMES // MIX_FRAMES)
        self._marks: tuple[Mark, ...] = (Mark(0, 0, session.rate),)  # wherever the song goes on elsewhere

    def begin(self, reader: StemReader, rate: int, latency_s: float) -> None:
        """Has ``fill`` read from ``reader`` and write at ``rate`` for the device's latency, from now on."""
        now = self._heard_at(self._ring.next)
        self._reader, self._rate = reader, rate
        self._mix_frames = max(1, min(MIX_FRAMES, MIX_FRAMES * self._session.rate // rate))
        # The ring holds what is ahead, and after a jump what comes at once beside it.
        self._ahead = min(max(round((AHEAD_S + latency_s) * rate), 4 * BLOCK_FRAMES), RING_FRAMES // 2)
        self._at_once = min(max(round(latency_s * rate), 2 * BLOCK_FRAMES), RING_FRAMES // 4)
        self._jump(now)

    # For any thread.

    def seek(self, frame: int) -> None:
        """Goes on from ``frame`` of the song."""
        self._seeks.append(frame)

    @property
    def position(self) -> int:
        """The frame of the song that is heard next."""
        try:
            return self._seeks[-1]
        except IndexError:
            return self._heard_at(self._ring.next)

    def levels(self) -> list[float]:
        """The largest samples heard since the last call, as ``mixer.levels`` has them; empty if there were none."""
        read, heard = self._ring.read, []
        with contextlib.suppress(IndexError):  # the player's thread may have emptied it a moment ago
            while self._levels[0][0] < read:
                heard.append(self._levels.popleft()[1])
        return [max(peaks) for peaks in zip(*heard, strict=True)]

    def _heard_at(self, count: int) -> int:
        base, origin, rate = next((mark for mark in reversed(self._marks) if mark.at <= count), Mark(count, 0, 1))
        if count == base:
            return origin
        return min(origin + (count - base) * self._session.rate // rate, self._session.frames)

    # The player's thread.

    def fill(self) -> None:
        """Follows the last seek, then mixes until the ring is far enough ahead or what is separated ends."""
        self._follow_controls()
        count = len(self._seeks)
        if count:
            self._jump(self._seeks[count - 1])
            for _ in range(count):
                self._seeks.popleft()
        while self._ring.ahead < self._ahead and not self._seeks and self._mix_next():
            pass

    def _jump(self, frame: int) -> None:
        """What was sought is in the ring before the callback is told to skip to it: it must not find nothing there.

        Some systems call it for all of the device's latency at once.
        """
        base = self._ring.written
        self._levels.clear()  # what was mixed and is not heard
        self._frame = frame
        self._mark()
        self._resampler = self._new_resampler()
        while self._ring.written - base < self._at_once and self._mix_next():
            pass
        self._ring.skip_to = base

    def _follow_controls(self) -> None:
        """Throws away what is mixed ahead where that is not what is wanted any more."""
        controls = self._controls
        now = self._heard_at(self._ring.next)
        if controls.loop != self._loop:
            self._loop = controls.loop
            wrapped = self._marks[-1].at > self._ring.next
            if wrapped or (self._loop and now < self._loop.end < self._frame + self._fade):
                self._jump(now)
        wanted = self._wanted_gains()
        if not controls.playing and wanted != self._gains:
            self._gains = wanted
            self._jump(now)

    def _mix_next(self) -> bool:
        """Mixes a block into the ring; False if there is none."""
        loop = self._usable_loop()
        left = loop.end - self._frame if loop else 0
        fade = min(self._fade, loop.end - loop.start) if loop and left > 0 else 0
        wanted = self._mix_frames
        if left > 0:
            wanted = min(wanted, left - fade if left > fade else left)
        count = self._read(self._frame, wanted)
        if not count:
            self._reach_end()
            return False
        after = self._gains_after(count)
        mixed, other = self._mixed[:, :count]
        mix(self._views(count), self._gains, after, mixed)
        if loop and 0 < left <= fade:
            self._read(loop.start - left, count)
            mix(self._views(count), self._gains, after, other)
            crossfade(mixed, other, fade - left, fade)
        self._levels.append((self._ring.written, levels(self._views(count), list(map(max, self._gains, after)), mixed)))
        self._gains = after
        self._ring.write(self._resampler.feed(mixed) if self._resampler else mixed)
        self._frame += count
        if loop and self._frame == loop.end:
            self._frame = loop.start
            self._mark()
        self._ring.ended = self._ring.holding = False
        return True

    def _usable_loop(self) -> Loop | None:
        """The loop, as far as there is a song."""
        if self._loop is None:
            return None
        end = self._loop.end if self._controls.growing else min(self._loop.end, self._session.frames)
        return Loop(self._loop.start, end) if self._loop.start < end else None

    def _read(self, start: int, wanted: int) -> int:
        """Reads at most ``wanted`` frames from ``start`` on; before the song there is silence. Returns their number."""
        silent = min(max(0, -start), wanted)
        for samples in self._stems.values():
            samples[:silent] = 0
        if silent == wanted:
            return silent
        rest = {stem: samples[silent:wanted] for stem, samples in self._stems.items()}
        return silent + self._reader.read(start + silent, rest)

    def _views(self, count: int) -> dict[str, FloatArray]:
        return {stem: samples[:count] for stem, samples in self._stems.items()}

    def _reach_end(self) -> None:
        growing, loop = self._controls.growing, self._usable_loop()
        if loop and self._frame == loop.end and self._ring.holding and not growing:  # the song ended where it was waited for
            self._frame = loop.start
            self._mark()
            self._ring.holding = False
            return
        if not growing and not self._ring.ended:
            if self._resampler:
                self._ring.write(self._resampler.flush())
                self._resampler = self._new_resampler()
            self._mark()
        self._ring.ended, self._ring.holding = not growing, growing

    def _mark(self) -> None:
        """What is written next is the song's ``_frame``. Marks that were passed are forgotten."""
        heard = self._ring.next
        passed = sum(mark.at <= heard for mark in self._marks)
        self._marks = (*self._marks[max(0, passed - 1) :], Mark(self._ring.written, self._frame, self._rate))

    def _new_resampler(self) -> Resampler | None:
        return Resampler(self._session.rate, self._rate) if self._rate != self._session.rate else None

    def _wanted_gains(self) -> list[float]:
        controls = self._controls
        gains = controls.gains
        return [controls.master * (1.0 if controls.original else gains[stem]) for stem in self._session.stems]

    def _gains_after(self, count: int) -> list[float]:
        """The gains at the end of a block of ``count`` frames: a short one goes only a part of the way."""
        share = count / self._mix_frames
        wanted = self._wanted_gains()
        if share >= 1 or all(abs(last - first) < INAUDIBLE for first, last in zip(self._gains, wanted, strict=True)):
            return wanted
        return [first + (last - first) * share for first, last in zip(self._gains, wanted, strict=True)]
