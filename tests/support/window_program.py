"""The program with its window, played by a script, for tests of its start and its sudden end.

Usage: ``python -m tests.support.window_program SCRIPT [FILES…]``. The scripts are the functions of ``SCRIPTS``; ``die``
ends the program as kill -9 does, at that very moment.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer

from core import history, queue_jobs
from core.export import ExportChoice
from core.output import Output
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


def die_after_first(window: MainWindow) -> None:
    """In the moment that the first song of the queue is done."""
    window.runner.done.connect(die)
    _run(window)


def die_in_second(window: MainWindow) -> None:
    """When a part of the second song is separated."""
    window.runner.progress.connect(lambda item_id, progress: die() if item_id == 2 and 0 < progress.fraction < 1 else None)
    _run(window)


def die_while_adding(window: MainWindow) -> None:
    """When some songs of a folder are in the queue, and the first one is being separated."""
    queue_jobs._ADD_EVERY_S = 0.0

    def look() -> None:
        if len(window.queue_page.model.items) >= 3:
            window.runner.start()
            window._queue.flush()
            die()

    window.queue_page.model.rowsInserted.connect(look)


def die_while_exporting(window: MainWindow) -> None:
    """When a part of the first song, which is shown, is exported, while the second one is being separated."""

    def export() -> None:
        window.work.open_entry(history.load()[0])
        when(lambda: window.work.running_job is None and window.work.session is not None, write, window)

    def write() -> None:
        window.runner.start()
        folder = Path(window._settings.export_folder or "")
        folder.mkdir()
        targets = {stem: folder / f"{stem}.flac" for stem in ("vocals", "accompaniment")}
        window.work.export(ExportChoice("stems", targets, folder, Output("flac")))
        assert window.work.running_job
        window.work.running_job.progressed.connect(lambda progress: die() if 0 < progress.fraction < 1 else None)

    window.runner.done.connect(lambda item, files: window.runner.pause())
    _run(window)
    when(lambda: window.runner.state == "idle" and history.load() != (), export, window)


def die_while_separating(window: MainWindow) -> None:
    """When a part of the song that is shown is separated."""

    def separate() -> None:
        window.song_page.separate_button.click()
        when(lambda: window.work.session is not None and window.work.session.frames > 0, die, window)

    when(lambda: window.work.song is not None and window.work.running_job is None, separate, window)


def close_at_work(window: MainWindow) -> None:
    """When the queue separates, the first file waits for its turn, another drop is looked through, and dialogs are open."""
    first, *others = window_files()
    window.take([first])

    def begin() -> None:
        window.queue_page.add(others)
        when(lambda: len(window.queue_page.model.items) == len(others), work, window)

    def work() -> None:
        window.runner.noticed.connect(lambda item_id, notice: close())
        window.runner.start()
        window.song_page.separate_button.click()

    def close() -> None:
        window.queue_page.add([Path("/usr/share")])
        window.show_page("history")
        window.choose_settings()
        say("closed")
        window.close()

    when(lambda: window.work.song is not None and window.work.running_job is None, begin, window)


def window_files() -> list[Path]:
    return [Path(name) for name in sys.argv[2:]]


def _run(window: MainWindow) -> None:
    when(lambda: bool(window.queue_page.model.items) and settled(window), window.runner.start, window)


SCRIPTS: dict[str, Callable[[MainWindow], None]] = {
    "settle": settle,
    "die_after_first": die_after_first,
    "die_in_second": die_in_second,
    "die_while_adding": die_while_adding,
    "die_while_exporting": die_while_exporting,
    "die_while_separating": die_while_separating,
    "close_at_work": close_at_work,
}


def main() -> None:
    script, *names = sys.argv[1:]
    single_instance._WAIT_MS = 30_000  # the machine of the tests may be busy

    class Scripted(MainWindow):
        def __init__(self) -> None:
            super().__init__()
            QTimer.singleShot(0, lambda: SCRIPTS[script](self))

    app.MainWindow = Scripted
    os._exit(app.run([] if script == "close_at_work" else names))


if __name__ == "__main__":
    main()
