"""What the tests of the whole window share."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.export import ExportChoice
from core.output import Output
from core.session import Session
from gui.main_window import MainWindow
from tests.support import songs

PATIENCE_MS = 60_000
RATE = songs.RATE


def wait_for(condition: Callable[[], bool], qtbot: QtBot) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


def wait_for_job(window: MainWindow, qtbot: QtBot) -> None:
    wait_for(lambda: window.work.running_job is None, qtbot)


def album(folder: Path, count: int, seconds: float = 1.5, level: float = 0.5) -> list[Path]:
    """Short songs, each another one."""
    folder.mkdir(parents=True, exist_ok=True)
    made = range(1, count + 1)
    return [songs.write(folder / f"गीत {seed}.wav", level * songs.music(seconds, seed=seed)) for seed in made]


def open_song(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    window.take([path])
    wait_for_job(window, qtbot)


def separate(window: MainWindow, path: Path, qtbot: QtBot) -> Session:
    open_song(window, path, qtbot)
    window.song_page.separate_button.click()
    wait_for_job(window, qtbot)
    assert window.work.session is not None, window.message.text
    return window.work.session


def fill_queue(window: MainWindow, paths: Sequence[Path], qtbot: QtBot) -> None:
    window.queue_page.add(paths)
    wait_for(lambda: window.queue_page.intake.idle, qtbot)


def run_queue(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.runner.finished_all, timeout=PATIENCE_MS):
        window.queue_page.start_button.click()


def states(window: MainWindow) -> list[str]:
    return [item.state for item in window.queue_page.model.items]


def queued(window: MainWindow) -> list[Path]:
    return [item.song for item in window.queue_page.model.items]


def stems_of(session: Session) -> dict[str, np.ndarray]:
    blocks = list(session.blocks())
    return {stem: np.concatenate([block.stems[stem] for block in blocks]) for stem in session.stems}


def sound(path: Path) -> np.ndarray:
    samples: np.ndarray = soundfile.read(path, dtype="float32", always_2d=True)[0]
    return samples


def all_stems(window: MainWindow, folder: Path, output: Output | None = None) -> ExportChoice:
    """The stems of the song that is shown, in ``folder``."""
    session, wanted = window.work.session, output or Output(depth=32)
    assert session is not None
    targets = {stem: folder / f"{stem}{wanted.format.extension}" for stem in session.stems}
    return ExportChoice("stems", targets, folder, wanted)


def export(window: MainWindow, choice: ExportChoice, qtbot: QtBot) -> None:
    window.work.export(choice)
    wait_for_job(window, qtbot)


def files_below(folder: Path) -> set[str]:
    """Also hidden ones."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def mime(paths: Sequence[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    data.setText("\n".join(map(str, paths)))  # as many file managers do
    return data


def drop(widget: QWidget, paths: Sequence[Path]) -> bool:
    """Drops files in the middle of what is on top of ``widget`` there; whether they were taken."""
    target: QWidget = widget
    while child := target.childAt(target.rect().center()):
        target = child
    data, place = mime(paths), target.rect().center()
    left, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(place), Qt.DropAction.CopyAction, data, left, keys)
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, left, keys)
        QApplication.sendEvent(target, event)
        return event.isAccepted()
    return False
