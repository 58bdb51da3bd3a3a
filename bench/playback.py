"""The player from inside: dropouts and seeks in the real window while songs are separated beside it. Prints JSON.

    python -m bench.playback [SECONDS] [--idle]

Plays through PortAudio into a null sink of PulseAudio's, while another thread separates a ten-minute song with the built-in
model again and again (not with --idle).
"""

import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench import desktop
from bench.window import Driver
from core import jobs
from core.audio.reader import probe
from core.cancel import CancelToken
from core.engines.cache import EngineCache
from core.errors import CancelledError
from core.models import catalogue
from tests.support import songs

RATE = 44100
_LONG_S, _SHORT_S = 600, 120
_SEEKS = 20


class Separating:
    """Separates a song again and again, in a thread."""

    def __init__(self, song: Path) -> None:
        self.rounds_s: list[float] = []
        self._song, self._cancel = song, CancelToken()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._cancel.cancel()
        self._thread.join()

    def _run(self) -> None:
        engines, what = EngineCache(), jobs.Separation(probe(self._song), catalogue.find("builtin"))
        nothing = lambda news: None  # noqa: E731
        while not self._cancel.cancelled:
            began = time.perf_counter()
            try:
                jobs.separate_song(what, engines, self._cancel, nothing, nothing, nothing)
            except CancelledError:
                return
            self.rounds_s.append(time.perf_counter() - began)


def measure(folder: Path, seconds: float, busy: bool) -> dict[str, Any]:
    """Plays for ``seconds``, then seeks."""
    long = songs.write(folder / "long.wav", songs.music(_LONG_S))
    driver = Driver("builtin", songs.write(folder / "short.wav", songs.music(_SHORT_S)))
    driver.separate()
    driver.heart.wait(lambda: not driver.busy())
    player = driver.window.work.player
    assert player is not None
    driver.heart.wait(lambda: player.ready)
    separating = Separating(long)
    if busy:
        separating.start()
        driver.heart.sleep(2)
    player.underruns = 0
    driver.heart.restart()
    player.play()
    driver.heart.wait(lambda: player.position >= seconds * RATE)
    found = {
        "played_s": seconds,
        "underruns": player.underruns,
        "latency_s": player.latency_s,
        "starved": player.starved,
        "longest_stall_s": driver.heart.longest_s,
        "separations": len(separating.rounds_s),
        "separation_s": statistics.median(separating.rounds_s or [0.0]),
    }
    latencies = [_seek(driver, (5 + 4 * number) * RATE + 777 * number) for number in range(_SEEKS)]
    found.update(seek_median_s=statistics.median(latencies), seek_longest_s=max(latencies))
    if busy:
        separating.stop()
    driver.close()
    return found


def _seek(driver: Driver, frame: int) -> float:
    """Seconds until PortAudio was handed the first of what was sought. The device's own delay comes on top."""
    player = driver.window.work.player
    assert player is not None
    began = time.perf_counter()
    player.seek(frame)
    while player._feeder._seeks:
        time.sleep(0.0005)
    target = player._ring.skip_to
    while player._ring.read <= target:
        time.sleep(0.0005)
    took = time.perf_counter() - began
    driver.heart.wait(lambda: player.position > frame + RATE // 10)
    return took


def main(folder: Path) -> dict[str, Any]:
    """As the command line wants it."""
    numbers = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    return measure(folder, float(numbers[0]) if numbers else 60.0, "--idle" not in sys.argv)


if __name__ == "__main__":
    desktop.report(main)
