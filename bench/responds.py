"""How long the window ever works without coming back to its event loop, while all that it can do goes on. Prints JSON.

    python -m bench.responds [SONGS]

The queue separates so many songs with the built-in model on the processor, and another song is played into a null sink of
PulseAudio's, sought in and its levels changed twenty times a second, first on the song's page and then on the queue's.
"""

import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from bench import desktop
from bench.window import Driver
from core.settings import Settings
from tests.support import songs

_SHOWN_S, _QUEUED_S = 120, 30
_HANDS_MS = 50


class Hands(QObject):
    """Seek, change levels and pause, as an impatient user does."""

    def __init__(self, driver: Driver) -> None:
        super().__init__()
        self._driver, self._times = driver, 0
        self._timer = QTimer(self, interval=_HANDS_MS)
        self._timer.timeout.connect(self._act)
        self._timer.start()

    def rest(self) -> None:
        self._timer.stop()

    def _act(self) -> None:
        self._times += 1
        window = self._driver.window
        window.work.playback.seek(7 * self._times % _SHOWN_S)
        window.song_page.lanes.lanes[0].volume.setValue(-10 * (self._times % 9))
        if self._times % 5 == 0:
            window.work.playback.toggle()


def measure(folder: Path, count: int) -> dict[str, Any]:
    """The longest times for each page, and how long the queue took."""
    shown = songs.write(folder / "shown.wav", 0.5 * songs.music(_SHOWN_S))
    queued = [songs.write(folder / f"{seed}.wav", 0.5 * songs.music(_QUEUED_S, seed=seed)) for seed in range(count)]
    driver = Driver("builtin", shown)
    window, heart = driver.window, driver.heart
    driver.separate()
    heart.wait(lambda: not driver.busy() and window.song_page.transport.isEnabled())
    found: dict[str, Any] = {}
    for page in ("song", "queue"):
        window._change_settings(Settings(device="cpu", queue_folder=str(folder / page)))
        window.take(queued)
        heart.wait(lambda: len(window.queue_page.model.items) >= count and window.queue_page.intake.idle)
        window.show_page(page)
        heart.restart()
        hands, began = Hands(driver), time.perf_counter()
        window.queue_page.start_button.click()
        heart.wait(lambda: window.runner.state == "idle")
        hands.rest()
        found[page] = {"queue_s": time.perf_counter() - began, "work_s": heart.longest_work_s, "stall_s": heart.longest_s}
        assert {item.state for item in window.queue_page.model.items} == {"done"}
        window.runner.remove([item.id for item in window.queue_page.model.items])
    driver.close()
    return found


if __name__ == "__main__":
    desktop.report(lambda folder: measure(folder, int(sys.argv[1]) if len(sys.argv) > 1 else 10))
