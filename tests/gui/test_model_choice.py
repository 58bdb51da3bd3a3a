"""The models in the window: chosen, asked for, and told of when they come without the dialog."""

import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.models import store
from core.models.catalogue import Model
from gui.main_window import MainWindow
from gui.models_dialog import ModelsDialog
from tests.support.archive_server import Gate
from tests.support.archives import TinyModel
from tests.support.model_windows import PATIENCE_MS, buttons, install, models_of, shown, wait_for, wait_until_idle


def test_a_download_goes_on_without_the_dialog_and_the_window_tells_of_its_end(
    dialog: ModelsDialog, models_window: MainWindow, gate: Gate, qtbot: QtBot
) -> None:
    dialog.rows["tiny"].download.click()
    gate.wait_until_reached()
    dialog.accept()
    assert models_window.message.text == ""
    again = shown(models_window)
    assert buttons(again.rows["tiny"]) == ["Cancel"]
    again.accept()
    gate.open()
    wait_for(lambda: models_window.message.text != "", qtbot)
    assert models_window.message.text == "“Tiny, 2 stems” is installed."
    assert not models_window.message.is_error
    assert "Tiny, 2 stems" in models_of(models_window)


@pytest.mark.usefixtures("offline")
def test_an_error_after_the_dialog_was_closed_is_told_by_the_window_and_leads_back(window: MainWindow, qtbot: QtBot) -> None:
    dialog = shown(window)
    dialog.rows["tiny"].download.click()
    dialog.accept()
    wait_for(lambda: window.message.text != "", qtbot)
    assert window.message.is_error
    assert window.message.action.text() == "Models…"
    window.message.action.click()
    assert window.models.dialog is not None


def test_a_model_that_is_asked_for_is_downloaded_from_its_row_and_chosen(models_window: MainWindow, qtbot: QtBot) -> None:
    box = models_window.song_page.models
    box.setCurrentIndex(box.findText("Tiny, 2 stems (not installed)"))
    assert box.currentText() == "Built-in, 2 stems"
    dialog = models_window.models.dialog
    assert dialog is not None
    row = dialog.rows["tiny"]
    wait_for(lambda: row.download.hasFocus(), qtbot)
    wait_for(lambda: not row.visibleRegion().isEmpty(), qtbot)
    qtbot.keyClick(row.download, Qt.Key.Key_Return)
    assert dialog.isVisible()
    wait_for(lambda: models_window.song_page.model.name == "tiny", qtbot)
    assert box.currentText() == "Tiny, 2 stems"
    wait_until_idle(models_window, qtbot)


def test_a_model_that_comes_while_a_song_is_separated_is_not_chosen(
    models_window: MainWindow, song: Path, gate: Gate, qtbot: QtBot
) -> None:
    box = models_window.song_page.models
    box.setCurrentIndex(box.findText("Tiny, 2 stems (not installed)"))
    dialog = models_window.models.dialog
    assert dialog is not None
    dialog.rows["tiny"].download.click()
    dialog.accept()
    gate.wait_until_reached()
    busy = threading.Event()
    job = models_window.work._run(lambda cancel, report, notify: (busy.wait(), None)[1])
    gate.open()
    wait_until_idle(models_window, qtbot)
    assert models_window.song_page.model.name == "builtin"
    assert "Tiny, 2 stems" in models_of(models_window)
    with qtbot.waitSignal(job.finished, timeout=PATIENCE_MS):
        busy.set()


@pytest.mark.parametrize("way", ["entry", "key", "button"])
def test_the_dialog_opens_from_the_list_of_models_by_key_and_by_button(
    way: str, window: MainWindow, song: Path, qtbot: QtBot
) -> None:
    box = window.song_page.models
    if way == "entry":
        box.setCurrentIndex(box.findText("Manage models…"))
        assert box.currentText() == "Built-in, 2 stems"
    elif way == "key":
        qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    else:
        window.models.button.click()
    assert window.models.dialog is not None
    assert window.models.dialog.isVisible()
    qtbot.keyClick(window.models.dialog, Qt.Key.Key_Escape)
    assert window.models.dialog is None


def test_a_separation_whose_model_has_gone_offers_the_dialog(
    tiny: Model, tiny_model: TinyModel, models_window: MainWindow, song: Path, qtbot: QtBot
) -> None:
    folder = install(tiny, tiny_model)
    models_window.song_page.models.refresh()
    models_window.song_page.models.choose("tiny")
    models_window.work.open_song(song)
    wait_for(lambda: models_window.work.running_job is None, qtbot)
    shutil.rmtree(folder)
    models_window.work.separate()
    wait_for(lambda: models_window.work.running_job is None, qtbot)
    assert models_window.message.text.startswith("“Tiny, 2 stems” is not on this computer")
    assert models_window.song_page.model.name == "builtin"
    models_window.message.action.click()
    dialog = models_window.models.dialog
    assert dialog is not None
    wait_for(lambda: dialog.rows["tiny"].download.hasFocus(), qtbot)


def test_closing_the_window_ends_the_downloads_and_keeps_what_is_here(
    dialog: ModelsDialog, models_window: MainWindow, gate: Gate, qtbot: QtBot
) -> None:
    row = dialog.rows["tiny"]
    row.download.click()
    wait_for(lambda: row.transfer.bar.value() > 0, qtbot)
    dialog.accept()
    models_window.close()
    assert store.status(row.models[0]).partial > 0
    assert models_window.message.text == ""
