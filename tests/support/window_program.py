"""The program with its window, played by a script, for tests of its start and its sudden end.

Usage: ``python -m tests.support.window_program SCRIPT [FILES…]``. The scripts are the functions of ``SCRIPTS``; ``die``
ends the program as kill -9 does, at that very moment.
"""

import os
import signal
import sys
from collections.abc import Callable

from PySide6.QtCore import QTimer

from gui import app, single_instance
from gui.main_window import MainWindow

_POLL_MS = 10


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def when(condition: Callable[[], bool], then: Callable[[], object], window: MainWindow) -> None:
    """Calls ``then`` once, as soon as it is so."""
    timer = QTimer(window, interval=_POLL_MS)

    def look() -> None:
        if condition():
            timer.stop()
            then()

    timer.timeout.connect(look)
    timer.start()


def settled(window: MainWindow) -> bool:
    return window.work.running_job is None and window.queue_page.intake.idle


def page_of(window: MainWindow) -> str:
    return next(name for name, button in window.footer.pages.items() if button.isChecked())


def settle(window: MainWindow) -> None:
    """Tells what is shown when the files are in, and once more when those of the next start are; then closes."""

    def tell() -> None:
        song = window.work.song.path.name if window.work.song else "-"
        say(f"{page_of(window)} {song} {[item.song.name for item in window.queue_page.model.items]}")

    def come(count: int, then: Callable[[], object]) -> None:
        songs = len(window.queue_page.model.items) + (window.work.song is not None)
        if songs >= count:
            when(lambda: settled(window), lambda: (tell(), then()), window)
        else:
            QTimer.singleShot(_POLL_MS, lambda: come(count, then))

    come(len(sys.argv) - 2, lambda: come(len(sys.argv), window.close))


SCRIPTS: dict[str, Callable[[MainWindow], None]] = {"settle": settle}


def main() -> None:
    script, *names = sys.argv[1:]
    single_instance._WAIT_MS = 30_000  # the machine of the tests may be busy

    class Scripted(MainWindow):
        def __init__(self) -> None:
            super().__init__()
            QTimer.singleShot(0, lambda: SCRIPTS[script](self))

    app.MainWindow = Scripted
    os._exit(app.run(names))


if __name__ == "__main__":
    main()
