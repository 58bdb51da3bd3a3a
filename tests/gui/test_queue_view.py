"""The page of the queue."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from core.cancel import CancelToken
from core.errors import FileMissingError, TruncatedError
from core.output import Output
from core.progress import Progress
from core.queue import Queue
from core.queue_items import Item
from gui import queue_texts, theme
from gui.queue_model import Column
from gui.queue_runner import QueueRunner
from gui.queue_view import QueuePage
from tests.gui.queue_pages import SONGS, ids, new_runner, states, wait_for
from tests.support import songs
from tests.support.languages import marked


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def runner(queue: Queue, qapp: QApplication) -> Iterator[QueueRunner]:
    runner = new_runner(queue, qapp)
    yield runner
    runner.close()
    runner.deleteLater()


@pytest.fixture
def page(queue: Queue, runner: QueueRunner, qtbot: QtBot, tmp_path: Path) -> Iterator[QueuePage]:
    page = QueuePage(queue, runner)
    page.show_output(tmp_path / "out", Output())
    qtbot.addWidget(page)
    page.resize(844, 500)
    page.show()
    yield page
    page.close_jobs()


@pytest.fixture
def filled(page: QueuePage, queue: Queue, qtbot: QtBot) -> QueuePage:
    queue.add(SONGS)
    settle(page, qtbot)
    return page


def settle(page: QueuePage, qtbot: QtBot) -> None:
    """The page shows the queue as it is."""
    wait_for(lambda: not page.model._changes and not page._later.isActive() and page.intake.idle, qtbot)


def take(queue: Queue, error: FileMissingError | TruncatedError | None = None, end: bool = True) -> Item:
    item = queue.take()
    assert item
    if error:
        queue.failed(item.id, error)
    elif end:
        queue.done(item.id, {"vocals": Path(f"/out/{item.song.stem}/vocals.wav")})
    return item


def choose(page: QueuePage, names: str, queue: Queue) -> None:
    page.table.select(ids(queue, names))
    page.table.setFocus()


def order(queue: Queue) -> str:
    return "".join(item.song.stem for item in queue.items)


def visible(page: QueuePage) -> set[str]:
    return {button.text() for button in page.findChildren(QPushButton) if button.isVisible()}


def test_an_empty_queue_invites_songs(page: QueuePage) -> None:
    assert page.stack.currentWidget() is page._area
    assert page.count.text() == ""
    assert not page.start_button.isEnabled()
    assert visible(page) == {"Add files…", "Add folder…", "Start", "Change…", "Format…"}


def test_songs_and_folders_that_are_dropped_are_taken_in_and_measured(
    page: QueuePage, queue: Queue, tmp_path: Path, qtbot: QtBot
) -> None:
    song = songs.write(tmp_path / "2 गीत.wav", songs.music(2))
    folder = tmp_path / "album"
    folder.mkdir()
    for number in (10, 9):
        songs.write(folder / f"{number}.flac", songs.music(1))
    (folder / "cover.jpg").touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (song, folder)])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    assert page._area.property("inviting")
    page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    assert not page._area.property("inviting")
    wait_for(lambda: len(queue.items) == 3 and page.intake.idle, qtbot)
    settle(page, qtbot)
    assert [item.song.name for item in queue.items] == ["2 गीत.wav", "9.flac", "10.flac"]
    assert [item.length_s for item in queue.items] == [2.0, 1.0, 1.0]
    assert page.stack.currentWidget() is page.table
    assert page.count.text() == "0 of 3 done"
    assert page.start_button.isEnabled()


def test_what_is_dragged_away_leaves_no_trace_and_other_things_are_not_invited(page: QueuePage) -> None:
    data = QMimeData()
    data.setText("text")
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dragEnterEvent(QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    assert not page._area.property("inviting")
    data.setUrls([QUrl.fromLocalFile("/x.mp3")])
    page.dragEnterEvent(QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    page.dragLeaveEvent(QDragLeaveEvent())
    assert not page._area.property("inviting")


def test_the_results_of_the_queue_are_not_taken_in_with_the_folder_that_they_are_in(
    page: QueuePage, queue: Queue, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "out" / "song").mkdir(parents=True)
    (tmp_path / "out" / "song" / "vocals.wav").touch()
    (tmp_path / "song.mp3").touch()
    page.add([tmp_path])
    wait_for(lambda: page.intake.idle, qtbot)
    assert [item.song for item in queue.items] == [tmp_path / "song.mp3"]


def test_a_folder_without_songs_is_told_until_something_is_added(
    page: QueuePage, queue: Queue, tmp_path: Path, qtbot: QtBot
) -> None:
    told: list[str] = []
    page.told.connect(told.append)
    page.add([tmp_path])
    wait_for(lambda: page.intake.idle, qtbot)
    assert told[-1] == "No songs were found in what was added."
    page.add([tmp_path / "song.mp3"])
    wait_for(lambda: page.intake.idle, qtbot)
    assert told[-1] == ""


def test_drops_are_taken_in_one_after_the_other(page: QueuePage, queue: Queue, tmp_path: Path, qtbot: QtBot) -> None:
    for name in "edcba":
        page.add([tmp_path / f"{name}.mp3"])
    assert page.count.text() == "Looking for songs…"
    wait_for(lambda: page.intake.idle, qtbot)
    assert order(queue) == "edcba"


def test_the_search_for_songs_can_be_cancelled_and_what_was_found_before_stays(
    page: QueuePage, queue: Queue, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(paths: list[Path], cancel: CancelToken, skip: object) -> Iterator[Path]:
        yield from paths
        wait_until_cancelled(cancel)

    page.add([tmp_path / "a.mp3"])
    wait_for(lambda: page.intake.idle, qtbot)
    monkeypatch.setattr("core.songs.expand", endless)
    page.add([tmp_path / "b.mp3"])
    page.add([tmp_path / "c.mp3"])
    assert page.cancel_button.isVisible()
    page.cancel_button.click()
    wait_for(lambda: page.intake.idle, qtbot)
    assert order(queue) == "a"


def test_files_and_paths_can_be_pasted(page: QueuePage, queue: Queue, tmp_path: Path, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a b.mp3")), QUrl.fromEncoded(b"file:///x/caf%E9.mp3")])
    QGuiApplication.clipboard().setMimeData(data)
    page.activateWindow()
    page.table.setFocus()
    page.paste()
    wait_for(lambda: len(queue.items) == 2, qtbot)
    QGuiApplication.clipboard().setText(f'"{tmp_path / "c.mp3"}"\n\nno path\nfile://{tmp_path}/d%20d.mp3\na/relative.mp3\n')
    page.paste()
    wait_for(lambda: len(queue.items) == 4 and page.intake.idle, qtbot)
    names = [str(item.song) for item in queue.items]
    assert names == [f"{tmp_path}/a b.mp3", "/x/caf\udce9.mp3", f"{tmp_path}/c.mp3", f"{tmp_path}/d d.mp3"]


@pytest.mark.parametrize("folder", [False, True])
def test_the_file_dialogs_add_what_is_chosen(
    folder: bool, page: QueuePage, queue: Queue, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "song.mp3").touch()
    (page.add_folder_button if folder else page.add_button).click()
    chosen = tmp_path / "album" if folder else tmp_path / "album" / "song.mp3"
    dialog = page.findChild(QFileDialog)
    qtbot.waitUntil(dialog.isVisible)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    name.setText(str(chosen))
    qtbot.keyClick(name, Qt.Key.Key_Return)
    wait_for(lambda: len(queue.items) == 1 and page.intake.idle, qtbot)
    assert queue.items[0].song == tmp_path / "album" / "song.mp3"


def test_the_folder_and_the_format_are_shown_and_asked_for(page: QueuePage, tmp_path: Path, qtbot: QtBot) -> None:
    assert page.folder.text() == f"Into {tmp_path / 'out'}"
    assert page.format.text() == "WAV, 16 bit"
    page.show_output(Path("/music/Antara"), Output(codec="mp3"))
    assert page.folder.text() == "Into /music/Antara"
    assert page.format.text() == "MP3, 320 kbit/s"
    with qtbot.waitSignal(page.format_wanted):
        page.format_button.click()
    page.folder_button.click()
    dialog = page.findChild(QFileDialog)
    qtbot.waitUntil(dialog.isVisible)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    name.setText(str(tmp_path))
    with qtbot.waitSignal(page.folder_chosen) as chosen:
        qtbot.keyClick(name, Qt.Key.Key_Return)
    assert chosen.args == [tmp_path]


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (Output(depth=32), "WAV, 32 bit float"),
        (Output(codec="alac"), "Apple Lossless, 16 bit"),
        (Output(codec="ogg", vbr=8), "Ogg Vorbis, variable bit rate 8"),
    ],
)
def test_every_format_has_a_short_name(output: Output, text: str) -> None:
    assert queue_texts.format_text(output) == text


def test_the_count_says_how_many_are_done_and_failed(filled: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    take(queue)
    take(queue, FileMissingError(path=SONGS[1]))
    settle(filled, qtbot)
    assert filled.count.text() == "1 of 5 done, 1 failed"
    assert {"Retry failed", "Clear done", "Cancel all"} < visible(filled)
    filled.retry_button.click()
    filled.clear_button.click()
    settle(filled, qtbot)
    assert filled.count.text() == "0 of 4 done"
    assert not {"Retry failed", "Clear done"} & visible(filled)


def test_the_keyboard_moves_the_selected_songs_and_they_stay_selected(filled: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    choose(filled, "bd", queue)
    for key, expected in (
        (Qt.Key.Key_Up, "bdace"),
        (Qt.Key.Key_Up, "bdace"),
        (Qt.Key.Key_Down, "abdce"),
        (Qt.Key.Key_Down, "acbde"),
        (Qt.Key.Key_Down, "acebd"),
        (Qt.Key.Key_Down, "acebd"),
    ):
        qtbot.keyClick(filled.table, key, Qt.KeyboardModifier.AltModifier)
        settle(filled, qtbot)
        assert order(queue) == expected
        assert [item.song.stem for item in filled.table.selected] == ["b", "d"]


def test_delete_removes_the_selected_songs(filled: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    choose(filled, "bd", queue)
    qtbot.keyClick(filled.table, Qt.Key.Key_Delete)
    settle(filled, qtbot)
    assert order(queue) == "ace"
    assert filled.model.rowCount() == 3


def test_enter_and_a_double_click_open_what_is_done_and_nothing_else(filled: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    take(queue)
    settle(filled, qtbot)
    choose(filled, "b", queue)
    with qtbot.assertNotEmitted(filled.open_wanted):
        qtbot.keyClick(filled.table, Qt.Key.Key_Return)
    choose(filled, "a", queue)
    with qtbot.waitSignal(filled.open_wanted) as opened:
        qtbot.keyClick(filled.table, Qt.Key.Key_Return)
    assert opened.args == [queue.items[0]]
    place = filled.table.visualRect(filled.model.index(0, Column.SONG)).center()
    qtbot.mouseClick(filled.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(filled.open_wanted):
        qtbot.mouseDClick(filled.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def menu_of(page: QueuePage) -> QMenu:
    page.table.customContextMenuRequested.emit(QPoint(30, 30))
    menus = page.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return next(menu for menu in menus if menu.isVisible())


def entries(menu: QMenu) -> dict[str, bool]:
    return {entry.text(): entry.isEnabled() for entry in menu.actions() if entry.text()}


def pick(menu: QMenu, text: str) -> None:
    action = next(entry for entry in menu.actions() if entry.text() == text)
    action.trigger()
    menu.close()


@pytest.mark.parametrize(
    ("names", "possible"),
    [
        ("a", {"Open", "Show in folder"}),
        ("b", {"Retry"}),
        ("c", {"Cancel"}),
        ("d", {"Cancel", "Model"}),
        ("abd", {"Cancel", "Model", "Retry"}),
    ],
)
def test_the_menu_offers_what_fits_the_selected_songs(
    names: str, possible: set[str], filled: QueuePage, queue: Queue, qtbot: QtBot
) -> None:
    take(queue)
    take(queue, FileMissingError(path=SONGS[1]))
    take(queue, end=False)
    settle(filled, qtbot)
    choose(filled, names, queue)
    menu = menu_of(filled)
    enabled = {text for text, is_enabled in entries(menu).items() if is_enabled}
    assert enabled == possible | {"Move up", "Move down", "Remove"}
    menu.close()


def test_the_menu_does_what_it_says(filled: QueuePage, queue: Queue, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    take(queue)
    take(queue, FileMissingError(path=SONGS[1]))
    settle(filled, qtbot)
    choose(filled, "a", queue)
    pick(menu_of(filled), "Show in folder")
    assert shown == [QUrl.fromLocalFile("/out/a")]
    choose(filled, "b", queue)
    pick(menu_of(filled), "Retry")
    choose(filled, "c", queue)
    pick(menu_of(filled), "Cancel")
    assert states(queue) == {"a": "done", "b": "waiting", "c": "cancelled", "d": "waiting", "e": "waiting"}
    settle(filled, qtbot)
    choose(filled, "de", queue)
    models = next(entry.menu() for entry in menu_of(filled).actions() if entry.text() == "Model")
    assert [entry.text() for entry in models.actions()] == ["As in the settings", "Built-in, 2 stems"]
    assert [entry.isChecked() for entry in models.actions()] == [True, False]
    pick(models, "Built-in, 2 stems")
    assert [item.model for item in queue.items] == [None, None, None, "builtin", "builtin"]


def test_why_a_song_failed_is_said_below_when_it_is_chosen(filled: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    take(queue, TruncatedError(path=SONGS[0], found_s=12.3, declared_s=60.0))
    interrupted = take(queue, end=False)
    queue.interrupt([interrupted.id])
    settle(filled, qtbot)
    choose(filled, "a", queue)
    assert filled.detail.text() == "“a.mp3” is cut off: 12.3 of 60.0 seconds are there; get the file again."
    assert filled.detail.property("tone") == "bad"
    choose(filled, "b", queue)
    assert filled.detail.text().startswith("Antara ended during")
    choose(filled, "c", queue)
    assert filled.detail.text() == ""
    choose(filled, "abc", queue)
    assert "3 song" in filled.detail.text()


def test_the_button_starts_pauses_and_goes_on(
    filled: QueuePage, queue: Queue, runner: QueueRunner, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_work", lambda item, cancel, report, notify: wait_until_cancelled(cancel))
    assert filled.start_button.text() == "Start"
    filled.start_button.click()
    assert filled.start_button.text() == "Pause"
    filled.start_button.click()
    assert filled.start_button.text() == "Go on"
    assert filled.count.text() == "0 of 5 done – pausing after this song"
    filled.start_button.click()
    assert filled.start_button.text() == "Pause"
    filled.cancel_button.click()
    wait_for(lambda: runner.state == "idle", qtbot)
    settle(filled, qtbot)
    assert set(states(queue).values()) == {"cancelled"}
    assert filled.start_button.text() == "Start"
    assert not filled.start_button.isEnabled()


def wait_until_cancelled(cancel: CancelToken) -> None:
    while not cancel.cancelled:
        time.sleep(0.005)
    cancel.raise_if_cancelled()


def test_progress_is_painted(filled: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    item = take(queue, end=False)
    settle(filled, qtbot)
    cell = filled.table.visualRect(filled.model.index(0, Column.PROGRESS))

    def accents() -> int:
        picture = filled.table.viewport().grab(cell).toImage()
        accent = QColor(theme.current().accent).rgb()
        return sum(picture.pixel(x, picture.height() // 2) == accent for x in range(picture.width()))

    widths = []
    for fraction in (None, 0.3, 0.9):
        filled.model.show_progress(item.id, Progress(1.0, fraction, 2.0, 3.0))
        wait_for(lambda: not filled.model._timer.isActive(), qtbot)
        widths.append(accents())
    assert widths[0] == 0 < widths[1] < widths[2]


def test_everything_has_a_name_for_screen_readers_and_is_reached_by_tab(
    filled: QueuePage, queue: Queue, qtbot: QtBot
) -> None:
    take(queue, FileMissingError(path=SONGS[0]))
    settle(filled, qtbot)
    for control in filled.findChildren(QAbstractButton):
        if control.isVisible() and not control.objectName().startswith("qt_") and isinstance(control, QPushButton):
            assert control.accessibleName() or control.text()
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert filled.table.accessibleName() == "Queue"
    filled.table.setFocus()
    qtbot.keyClick(filled.table, Qt.Key.Key_Tab)
    assert not filled.table.hasFocus()


def test_the_page_says_everything_again_in_another_language(filled: QueuePage, queue: Queue, qapp: QApplication) -> None:
    choose(filled, "ab", queue)
    with marked(qapp):
        assert filled.heading.text() == "⟦Queue⟧"
        assert filled.count.text() == "⟦0 of 5 done⟧"
        assert filled.start_button.text() == "⟦Start⟧"
        assert filled.folder.text().startswith("⟦Into ")
        assert filled.detail.text() == "⟦2 song(s) selected⟧"
        assert filled.table.accessibleName() == "⟦Queue⟧"
        assert filled.model.headerData(Column.LEFT, Qt.Orientation.Horizontal) == "⟦Time left⟧"
        assert filled.model.index(0, Column.STATE).data() == "⟦Waiting⟧"


def test_a_thousand_songs_come_and_go(page: QueuePage, queue: Queue, qtbot: QtBot) -> None:
    queue.add([Path(f"/songs/{number}.mp3") for number in range(1000)])
    settle(page, qtbot)
    assert page.count.text() == "0 of 1000 done"
    while item := queue.take():
        queue.done(item.id, {})
    settle(page, qtbot)
    assert page.count.text() == "1000 of 1000 done"
    page.clear_button.click()
    settle(page, qtbot)
    assert page.stack.currentWidget() is page._area
    assert queue.items == []
