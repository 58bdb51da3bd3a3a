"""How far a separation is, how fast, and how long it still takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass


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


def clock_text(seconds: float) -> str:
    """``3:07`` or ``1:02:03``."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
