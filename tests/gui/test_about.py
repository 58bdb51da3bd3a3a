"""The box that says what this program is."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core import __version__, paths, releases
from core.errors import ReleaseUnknownError
from core.releases import Release
from gui import about_dialog
from gui.about_dialog import AboutDialog
from gui.help_sheet import HelpSheet

PATIENCE_MS = 60_000


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def opened(parent: QWidget, qtbot: QtBot) -> AboutDialog:
    dialog = AboutDialog(parent)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.engines.text() != "…", timeout=PATIENCE_MS)
    return dialog


def test_it_says_version_engines_devices_and_where_the_log_is(parent: QWidget, qtbot: QtBot) -> None:
    dialog = opened(parent, qtbot)
    assert "OpenVINO" in dialog.engines.text()
    assert dialog.devices.text().endswith("CPU")
    assert dialog.log.text() == str(paths.logs_folder())
    dialog.copy.click()
    copied = QApplication.clipboard().text()
    assert copied.startswith(f"Antara {__version__}, Python")
    assert dialog.engines.text() in copied


def test_the_licences_that_it_shows_are_there() -> None:
    assert "GNU GENERAL PUBLIC LICENSE" in paths.licences_file().read_text("utf-8")


def test_nobody_is_asked_for_a_newer_version_unless_the_button_is_pressed(
    parent: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(releases, "repository", lambda: "someone/antara")
    monkeypatch.setattr(releases, "newer", asked.append)
    dialog = opened(parent, qtbot)
    assert asked == []
    dialog.check.click()
    qtbot.waitUntil(lambda: dialog.news.text() == "This is the newest version.", timeout=PATIENCE_MS)
    assert asked == ["someone/antara"]


def test_a_newer_version_is_named_and_its_page_opens(parent: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []
    monkeypatch.setattr(about_dialog.QDesktopServices, "openUrl", lambda url: pages.append(url.toString()))
    dialog = opened(parent, qtbot)
    dialog.show_release(Release("1000.2", "https://example.org/release"))
    assert "1000.2" in dialog.news.text()
    dialog.check.click()
    assert pages == ["https://example.org/release"]


def test_a_server_that_does_not_answer_is_said_and_can_be_asked_again(
    parent: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer(owner: str) -> Release | None:
        raise ReleaseUnknownError(host="example.org", detail="no network")

    monkeypatch.setattr(releases, "newer", newer)
    dialog = opened(parent, qtbot)
    dialog.check.click()
    qtbot.waitUntil(lambda: "example.org" in dialog.news.text(), timeout=PATIENCE_MS)
    assert dialog.check.text() == "Check for a newer version"


def test_a_program_that_nobody_released_offers_no_check(parent: QWidget, qtbot: QtBot) -> None:
    assert not opened(parent, qtbot).check.isVisible()


def test_the_sheet_of_keys_leads_to_it(parent: QWidget, qtbot: QtBot, tmp_path: Path) -> None:
    sheet = HelpSheet(parent)
    sheet.show()
    sheet.about.click()
    qtbot.waitUntil(lambda: bool(parent.findChildren(AboutDialog)), timeout=PATIENCE_MS)
    dialog = parent.findChildren(AboutDialog)[0]
    qtbot.waitUntil(lambda: dialog.engines.text() != "…", timeout=PATIENCE_MS)
    dialog.close()
