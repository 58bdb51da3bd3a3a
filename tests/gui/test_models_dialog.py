"""The dialog of the models at work: real downloads from a server on this computer, real archives and folders."""

import dataclasses
import shutil
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLineEdit, QMessageBox, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from core import paths
from core.cancel import CancelToken
from core.errors import ModelDamagedError
from core.models import bags, store
from core.models.catalogue import Model
from gui.main_window import MainWindow
from gui.model_row import ModelRow
from gui.models_dialog import ModelsDialog
from tests.support import archives
from tests.support.archive_server import ArchiveServer, Gate
from tests.support.archives import TinyModel
from tests.support.model_windows import PATIENCE_MS, buttons, install, models_of, shown, wait_for, wait_until_idle


def own_archive(folder: Path, tiny_model: TinyModel, name: str = "my choir.tar.gz") -> Path:
    members = [*archives.files_of(tiny_model.folder), archives.Member("choir.json", tiny_model.configuration.read_bytes())]
    path = folder / name
    path.write_bytes(archives.packed(members))
    return path


def drop(dialog: ModelsDialog, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dialog.dragEnterEvent(QDragEnterEvent(QPoint(200, 200), Qt.DropAction.CopyAction, data, buttons, keys))
    dialog.dropEvent(QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, data, buttons, keys))


def test_there_is_one_row_for_everything_that_is_installed_as_one_thing(window: MainWindow) -> None:
    dialog = shown(window)
    assert [row.name.text() for row in dialog.rows.values()] == [
        "Built-in, 2 stems",
        "Spleeter, 2 stems",
        "Spleeter, 4 stems",
        "Spleeter, 5 stems",
        "Demucs htdemucs, 4 stems",
        "Demucs htdemucs_ft, 4 stems",
        "Demucs htdemucs_6s, 6 stems",
        "Demucs hdemucs_mmi, 4 stems",
    ]
    builtin, two, four, five = list(dialog.rows.values())[:4]
    assert [buttons(row) for row in (builtin, two, four, five)] == [[], ["Download"], ["Download"], ["Download"]]
    assert builtin.state.text() == "Built in"
    assert "CC BY-SA 4.0" in builtin.details.text()
    assert two.details.text().startswith("73 MB · MIT · also up to 16 kHz")
    assert four.details.text().startswith("About 147 MB")
    assert "MUSDB18" in four.stems.toolTip()
    assert "10.21105/joss.02154" in four.details.toolTip()


def test_demucs_models_are_offered_where_they_can_run(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bags, "can_run", lambda: True)
    six = shown(window).rows["htdemucs_6s"]
    assert buttons(six) == ["Download"]
    assert six.details.text().startswith("55 MB · MIT")
    assert "Guitar" in six.stems.text()
    assert not six.note.isVisible()


def test_where_demucs_is_not_installed_it_is_said_how_to_add_it(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bags, "can_run", lambda: False)
    row = shown(window).rows["htdemucs"]
    assert buttons(row) == []
    assert "python3 dev.py demucs" in row.note.text()


def test_to_the_program_of_an_installer_demucs_cannot_be_added_and_that_is_said(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bags, "can_run", lambda: False)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "cannot be added to this Antara" in shown(window).rows["htdemucs"].note.text()


def test_a_download_shows_its_progress_and_ends_installed(
    dialog: ModelsDialog, models_window: MainWindow, gate: Gate, qtbot: QtBot
) -> None:
    row = dialog.rows["tiny"]
    row.download.click()
    wait_for(lambda: "of 2.0 MB" in row.transfer.text.text() or "of 2.1 MB" in row.transfer.text.text(), qtbot)
    assert row.transfer.isVisible()
    assert buttons(row) == ["Cancel"]
    assert models_window.models.button.text().startswith("Downloading: ")
    gate.open()
    wait_until_idle(models_window, qtbot)
    assert row.state.text() == "Installed"
    assert buttons(row) == ["Remove"]
    assert not row.transfer.isVisible()
    assert models_window.models.button.text() == "Models…"
    assert models_of(models_window) == ["Built-in, 2 stems", "Tiny, 2 stems"]
    assert models_window.song_page.model.name == "builtin"
    assert dialog.message.text == ""


def test_a_cancelled_download_is_resumed_where_it_stopped(
    dialog: ModelsDialog, models_window: MainWindow, gate: Gate, archive_server: ArchiveServer, qtbot: QtBot
) -> None:
    row = dialog.rows["tiny"]
    row.download.click()
    wait_for(lambda: row.transfer.bar.value() > 0, qtbot)
    row.cancel.click()
    wait_until_idle(models_window, qtbot)
    assert buttons(row) == ["Discard", "Resume"]
    assert "are here already" in row.note.text()
    assert dialog.message.text == ""
    row.download.click()
    wait_for(lambda: row.state.text() == "Installed", qtbot)
    (_, first), (_, second) = archive_server.asked()
    assert first == 0 < second


def test_an_interrupted_download_can_be_discarded(
    dialog: ModelsDialog, models_window: MainWindow, gate: Gate, qtbot: QtBot
) -> None:
    row = dialog.rows["tiny"]
    row.download.click()
    wait_for(lambda: row.transfer.bar.value() > 0, qtbot)
    row.cancel.click()
    wait_until_idle(models_window, qtbot)
    row.remove.click()
    wait_for(lambda: buttons(row) == ["Download"], qtbot)
    assert not any((paths.models_folder() / ".downloads").iterdir())


@pytest.mark.usefixtures("offline")
def test_without_a_connection_the_dialog_says_so_and_what_works_all_the_same(window: MainWindow, qtbot: QtBot) -> None:
    dialog = shown(window)
    dialog.rows["tiny"].download.click()
    wait_for(lambda: dialog.message.text != "", qtbot)
    assert dialog.message.is_error
    assert "cannot be reached" in dialog.message.text
    assert "built-in model works without" in dialog.message.text
    assert buttons(dialog.rows["tiny"]) == ["Download"]
    assert window.message.text == ""


def test_a_model_whose_files_have_changed_shows_as_damaged_and_is_mended(
    tiny: Model, tiny_model: TinyModel, models_window: MainWindow, qtbot: QtBot
) -> None:
    noise = install(tiny, tiny_model) / "noise.bin"
    content = bytearray(noise.read_bytes())
    content[1000] ^= 1
    noise.write_bytes(content)
    dialog = shown(models_window)
    row = dialog.rows["tiny"]
    wait_for(lambda: row.state.text() == "Damaged", qtbot)
    assert "noise.bin was changed" in row.note.text()
    assert buttons(row) == ["Remove", "Download again"]
    row.download.click()
    wait_until_idle(models_window, qtbot)
    assert row.state.text() == "Installed"
    assert buttons(row) == ["Remove"]


def test_a_whole_model_stays_installed_when_it_is_checked(
    tiny: Model, tiny_model: TinyModel, models_window: MainWindow, qtbot: QtBot
) -> None:
    install(tiny, tiny_model)
    with qtbot.waitSignal(models_window.downloads.checked, timeout=PATIENCE_MS):
        dialog = shown(models_window)
    assert dialog.rows["builtin"].state.text() == "Built in"
    assert dialog.rows["tiny"].state.text() == "Installed"


def test_what_a_check_finds_that_was_overtaken_by_a_download_is_not_told(
    tiny: Model, tiny_model: TinyModel, models_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tiny, tiny_model)
    reached, overtaken = threading.Event(), threading.Event()

    def verify(model: Model, cancel: CancelToken) -> None:
        if model.name == "tiny":
            if not reached.is_set():
                reached.set()
                overtaken.wait()
            raise ModelDamagedError(name="tiny", detail="it was, at that time")

    monkeypatch.setattr(store, "verify", verify)
    row = shown(models_window).rows["tiny"]
    wait_for(reached.is_set, qtbot)
    models_window.downloads.download(row.models[0])
    wait_until_idle(models_window, qtbot)
    with qtbot.waitSignal(models_window.downloads.checked, timeout=PATIENCE_MS):
        overtaken.set()
    assert row.state.text() == "Installed"


def test_texts_of_a_users_own_model_are_no_markup_and_a_long_name_stays_in_its_card(tiny: Model, qtbot: QtBot) -> None:
    name = "<b>choir</b> " * 20
    own = dataclasses.replace(tiny, name=name, own=True, networks=("<i>alto</i>",), citation="<u>me</u>")
    row = ModelRow([own])
    qtbot.addWidget(row)
    row.show_state(store.Status("installed", paths.models_folder() / "choir", 1_000_000), None, "")
    assert row.name.text().startswith("<b>choir</b>")
    assert row.name.sizeHint().width() < 340
    assert "&lt;i&gt;alto&lt;/i&gt;" in row.stems.text().lower()
    assert "<p>&lt;u&gt;me&lt;/u&gt;</p>" in row.details.toolTip()


def test_a_model_is_removed_after_one_question(
    tiny: Model, tiny_model: TinyModel, models_window: MainWindow, qtbot: QtBot
) -> None:
    folder = install(tiny, tiny_model)
    models_window.song_page.models.refresh()
    models_window.song_page.models.choose("tiny")
    assert models_window.song_page.model.name == "tiny"
    row = shown(models_window).rows["tiny"]
    answer(row, "Keep", qtbot)
    assert folder.is_dir()
    answer(row, "Remove", qtbot)
    wait_for(lambda: buttons(row) == ["Download"], qtbot)
    assert not folder.exists()
    assert models_window.song_page.model.name == "builtin"
    assert models_of(models_window) == ["Built-in, 2 stems"]


def answer(row: ModelRow, text: str, qtbot: QtBot) -> None:
    """Asks for the removal, and gives the answer."""
    row.remove.click()
    box = row.window().findChild(QMessageBox)
    assert "Tiny, 2 stems" in box.text()
    with qtbot.waitSignal(box.destroyed, timeout=PATIENCE_MS):
        next(button for button in box.buttons() if button.text() == text).click()


def test_a_model_in_a_spleeter_folder_is_shown_with_its_place_and_cannot_be_removed(
    tiny: Model, tiny_model: TinyModel, models_window: MainWindow, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(tiny_model.folder, tmp_path / "pretrained_models" / "tiny"))
    row = shown(models_window).rows["tiny"]
    assert row.state.text() == "Installed"
    assert row.note.text() == f"Found in {place}"
    assert buttons(row) == []


def test_a_dropped_archive_becomes_a_model_of_the_users_own(
    dialog: ModelsDialog, models_window: MainWindow, tiny_model: TinyModel, tmp_path: Path, qtbot: QtBot
) -> None:
    drop(dialog, own_archive(tmp_path, tiny_model))
    (addition,) = dialog.additions.values()
    assert addition.transfer.text.text() == "Installing…"
    wait_until_idle(models_window, qtbot)
    assert dialog.additions == {}
    row = dialog.rows[str(paths.models_folder() / "my choir")]
    assert row.name.text() == "my choir"
    assert buttons(row) == ["Remove"]
    assert "my choir" in models_of(models_window)
    wait_for(lambda: not row.visibleRegion().isEmpty(), qtbot)


def test_a_folder_chosen_in_the_file_dialog_becomes_a_model_of_the_users_own(
    dialog: ModelsDialog, models_window: MainWindow, tiny_model: TinyModel, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = Path(shutil.copytree(tiny_model.folder, tmp_path / "कोरस"))
    shutil.copyfile(tiny_model.configuration, folder / "chorus.json")
    dialog.choose_folder()
    accept_file(dialog, folder, qtbot)
    wait_for(lambda: "कोरस" in models_of(models_window), qtbot)


def test_an_official_archive_chosen_in_the_file_dialog_is_installed_as_what_it_is(
    dialog: ModelsDialog, models_window: MainWindow, tiny_model: TinyModel, tmp_path: Path, qtbot: QtBot
) -> None:
    archive = tmp_path / "from a friend.tar.gz"
    archive.write_bytes(tiny_model.archive)
    dialog.choose_archive()
    accept_file(dialog, archive, qtbot)
    wait_for(lambda: dialog.rows["tiny"].state.text() == "Installed", qtbot)
    wait_until_idle(models_window, qtbot)


def accept_file(dialog: ModelsDialog, path: Path, qtbot: QtBot) -> None:
    chooser = dialog.findChild(QFileDialog)
    qtbot.waitUntil(chooser.isVisible)
    name = chooser.findChild(QLineEdit, "fileNameEdit")
    name.setText(str(path))
    qtbot.keyClick(name, Qt.Key.Key_Return)


def test_what_is_no_model_is_refused_in_one_sentence(
    dialog: ModelsDialog, models_window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    song = tmp_path / "song.mp3"
    song.write_bytes(b"not a model at all")
    drop(dialog, song)
    wait_for(lambda: dialog.message.text != "", qtbot)
    assert dialog.message.is_error
    assert "“song.mp3”" in dialog.message.text
    assert dialog.additions == {}
    assert len(dialog.rows) == 9


def test_the_dialog_invites_what_is_dragged_over_it(dialog: ModelsDialog, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    enter = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    dialog.dragEnterEvent(enter)
    assert enter.isAccepted()
    assert dialog.is_inviting
    dialog.dragLeaveEvent(QDragLeaveEvent())
    assert not dialog.is_inviting


def test_of_one_archive_one_download_runs(dialog: ModelsDialog, gate: Gate, models_window: MainWindow, qtbot: QtBot) -> None:
    model = dialog.rows["tiny"].models[0]
    for _ in range(3):
        models_window.downloads.download(model)
    assert len(models_window.downloads.transfers) == 1
    gate.open()
    wait_until_idle(models_window, qtbot)


def test_the_folder_of_the_models_is_there_when_it_is_shown(dialog: ModelsDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr("gui.models_dialog.QDesktopServices.openUrl", opened.append)
    dialog.folder_button.click()
    assert paths.models_folder().is_dir()
    assert [Path(url.toLocalFile()) for url in opened] == [paths.models_folder()]


def test_every_control_has_a_name_for_screen_readers(dialog: ModelsDialog, gate: Gate) -> None:
    dialog.rows["tiny"].download.click()
    controls = [control for kind in (QAbstractButton, QProgressBar) for control in dialog.findChildren(kind)]
    visible = [control for control in controls if control.isVisible()]
    assert len(visible) >= 8
    for control in visible:
        assert control.accessibleName() or (isinstance(control, QPushButton) and control.text())
    assert dialog.rows["2stems"].download.accessibleName() == "Download Spleeter, 2 stems"
