"""The queue as a table."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from core.errors import FileMissingError, ModelMissingError, TruncatedError
from core.models.catalogue import Model
from core.progress import Progress
from core.queue import Queue
from core.queue_items import Item
from gui import queue_model
from gui.queue_model import FRACTION_ROLE, ITEM_ROLE, Column, QueueModel
from tests.gui.queue_pages import SONGS, by_name, ids, wait_for

HALF = Progress(done_s=60.0, fraction=0.5, speed=48.3, left_s=62.0)


@pytest.fixture
def queue() -> Queue:
    queue = Queue()
    queue.add(SONGS)
    return queue


@pytest.fixture
def model(queue: Queue, qapp: QApplication, qtmodeltester: ModelTester) -> Iterator[QueueModel]:
    """Watched by the tester through everything that the test does."""
    parent = QObject()
    model = QueueModel(queue, parent)
    qtmodeltester.check(model)
    yield model
    model.close()
    parent.deleteLater()


def column(model: QueueModel, column: Column) -> list[str]:
    return [model.index(row, column).data() for row in range(model.rowCount())]


def cell(model: QueueModel, item: Item, column: Column, role: int = Qt.ItemDataRole.DisplayRole) -> object:
    row = model.row_of(item.id)
    assert row is not None
    return model.index(row, column).data(role)


def settle(model: QueueModel, qtbot: QtBot) -> None:
    wait_for(lambda: not model._changes, qtbot)


def test_each_song_is_a_row_with_what_is_known_of_it(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    queue.set_lengths({1: 187.0})
    queue.set_model([2], "4stems")
    settle(model, qtbot)
    assert column(model, Column.SONG) == ["a.mp3", "b.mp3", "c.mp3", "d.mp3", "e.mp3"]
    assert column(model, Column.LENGTH) == ["3:07", "", "", "", ""]
    assert column(model, Column.MODEL)[:2] == ["Built-in, 2 stems", "Spleeter, 4 stems"]
    assert set(column(model, Column.STATE)) == {"Waiting"}
    titles = [model.headerData(section, Qt.Orientation.Horizontal) for section in Column]
    assert titles == ["Song", "Length", "Model", "State", "Progress", "Speed", "Time left"]


def test_the_table_follows_every_change(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    queue.add([Path("/songs/f.mp3"), Path("/songs/g.mp3")])
    queue.move(ids(queue, "fb"), 0)
    item = queue.take()
    assert item
    queue.failed(item.id, FileMissingError(path=item.song))
    queue.remove(ids(queue, "aeg"))
    queue.cancel(ids(queue, "d"))
    queue.move(ids(queue, "d"), 0)
    settle(model, qtbot)
    assert model.items == queue.items
    assert [item.song.stem for item in model.items] == ["d", "b", "f", "c"]
    assert column(model, Column.STATE) == ["Cancelled", "Failed", "Waiting", "Waiting"]


def test_what_other_threads_do_is_shown_too_and_in_order(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    def work() -> None:
        for _ in range(20):
            item = queue.add(SONGS)[0]
            queue.cancel([item.id])
            queue.retry([item.id])
            queue.remove([item.id + 1])

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(model, qtbot)
    assert model.items == queue.items
    assert len(model.items) == 5 + 3 * 20 * 4


def test_selections_stay_with_their_songs_when_the_order_changes(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    kept = [QPersistentModelIndex(model.index(row, Column.STATE)) for row in range(5)]
    queue.move(ids(queue, "ce"), 0)
    queue.remove(ids(queue, "b"))
    settle(model, qtbot)
    assert [index.row() for index in kept] == [2, -1, 0, 3, 1]
    assert all(index.column() == Column.STATE for index in kept if index.isValid())


def test_a_thousand_songs_are_one_insertion(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda parent, first, last: inserted.append((first, last)))
    queue.add([Path(f"/songs/{number}.mp3") for number in range(1000)])
    settle(model, qtbot)
    assert inserted == [(5, 1004)]
    removed: list[tuple[int, int]] = []
    model.rowsRemoved.connect(lambda parent, first, last: removed.append((first, last)))
    queue.remove([item.id for item in queue.items if item.id not in (3, 700)])
    settle(model, qtbot)
    assert removed == [(2, 1004)]
    assert model.items == queue.items


def test_progress_is_shown_in_its_row_and_goes_with_the_end(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    item = queue.take()
    assert item
    settle(model, qtbot)
    assert cell(model, item, Column.PROGRESS, FRACTION_ROLE) == -1.0
    model.show_progress(item.id, HALF)
    assert cell(model, item, Column.PROGRESS) == "50 %"
    assert cell(model, item, Column.PROGRESS, FRACTION_ROLE) == 0.5
    assert cell(model, item, Column.SPEED) == "48 ×"
    assert cell(model, item, Column.LEFT) == "1:02"
    queue.done(item.id, {})
    settle(model, qtbot)
    model.show_progress(item.id, HALF)  # a report that comes late
    assert [cell(model, item, which) for which in (Column.PROGRESS, Column.SPEED, Column.LEFT)] == ["", "", ""]
    assert cell(model, item, Column.PROGRESS, FRACTION_ROLE) is None


def test_a_flood_of_progress_is_a_few_changes_of_one_row(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    item = queue.take()
    assert item
    settle(model, qtbot)
    changed: list[tuple[int, int, int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row(), first.column(), last.column())))
    for _ in range(1000):
        model.show_progress(item.id, HALF)
    wait_for(lambda: bool(changed), qtbot)
    assert changed == [(0, 0, Column.PROGRESS, Column.LEFT)]
    model.show_progress(999, HALF)
    assert not model._timer.isActive()


def test_the_tool_tip_has_the_whole_path_and_why_it_failed(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    errors = [
        FileMissingError(path=SONGS[0]),
        TruncatedError(path=SONGS[1], found_s=12.3, declared_s=60.0),
        ModelMissingError(name="spleeter:4stems"),
    ]
    for error in errors:
        item = queue.take()
        assert item
        queue.failed(item.id, error)
    settle(model, qtbot)
    tips = [model.index(row, Column.STATE).data(Qt.ItemDataRole.ToolTipRole) for row in range(4)]
    assert tips[0] == "<p>/songs/a.mp3</p><p>“a.mp3” is not there; check the name.</p>"
    assert "get the file again" in tips[1]
    assert "“Spleeter, 4 stems” is not on this computer" in tips[2]
    assert tips[3] == "<p>/songs/d.mp3</p>"
    spoken = cell(model, by_name(queue, "a"), Column.SONG, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "a.mp3, Built-in, 2 stems, Failed, “a.mp3” is not there; check the name., /songs/a.mp3"
    assert cell(model, by_name(queue, "a"), Column.STATE, Qt.ItemDataRole.AccessibleTextRole) == "State: Failed"
    assert cell(model, by_name(queue, "a"), Column.LEFT, Qt.ItemDataRole.AccessibleTextRole) == ""


def test_names_that_are_no_text_and_interrupted_songs_can_be_shown(model: QueueModel, queue: Queue, qtbot: QtBot) -> None:
    queue.add([Path(os.fsdecode(b"/songs/caf\xe9\n.mp3"))])
    item = queue.take()
    assert item
    queue.interrupt([item.id])
    settle(model, qtbot)
    assert column(model, Column.SONG)[-1] == "caf��.mp3"
    assert column(model, Column.STATE)[0] == "Interrupted"
    assert model.index(0, 0).data(ITEM_ROLE) == queue.items[0]


def test_songs_without_a_choice_show_the_model_of_the_settings(model: QueueModel, tiny: Model) -> None:
    model.refresh_models("tiny")
    assert set(column(model, Column.MODEL)) == {"Tiny, 2 stems"}
    model.refresh_models("gone")
    assert set(column(model, Column.MODEL)) == {"gone"}


@pytest.mark.parametrize(("rows", "to", "expected"), [([0], 3, "bcade"), ([1, 3], 0, "bdace"), ([0, 1], -1, "cdeab")])
def test_dragged_rows_are_moved(
    rows: list[int], to: int, expected: str, model: QueueModel, queue: Queue, qtbot: QtBot
) -> None:
    data = model.mimeData([model.index(row, column) for row in rows for column in (0, 1)])
    assert model.dropMimeData(data, Qt.DropAction.MoveAction, to, 0, QModelIndex())
    settle(model, qtbot)
    assert "".join(item.song.stem for item in model.items) == expected


def test_rows_are_dropped_between_others_only_and_nothing_else_is(model: QueueModel, queue: Queue) -> None:
    data = model.mimeData([model.index(0, 0)])
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, model.index(2, 0))
    assert not model.dropMimeData(data, Qt.DropAction.CopyAction, 2, 0, QModelIndex())
    assert not model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsDropEnabled
    assert model.flags(QModelIndex()) & Qt.ItemFlag.ItemIsDropEnabled
    assert [item.song for item in queue.items] == SONGS


def test_headers_are_said_again_in_another_language(model: QueueModel, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[object, ...]] = []
    model.headerDataChanged.connect(lambda *arguments: told.append(arguments))
    translate: Callable[[str], str] = lambda text: f"«{text}»"  # noqa: E731
    monkeypatch.setattr(queue_model, "translate", translate)
    model.retranslate()
    assert told == [(Qt.Orientation.Horizontal, 0, len(Column) - 1)]
    assert model.headerData(Column.SONG, Qt.Orientation.Horizontal) == "«Song»"
