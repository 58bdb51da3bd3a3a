"""The support bundle in the window: looked through, then saved where the user wants it."""

import logging
import zipfile
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core import support
from core.cancel import CancelToken
from core.errors import FileMissingError
from core.support import Part
from gui import failures, support_dialog
from gui.about_dialog import AboutDialog
from gui.support_dialog import SupportDialog
from gui.widgets import MessageBar

PATIENCE_MS = 60_000
PARTS = [Part("about.txt", "Antara <b>1</b>\n"), Part("log/antara.log", "a line\n")]


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture(autouse=True)
def _collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a bundle holds is tested in core."""
    monkeypatch.setattr(support, "collect", lambda cancel: PARTS)


def opened(parent: QWidget, qtbot: QtBot) -> SupportDialog:
    dialog = SupportDialog(parent)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.parts), timeout=PATIENCE_MS)
    return dialog


def test_everything_can_be_looked_through_before_it_is_saved(parent: QWidget, qtbot: QtBot) -> None:
    dialog = SupportDialog(parent)
    dialog.show()
    assert not dialog.save_button.isEnabled()
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=PATIENCE_MS)
    assert [dialog.list.item(row).text() for row in range(dialog.list.count())] == ["Program and computer", "antara.log"]
    assert dialog.text.toPlainText() == PARTS[0].text
    dialog.list.setCurrentRow(1)
    assert dialog.text.toPlainText() == PARTS[1].text
    assert dialog.text.isReadOnly()


def test_what_was_looked_at_is_saved_and_can_be_shown(
    parent: QWidget, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(support_dialog, "show_in_folder", shown.append)
    dialog, target = opened(parent, qtbot), tmp_path / "बंडल.zip"
    dialog.save(target)
    qtbot.waitUntil(lambda: dialog.message.text == "Saved “बंडल.zip”.", timeout=PATIENCE_MS)
    with zipfile.ZipFile(target) as bundle:
        assert bundle.namelist() == [part.name for part in PARTS]
    dialog.message.action.click()
    assert shown == [target]


def test_the_file_dialog_proposes_a_name_and_asks_about_files_that_are_there(parent: QWidget, qtbot: QtBot) -> None:
    dialog = opened(parent, qtbot)
    dialog.save_button.click()
    chooser = dialog.findChild(QFileDialog)
    assert chooser.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    assert not chooser.testOption(QFileDialog.Option.DontConfirmOverwrite)
    assert [Path(name).name for name in chooser.selectedFiles()] == [support.file_name()]
    chooser.reject()


def test_a_file_that_cannot_be_written_is_said_and_another_one_can_be_chosen(
    parent: QWidget, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    dialog = opened(parent, qtbot)
    dialog.save(tmp_path / "file" / "bundle.zip")
    qtbot.waitUntil(lambda: dialog.message.is_error, timeout=PATIENCE_MS)
    assert "cannot be written" in dialog.message.text
    assert dialog.save_button.isEnabled()


def test_closing_it_ends_the_collecting(parent: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: list[CancelToken] = []

    def collect(cancel: CancelToken) -> list[Part]:
        tokens.append(cancel)
        while True:
            cancel.raise_if_cancelled()

    monkeypatch.setattr(support, "collect", collect)
    dialog = SupportDialog(parent)
    dialog.show()
    qtbot.waitUntil(lambda: bool(tokens), timeout=PATIENCE_MS)
    dialog.reject()
    assert tokens[0].cancelled


def test_the_about_box_leads_to_it(parent: QWidget, qtbot: QtBot) -> None:
    about = AboutDialog(parent)
    about.show()
    qtbot.waitUntil(lambda: about.engines.text() != "…", timeout=PATIENCE_MS)
    about.support.click()
    dialog = parent.findChild(SupportDialog)
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=PATIENCE_MS)
    dialog.close()


def test_what_the_window_says_of_an_error_is_in_the_log(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    with caplog.at_level(logging.WARNING):
        failures.show(bar, FileMissingError(path=Path("a\nb.mp3")))
    assert [record.getMessage() for record in caplog.records] == ["told: file_missing(path=a�b.mp3)"]
