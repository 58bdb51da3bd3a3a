"""The window from inside: when it is there, how long it ever stands still, how fast it cancels. Prints JSON.

    python -m bench.window start                   the clock at the first paint of main.py's window
    python -m bench.window stalls MODEL SONG       stalls while a song is separated
    python -m bench.window cancels MODEL SONG      cancels at several moments of a song's separation, a long one's
    python -m bench.window load MODEL SONG         a cancel while the engine is still being loaded

Qt's platform is that of QT_QPA_PLATFORM. The clock is ``time.perf_counter``, which all processes of a machine share.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

TICK_MS = 5
_LIMIT_S = 300
# After the first stems are there: at different points of a chunk's work.
_CANCEL_AFTER_S = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
_CANCEL_LOAD_AFTER_S = 0.05
RUNTIMES = ("tensorflow", "openvino", "onnxruntime")


def start() -> dict[str, Any]:
    """Runs the window as main.py does, up to the end of the window's first paint."""
    from gui import app
    from gui.main_window import MainWindow

    seen: dict[str, Any] = {}

    class SeenWindow(MainWindow):
        def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
            super().paintEvent(event)
            QTimer.singleShot(0, self._note)  # when the whole window has been painted and handed to the system

        def _note(self) -> None:
            seen.setdefault("painted_at", time.perf_counter())
            seen.setdefault("runtimes", [name for name in RUNTIMES if name in sys.modules])
            QApplication.quit()

    app.MainWindow = SeenWindow  # type: ignore[attr-defined]
    app.run([])
    return seen


class Heartbeat(QObject):
    """Ticks in the event loop every five milliseconds and remembers the longest time between two ticks.

    ``longest_work_s`` is processor time of the window's thread: what other programs and threads take does not count.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loop = QEventLoop()
        self._until: Callable[[], bool] = lambda: True
        self._give_up = 0.0
        self.restart()
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def restart(self) -> None:
        self.longest_s = self.longest_work_s = 0.0
        self._last, self._last_work = time.perf_counter(), time.thread_time()

    def wait(self, until: Callable[[], bool]) -> None:
        """Runs the event loop until the condition holds, looking at every tick. Raises TimeoutError."""
        self._until, self._give_up = until, time.perf_counter() + _LIMIT_S
        self._loop.exec()
        if not until():
            raise TimeoutError("the window did not get there")

    def sleep(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        self.wait(lambda: time.perf_counter() >= end)

    def _tick(self) -> None:
        now, work = time.perf_counter(), time.thread_time()
        self.longest_s, self._last = max(self.longest_s, now - self._last), now
        self.longest_work_s, self._last_work = max(self.longest_work_s, work - self._last_work), work
        if self._until() or now > self._give_up:
            self._loop.quit()


class Driver:
    """A window with a song in it, used and watched as a user would: by its buttons and its progress bar."""

    def __init__(self, model_name: str, song: Path) -> None:
        from gui import theme
        from gui.main_window import MainWindow

        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application)
        self.heart = Heartbeat()
        self.window = MainWindow()
        self.window.show()
        self.page = self.window.song_page
        self.window.work.open_song(song)
        self.heart.wait(lambda: self.window.pages.currentWidget() is self.page and not self.busy())
        models = self.page.models
        names = [getattr(models.itemData(index), "name", "") for index in range(models.count())]  # not all are models
        models.setCurrentIndex(names.index(model_name))

    def busy(self) -> bool:
        return self.window.work.running_job is not None

    def has_stems(self) -> bool:
        return self.page.bar.maximum() > 0 and self.page.bar.value() > 0

    def separate(self) -> None:
        self.window.work.separate()
        self.heart.wait(self.busy)

    def cancel(self) -> float:
        """Seconds from ``cancel`` until the window is ready for the next thing."""
        began = time.perf_counter()
        self.window.work.cancel()
        self.heart.wait(lambda: not self.busy())
        return time.perf_counter() - began

    def close(self) -> None:
        self.window.close()


def stalls(model_name: str, song: str) -> dict[str, Any]:
    """Longest stalls while the engine loads and while it separates."""
    driver = Driver(model_name, Path(song))
    heart = driver.heart
    heart.sleep(0.5)
    heart.restart()
    heart.sleep(2)
    found: dict[str, Any] = {"idle_stall_s": heart.longest_s}
    heart.restart()
    began = time.perf_counter()
    driver.page.bar.reset()
    driver.separate()
    heart.wait(lambda: driver.has_stems() or not driver.busy())
    found |= {"load_s": time.perf_counter() - began, "load_stall_s": heart.longest_s}
    heart.restart()
    heart.wait(lambda: not driver.busy())
    found |= {"all_s": time.perf_counter() - began, "separate_stall_s": heart.longest_s}
    driver.close()
    return found


def cancels(model_name: str, song: str) -> list[float]:
    """Seconds that cancels take, some time after the first stems are there."""
    driver = Driver(model_name, Path(song))
    found = [_cancel_after(driver, seconds) for seconds in _CANCEL_AFTER_S]
    driver.close()
    return found


def _cancel_after(driver: Driver, seconds: float) -> float:
    driver.page.bar.reset()
    driver.separate()
    driver.heart.wait(lambda: driver.has_stems() or not driver.busy())
    driver.heart.sleep(seconds)
    if not driver.busy():
        raise RuntimeError("the song was done before it could be cancelled")
    return driver.cancel()


def load(model_name: str, song: str) -> float:
    """Seconds that a cancel takes while the engine is being loaded, in a process that has not loaded it yet."""
    driver = Driver(model_name, Path(song))
    driver.separate()
    driver.heart.sleep(_CANCEL_LOAD_AFTER_S)
    if driver.has_stems() or not driver.busy():
        raise RuntimeError("the engine was loaded before it could be cancelled")
    seconds = driver.cancel()
    driver.close()
    return seconds


if __name__ == "__main__":
    if sys.argv[1] == "start":
        print(json.dumps(start()))
    else:
        _application = QApplication(["antara-bench"])
        print(json.dumps({"stalls": stalls, "cancels": cancels, "load": load}[sys.argv[1]](*sys.argv[2:])), flush=True)
        os._exit(0)  # as the program itself ends: without waiting for an engine that is still being loaded
