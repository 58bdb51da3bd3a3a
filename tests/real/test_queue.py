"""The queue in a real window: rows dragged by a real pointer."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.output import Output
from core.queue import Queue
from gui import theme
from gui.queue_model import Column
from gui.queue_view import QueuePage
from tests.gui.queue_pages import PATIENCE_MS, SONGS, new_runner

POINTER = shutil.which("xdotool")


@pytest.fixture
def queue() -> Queue:
    queue = Queue()
    queue.add(SONGS)
    return queue


@pytest.fixture
def page(display: None, queue: Queue, qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[QueuePage]:
    theme.apply(qapp, Qt.ColorScheme.Light)
    runner = new_runner(queue, qapp)
    page = QueuePage(queue, runner)
    page.show_output(tmp_path, Output())
    qtbot.addWidget(page)
    page.resize(900, 560)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    yield page
    page.close_jobs()
    runner.close()
    runner.deleteLater()


def point(page: QueuePage, row: int, share: float) -> QPoint:
    """On the screen: in the song's cell of a row, ``share`` of its height from the top."""
    cell = page.table.visualRect(page.model.index(row, Column.SONG))
    place = QPoint(cell.left() + 60, cell.top() + round(share * cell.height()))
    return page.table.viewport().mapToGlobal(place) * page.devicePixelRatio()


def pointer(*steps: str) -> subprocess.Popen[bytes]:
    assert POINTER
    return subprocess.Popen([POINTER, *" sleep 0.05 ".join(steps).split()])


def dragged(page: QueuePage, queue: Queue, row: int, to: QPoint, qtbot: QtBot) -> str:
    start = point(page, row, 0.5)
    half = (start + to) / 2
    path = [f"mousemove {place.x()} {place.y()}" for place in (start, start + QPoint(3, 3), half, to, to + QPoint(1, 0))]
    process = pointer(path[0], "mousedown 1", *path[1:], "mouseup 1")
    before = queue.items
    qtbot.waitUntil(lambda: process.poll() is not None and queue.items != before, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.model.items == queue.items)
    return "".join(item.song.stem for item in queue.items)


@pytest.mark.skipif(not POINTER, reason="no xdotool on this machine")
def test_rows_are_dragged_to_where_they_are_dropped(page: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    assert dragged(page, queue, 0, point(page, 2, 0.95), qtbot) == "bcade"
    assert dragged(page, queue, 4, point(page, 0, 0.05), qtbot) == "ebcad"
    page.table.select([item.id for item in queue.items if item.song.stem in "bc"])
    below_all = page.table.viewport().mapToGlobal(QPoint(60, page.table.viewport().height() - 10))
    assert dragged(page, queue, 1, below_all, qtbot) == "eadbc"
    assert page.model.rowCount() == 5


def test_the_keyboard_alone_adds_moves_opens_and_removes(page: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    QApplication.clipboard().setText("/songs/f.mp3\n/songs/g.mp3")
    page.add_button.setFocus()
    page.paste()  # the window's Ctrl+V
    qtbot.waitUntil(lambda: page.model.rowCount() == 7 and page.intake.idle, timeout=PATIENCE_MS)
    while not page.table.hasFocus():
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
    for key, modifier in (
        (Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier),
    ):
        qtbot.keyClick(page.table, key, modifier)
    qtbot.waitUntil(lambda: page.model.items == queue.items and queue.items[2].song.stem == "b")
    assert page.table.current == queue.items[2]
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.model.rowCount() == 6)
    assert "".join(item.song.stem for item in queue.items) == "acdefg"
    done = queue.take()
    assert done
    queue.done(done.id, {})
    qtbot.waitUntil(lambda: page.model.items == queue.items)
    qtbot.keyClick(page.table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(page.open_wanted):
        qtbot.keyClick(page.table, Qt.Key.Key_Return)
