"""Plays the stems of a session at changing gains. The only user of sounddevice.

A feeder thread reads, mixes and writes into a ring; PortAudio's callback only copies out of it, or gives silence. The two
share plain integers that one side writes and the other reads: the callback never locks, allocates, logs or signals.
"""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.errors import NoOutputDeviceError, OutputDeviceLostError, PlaybackError, PlaybackFailedError
from core.playback.mixer import levels, mix
from core.quiet import stderr_into_log
from core.session import ORIGINAL, Session, StemReader

_log = logging.getLogger(__name__)

BLOCK_FRAMES = 512  # what PortAudio asks for at a time
MIX_FRAMES = 1024  # what the feeder mixes at a time
AHEAD_FRAMES = 6 * MIX_FRAMES  # how far it mixes ahead: the delay of a fader, and what a busy computer may be late by
RING_FRAMES = 16 * MIX_FRAMES
POLL_S = 0.005


class Player:
    """One output stream for one session. The methods are for one thread; ``close`` when done."""

    def __init__(self, session: Session, gains: Mapping[str, float]) -> None:
        """Starts opening the default device at the session's rate; ``ready`` or ``error`` says how that went."""
        self._session = session
        self._gains = dict(gains)
        self._ring = np.zeros((RING_FRAMES, 2), np.float32)
        self._fade_in = np.linspace(0, 1, BLOCK_FRAMES, dtype=np.float32)[:, np.newaxis]
        self._fade_out = self._fade_in[::-1].copy()
        # Positions in the ring's endless count of frames. The feeder owns written and skip_to, the callback owns read.
        self._written = self._read = self._skip_to = 0
        self._since_seek = (0, 0)  # this frame of the ring's count is that frame of the song
        self._seeks: deque[int] = deque()
        # Each from a frame of the ring's count on, until they are asked for.
        self._levels: deque[tuple[int, list[float]]] = deque(maxlen=RING_FRAMES // MIX_FRAMES)
        self._audible = False  # whether the callback's last block came from the ring
        self.playing = False
        self.ready = False
        self.error: PlaybackError | None = None
        self.underruns = 0  # blocks that PortAudio had to do without
        self.starved = 0  # blocks that the feeder was too late for, or that were not separated yet
        self._stopping = threading.Event()
        self._feeder = threading.Thread(target=self._feed, name="antara-feeder", daemon=True)
        self._feeder.start()

    def play(self) -> None:
        self.playing = True

    def pause(self) -> None:
        self.playing = False

    def seek(self, frame: int) -> None:
        """Goes on from ``frame`` of the song."""
        self._seeks.append(max(0, min(frame, self._session.frames)))

    def set_gains(self, gains: Mapping[str, float]) -> None:
        """Linear gain for each stem; changes are ramped."""
        self._gains = dict(gains)

    @property
    def position(self) -> int:
        """The frame of the song that is given to the device next."""
        try:
            return self._seeks[-1]
        except IndexError:
            base, origin = self._since_seek
            return origin + max(0, self._read - base)

    def levels(self) -> dict[str, float]:
        """The largest absolute samples given to the device since the last call: of each stem, and of the mix as ORIGINAL.

        Empty if there were none.
        """
        read, heard = self._read, []
        with contextlib.suppress(IndexError):  # the feeder may have emptied it a moment ago
            while self._levels[0][0] < read:
                heard.append(self._levels.popleft()[1])
        return dict(zip((ORIGINAL, *self._session.stems), map(max, zip(*heard, strict=True)), strict=False))

    @property
    def at_end(self) -> bool:
        """Whether everything that is separated so far has been played."""
        return self.position >= self._session.frames

    def stop(self) -> None:
        """Silence at once, for good. The device is freed in the background: that can take as long as opening it."""
        self.playing = False
        self._stopping.set()

    def close(self) -> None:
        """Stops, and waits until the device and the session's files are free."""
        self.stop()
        self._feeder.join()

    # PortAudio's thread.

    def _callback(self, out: FloatArray, frames: int, time: object, status: Any) -> None:
        if status and status.output_underflow:
            self.underruns += 1
        read, skip_to = self._read, self._skip_to
        jump = skip_to > read
        available = self._written - read
        wanted = self.playing and not jump
        if (wanted or self._audible) and available >= frames:
            self._copy_out(out, read, frames)
            if not wanted:
                out *= self._fade_out[:frames]
            elif not self._audible:
                out *= self._fade_in[:frames]
            self._read = read + frames
        elif wanted and available > 0:
            self._copy_out(out, read, available)
            out[available:] = 0
            self._read = read + available
        else:
            out[:] = 0
        self._audible = wanted and available >= frames
        if wanted and available < frames:
            self.starved += 1
        if jump:
            self._read = skip_to

    def _copy_out(self, out: FloatArray, read: int, count: int) -> None:
        start = read % RING_FRAMES
        first = min(count, RING_FRAMES - start)
        out[:first] = self._ring[start : start + first]
        out[first:count] = self._ring[: count - first]

    def _on_finished(self) -> None:
        if not self._stopping.is_set():
            self.error = OutputDeviceLostError()

    # The feeder's thread. It opens the device too, which can take longer than an interface may stand still.

    def _feed(self) -> None:
        try:
            with contextlib.closing(self._session.reader()) as reader, self._open_stream():
                self.ready = True
                self._keep_filled(reader)
        except PlaybackError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a thread has no one else to tell
            _log.exception("the player failed")
            self.error = PlaybackFailedError(detail=f"{type(error).__name__}: {error}")

    @contextlib.contextmanager
    def _open_stream(self) -> Iterator[None]:
        """The running stream. Raises NoOutputDeviceError."""
        try:
            with stderr_into_log("PortAudio"):
                import sounddevice
        except OSError as error:
            raise NoOutputDeviceError(detail=str(error)) from error
        with contextlib.ExitStack() as opened:
            try:
                with stderr_into_log("PortAudio"):
                    stream = sounddevice.OutputStream(
                        samplerate=self._session.rate,
                        channels=2,
                        dtype="float32",
                        blocksize=BLOCK_FRAMES,
                        callback=self._callback,
                        finished_callback=self._on_finished,
                    )
                    opened.callback(stream.close, ignore_errors=True)
                    stream.start()
            except (sounddevice.PortAudioError, ValueError) as error:
                raise NoOutputDeviceError(detail=str(error)) from error
            yield

    def _keep_filled(self, reader: StemReader) -> None:
        stems = {stem: np.empty((MIX_FRAMES, 2), np.float32) for stem in self._session.stems}
        mixed = np.empty((MIX_FRAMES, 2), np.float32)
        before = self._current_gains()
        while not self._stopping.is_set():
            self._apply_seeks()
            before = self._fill(reader, stems, mixed, before)
            self._stopping.wait(POLL_S)

    def _apply_seeks(self) -> None:
        count = len(self._seeks)
        if count:
            self._since_seek = (self._written, self._seeks[count - 1])
            self._skip_to = self._written
            self._levels.clear()  # what was mixed and is not heard
            for _ in range(count):
                self._seeks.popleft()

    def _fill(
        self, reader: StemReader, stems: Mapping[str, FloatArray], mixed: FloatArray, before: list[float]
    ) -> list[float]:
        """Mixes until the ring is far enough ahead or the separated part ends; returns the gains that it ended with."""
        while self._written - max(self._read, self._skip_to) < AHEAD_FRAMES and not self._seeks:
            base, origin = self._since_seek
            count = reader.read(origin + self._written - base, stems)
            if not count:
                break
            after = self._current_gains()
            mix(stems, before, after, mixed)
            self._levels.append((self._written, levels(stems, list(map(max, before, after)), mixed[:count])))
            before = after
            start = self._written % RING_FRAMES
            first = min(count, RING_FRAMES - start)
            self._ring[start : start + first] = mixed[:first]
            self._ring[: count - first] = mixed[first:count]
            self._written += count
        return before

    def _current_gains(self) -> list[float]:
        gains = self._gains
        return [gains[stem] for stem in self._session.stems]
