"""How far a separation or a download is, how fast, and how long it still takes."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["waiting", "downloading", "installing"]

_RATE_OVER_S = 5.0  # a network's rate is that of the last seconds
_REPORT_EVERY_S = 0.1  # more than anybody can see


@dataclass(frozen=True)
class Progress:
    """``fraction`` is 0–1 and None while the length is unknown; ``speed`` counts seconds of music per second."""

    done_s: float
    fraction: float | None
    speed: float | None
    left_s: float | None


class ProgressMeter:
    """Turns positions in the song into Progress. Time starts with the first position, when the engine is loaded."""

    def __init__(self, total_s: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._total_s = total_s if total_s else None
        self._clock = clock
        self._first: tuple[float, float] | None = None

    def at(self, done_s: float) -> Progress:
        """The progress when the first ``done_s`` seconds of the song are separated."""
        now = self._clock()
        if self._first is None:
            self._first = (now, done_s)
        elapsed, separated = now - self._first[0], done_s - self._first[1]
        speed = separated / elapsed if elapsed > 0 and separated > 0 else None
        if self._total_s is None:
            return Progress(done_s, None, speed, None)
        left = max(self._total_s - done_s, 0.0)
        return Progress(done_s, min(done_s / self._total_s, 1.0), speed, left / speed if speed else None)


@dataclass(frozen=True)
class Transfer:
    """The way of a model to this computer, in bytes. ``waiting``: for another program that is at it, or for a server."""

    stage: Stage
    done: int = 0
    total: int | None = None
    rate: float | None = None  # bytes a second
    left_s: float | None = None

    @property
    def fraction(self) -> float | None:
        """0–1; None while the size is unknown."""
        return min(self.done / self.total, 1.0) if self.total else None


class TransferMeter:
    """Turns counts of bytes into a Transfer now and then."""

    def __init__(self, report: Callable[[Transfer], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._report, self._clock = report, clock
        self._seen: deque[tuple[float, int]] = deque()
        self._last_s = float("-inf")

    def at(self, done: int, total: int | None) -> None:
        """``done`` of ``total`` bytes are here; reported unless that was done a moment ago."""
        now = self._clock()
        self._seen.append((now, done))
        while now - self._seen[0][0] > _RATE_OVER_S:
            self._seen.popleft()
        if now - self._last_s < _REPORT_EVERY_S and done != total:
            return
        self._last_s = now
        since, before = self._seen[0]
        rate = (done - before) / (now - since) if now > since and done > before else None
        left_s = max(total - done, 0) / rate if rate and total is not None else None
        self._report(Transfer("downloading", done, total, rate, left_s))


def clock_text(seconds: float) -> str:
    """``3:07`` or ``1:02:03``."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
