"""Plays the stems of a session at changing gains.

A feeder thread reads, mixes and writes into a ring; PortAudio's callback only copies out of it, or gives silence. The
callback never locks, allocates, logs or signals.

A device that runs dry is opened anew with a longer latency, of which PortAudio learns on opening only: in the next pause, or
at once if it runs dry again before. The song goes on where it was, so that nothing of it is lost.
"""

import contextlib
import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from core.arrays import FloatArray
from core.errors import NoOutputDeviceError, OutputDeviceLostError, PlaybackError, PlaybackFailedError
from core.playback import device
from core.playback.device import Device, Output
from core.playback.feeder import Controls, Feeder, Loop
from core.playback.ring import Ring
from core.session import ORIGINAL, Session, StemReader

_log = logging.getLogger(__name__)

POLL_S = 0.005
LOST_AFTER_POLLS = 600  # without a call from PortAudio: not all systems say that a device is gone; some pause for 2 s
BORNE = 1  # times that a device may run dry before a song that plays is interrupted for it
ONCE_S = 1.0  # all that happens within it is one time


class Shortages:
    """Counts how often the sound was missing, of a number that grows with each block that was."""

    def __init__(self, blocks: int) -> None:
        self._blocks, self._last = blocks, -math.inf
        self.times = 0

    def follow(self, blocks: int) -> None:
        """``blocks`` are missing by now."""
        now = time.monotonic()
        if blocks != self._blocks and now - self._last >= ONCE_S:
            self.times, self._last = self.times + 1, now
        self._blocks = blocks


class Player:
    """One output stream for one session. The methods are for one thread; ``close`` when done."""

    def __init__(
        self,
        session: Session,
        gains: Mapping[str, float],
        chosen: Device | None = None,
        after: "Player | None" = None,
        latency_s: float = device.SHORTEST_LATENCY_S,
    ) -> None:
        """Opens ``chosen``, or the default device, when ``after`` is closed; ``ready`` or ``error`` says how that went."""
        self._session, self._chosen, self._after = session, chosen, after
        self.latency_s = latency_s  # asked for; longer when the device has run dry
        self._controls = Controls(dict(gains))
        self._ring = Ring()
        self._feeder = Feeder(session, self._controls, self._ring)
        self.ready = False
        self.output: Output | None = None  # what was opened
        self.error: PlaybackError | None = None
        self.underruns = 0  # calls of PortAudio that said that the device ran dry while the song was played
        self._finished = self._changing = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="antara-feeder", daemon=True)
        self._thread.start()

    def play(self) -> None:
        self._controls.playing = True

    def pause(self) -> None:
        self._controls.playing = False

    @property
    def playing(self) -> bool:
        return self._controls.playing

    def seek(self, frame: int) -> None:
        """Goes on from ``frame`` of the song."""
        self._feeder.seek(max(0, min(frame, self._session.frames)))

    def set_gains(self, gains: Mapping[str, float]) -> None:
        """Linear gain for each stem; changes of these and of the next two are ramped."""
        self._controls.gains = dict(gains)

    def set_master(self, gain: float) -> None:
        """A linear gain on top of all others."""
        self._controls.master = gain

    def set_original(self, original: bool) -> None:
        """Whether all stems are heard at unity gain, which is the original song, or the mix at the chosen gains."""
        self._controls.original = original

    def set_loop(self, loop: Loop | None) -> None:
        """Goes on at the loop's start whenever its end is reached. What is not within it is played as ever."""
        self._controls.loop = loop

    def set_growing(self, growing: bool) -> None:
        """Whether more will be separated: at the end of what there is, the player waits then."""
        self._controls.growing = growing

    @property
    def position(self) -> int:
        """The frame of the song that is given to the device next."""
        return self._feeder.position

    def levels(self) -> dict[str, float]:
        """The largest absolute samples given to the device since the last call: of each stem, and of the mix as ORIGINAL.

        Empty if there were none.
        """
        return dict(zip((ORIGINAL, *self._session.stems), self._feeder.levels(), strict=False))

    @property
    def at_end(self) -> bool:
        """Whether everything that is separated so far has been played."""
        return self.position >= self._session.frames

    @property
    def waiting(self) -> bool:
        """Whether it is silent because what comes next is not separated yet."""
        return self._ring.waiting

    @property
    def starved(self) -> int:
        """Blocks that the feeder was too late for."""
        return self._ring.starved

    @property
    def fell_back(self) -> bool:
        """Whether the default device is used in the place of the chosen one."""
        return bool(self._chosen and self.output and self.output.device is None)

    @property
    def is_open(self) -> bool:
        """Whether the device or the session's files may still be in use."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Silence at once, for good. The device is freed in the background: that can take as long as opening it."""
        self.pause()
        self._stopping.set()

    def close(self, patience_s: float | None = None) -> None:
        """Stops, and waits until the device and the session's files are free; a device that hangs is waited for so long."""
        self.stop()
        self._thread.join(patience_s)

    # PortAudio's thread.

    def _callback(self, out: FloatArray, frames: int, when: object, status: Any) -> None:
        playing = self._controls.playing and not self._changing
        if status and status.output_underflow and playing:
            self.underruns += 1
        self._ring.take(out, frames, playing)

    def _on_finished(self) -> None:
        self._finished = True

    # The feeder's thread. It opens the device too, which can take longer than an interface may stand still.

    def _run(self) -> None:
        try:
            if self._after:
                self._after.close()
                self._after = None
            with contextlib.closing(self._session.reader()) as reader:
                # When it is stopping here, another player took its place while it waited: nobody needs the device.
                while not self._stopping.is_set() and not self.error:
                    self._play(reader)
        except PlaybackError as error:
            gone = self.output and isinstance(error, NoOutputDeviceError)  # it was there before
            self.error = OutputDeviceLostError() if gone else error
        except Exception as error:  # noqa: BLE001 - a thread has no one else to tell
            _log.exception("the player failed")
            self.error = PlaybackFailedError(detail=f"{type(error).__name__}: {error}")

    def _play(self, reader: StemReader) -> None:
        """Until the end, until the device is lost, or until it is to be opened with another latency, which is set then."""
        calls, self._finished = self._ring.calls, False
        with self._open_stream() as output:
            if self.output and self.output.device != output.device:
                raise OutputDeviceLostError
            self._feeder.begin(reader, output.rate, self.latency_s)
            self.output = output
            self.ready = True
            self._keep_filled(calls)

    @contextlib.contextmanager
    def _open_stream(self) -> Iterator[Output]:
        """The running stream. Raises NoOutputDeviceError."""
        rate = self._session.rate
        with device.opened(self._chosen, rate, self.latency_s, self._callback, self._on_finished) as output:
            yield output

    def _keep_filled(self, first: int) -> None:
        """``first`` is the count of calls before the device was opened.

        What is wrong is an error before the device is closed, which can take forever.
        """
        calls, silent_polls, shortages = first, 0, Shortages(self.underruns + self.starved)
        while not self._stopping.is_set():
            self._feeder.fill()
            self._changing = False
            silent_polls = 0 if self._ring.calls != calls else silent_polls + 1
            calls = self._ring.calls
            if self._finished or (calls != first and silent_polls > LOST_AFTER_POLLS):
                self.error = OutputDeviceLostError()
                return
            shortages.follow(self.underruns + self.starved)
            if self._runs_dry(shortages.times):
                self._fade_out()
                return
            self._stopping.wait(POLL_S)

    def _runs_dry(self, times: int) -> bool:
        """Whether this is the moment for a longer latency."""
        return self.latency_s < device.LONGEST_LATENCY_S and (times > BORNE or (times > 0 and not self.playing))

    def _fade_out(self) -> None:
        """Waits until everything is heard that the device has, and sets the latency with which it is to be opened next."""
        calls, self._changing = self._ring.calls, True
        for _ in range(LOST_AFTER_POLLS):
            if self._ring.calls != calls or self._stopping.wait(POLL_S):
                break
        else:
            self.error = OutputDeviceLostError()
            return
        self._stopping.wait(2 * self.latency_s)
        self.latency_s = min(2 * self.latency_s, device.LONGEST_LATENCY_S)
        _log.info("the device ran dry: its latency is %g s from now on", self.latency_s)
