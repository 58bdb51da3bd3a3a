"""Every page and dialog of the window, in the states that say something of their own: for the tests of what is said."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core import history
from core.errors import FileMissingError
from core.models import catalogue
from core.output import Output
from core.queue import Queue
from core.separation.care import Care
from core.settings import Settings
from gui import queue_menu
from gui.about_dialog import AboutDialog
from gui.care_dialog import CareDialog
from gui.export_dialog import Exportable, ExportDialog
from gui.help_sheet import HelpSheet
from gui.main_window import MainWindow
from gui.queue_view import QueuePage
from gui.settings_dialog import SettingsDialog
from gui.support_dialog import SupportDialog
from tests.gui.queue_pages import new_runner
from tests.support import model_windows

PATIENCE_MS = 60_000
DIALOG = QSize(860, 560)

Rooms = Iterator[tuple[str, QWidget]]


def rooms(window: MainWindow, song: Path, qtbot: QtBot) -> Rooms:
    """One after the other; a new one is a line more."""
    yield from _song_rooms(window, song, qtbot)
    yield from _history_rooms(window, song, qtbot)
    yield from _queue_rooms(window, song, qtbot)
    yield from _dialogs(window, qtbot)
    yield from _export_rooms(window, song, qtbot)


def _song_rooms(window: MainWindow, song: Path, qtbot: QtBot) -> Rooms:
    window.resize(window.minimumSize())
    yield "the invitation", window
    window.work.open_song(song.with_name("gone.flac"))
    _wait_for_job(window, qtbot)
    yield "a failure", window
    window.work.open_song(song)
    _wait_for_job(window, qtbot)
    yield "a song", window
    window.work.separate()
    yield "a separation", window
    _wait_for_job(window, qtbot)
    for player in window.work.playback.stop():  # what a sound device does, or its absence, comes at any moment
        player.close()
    window.song_page.transport.setEnabled(True)
    window.song_page.transport.loop.click()
    window.song_page.transport.show_waiting(True)
    window.song_page.lanes.lanes[0].volume.setValue(window.song_page.lanes.lanes[0].volume.minimum())
    yield "a separated song", window


def _dialogs(window: MainWindow, qtbot: QtBot) -> Rooms:
    settings = SettingsDialog(Settings(queue_folder="no folder"), window)
    with qtbot.waitSignal(settings.surveyed, timeout=PATIENCE_MS):
        settings.show()
    settings.network.mirror.line.setText("no address")
    support = SupportDialog(window)
    qtbot.waitUntil(lambda: bool(support.parts), timeout=PATIENCE_MS)
    care, six = Care(7, 0.33, "piano"), catalogue.find("htdemucs_6s")
    cares = [CareDialog(six, care, window), CareDialog(six, Care(), window, follows=True)]
    for dialog in (model_windows.shown(window), HelpSheet(window), AboutDialog(window), support, *cares, settings):
        dialog.resize(dialog.size().expandedTo(DIALOG))  # the screen of the tests is smaller than any
        dialog.show()
        for number, page in enumerate(settings.pages if dialog is settings else [dialog]):
            settings.sections.setCurrentRow(number)
            yield f"{type(dialog).__name__}, {type(page).__name__}", dialog
        dialog.close()


def _history_rooms(window: MainWindow, song: Path, qtbot: QtBot) -> Rooms:
    history.clear()
    for what in ("no history", "a history"):
        window.show_page("song")
        with qtbot.waitSignal(window.history_page.refreshed, timeout=PATIENCE_MS):
            window.show_page("history")
        yield what, window
        history.add(song, 44_100 * 187, 44_100, "builtin", ("vocals", "accompaniment"))
        history.add(song.with_name("gone.flac"), 44_100 * 187, 44_100, "spleeter:4stems", ("drums",))


def _queue_rooms(window: MainWindow, song: Path, qtbot: QtBot) -> Rooms:
    queue = Queue()
    runner = new_runner(queue, window)
    page = QueuePage(queue, runner)
    page.show_output(song.parent, Output())
    page.resize(844, 480)  # what the smallest window leaves it
    qtbot.addWidget(page)
    page.show()
    yield "no queue", page
    queue.add([song] * 6)
    waiting, done, failed, cancelled, interrupted, running = [item.id for item in queue.items]
    queue.move([waiting], 6)
    for item_id in (done, failed, cancelled, interrupted, running):
        taken = queue.take()
        assert taken
        assert taken.id == item_id
    queue.done(done, {"vocals": song})
    queue.failed(failed, FileMissingError(path=song))
    queue.cancelled(cancelled)
    queue.interrupt([interrupted])
    for chosen in ([failed], [interrupted], [done, cancelled]):
        qtbot.waitUntil(lambda: page.model.rowCount() == 6 and not page._later.isActive())
        page.table.select(chosen)
        yield "a queue", page
    menu = queue_menu.build(page.table.selected, page, page)
    yield "the menu of the queue", menu
    page.close_jobs()
    runner.close()


def _export_rooms(window: MainWindow, song: Path, qtbot: QtBot) -> Rooms:
    gains = {"vocals": 0.0, "drums": 0.5, "bass": 1.0, "other": 1.0}
    dialog = ExportDialog(Exportable(song, 44_100, gains, (1.0, 2.0), "builtin"), song.parent, Output(), window)
    dialog.show()
    dialog.more.click()
    for kind, button in dialog.what.kinds.items():
        button.click()
        yield f"the export of {kind}", dialog
    dialog.names.line.setText("{nothing}")
    yield "an export without names", dialog
    dialog.close()


def _wait_for_job(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
