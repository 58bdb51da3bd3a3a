"""The whole way to an official model in a real window: asked for, downloaded, interrupted, resumed, used, mended."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from core import paths
from core.models import store
from gui import theme
from gui.main_window import MainWindow
from gui.models_dialog import ModelsDialog
from tests.real.test_window import DEMO, click, picture
from tests.support import archives
from tests.support.archive_server import ArchiveServer, Exchange
from tests.support.downloads import QUICK
from tests.support.loopback import closed_port
from tests.support.model_windows import wait_for


@pytest.fixture(scope="session")
def archive(checkpoints: Callable[[str], Path]) -> bytes:
    """An archive like the official one for two stems, with random weights."""
    return archives.packed(archives.files_of(checkpoints("2stems") / "2stems"))


@pytest.fixture
def _offered(archive: bytes, archive_server: ArchiveServer, use_catalogue: Callable[[str], None]) -> None:
    url = archive_server.serve("/2stems.tar.gz", archive)
    nowhere = f"http://127.0.0.1:{closed_port()}/4stems.tar.gz"
    unreachable = archives.offer(b"another archive", nowhere, size=None, about=146_800_000)
    use_catalogue(archives.catalogue_text({"2stems": archives.offer(archive, url), "4stems": unreachable}))


def slowly(exchange: Exchange) -> None:
    """20 MB a second."""
    answer = exchange.answer()
    exchange.send_head(answer)
    for start in range(0, len(answer.body), 1_000_000):
        exchange.wfile.write(answer.body[start : start + 1_000_000])
        time.sleep(0.05)


def shown(window: MainWindow, qtbot: QtBot) -> ModelsDialog:
    dialog = window.models.dialog
    assert dialog is not None
    with qtbot.waitExposed(dialog):
        pass
    return dialog


@pytest.mark.usefixtures("_offered")
def test_a_model_goes_from_the_list_through_a_download_to_a_separated_song(
    window: MainWindow, archive_server: ArchiveServer, qtbot: QtBot
) -> None:
    archive_server.script(slowly)
    window.work.open_song(DEMO)
    wait_for(lambda: window.pages.currentWidget() is window.song_page and window.work.running_job is None, qtbot)
    box = window.song_page.models
    click(box, qtbot)
    wait_for(box.view().isVisible, qtbot)
    picture(box.view().window(), "models-list")
    qtbot.keyClick(box.view(), Qt.Key.Key_Down)
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)
    dialog = shown(window, qtbot)
    row = dialog.rows["2stems"]
    wait_for(row.download.hasFocus, qtbot)
    assert box.currentText() == "Built-in, 2 stems"
    picture(dialog, "models-available")

    qtbot.keyClick(row.download, Qt.Key.Key_Space)
    wait_for(lambda: row.transfer.bar.value() >= 390 and "left" in row.transfer.text.text(), qtbot)
    picture(dialog, "models-downloading")
    click(row.cancel, qtbot)
    wait_for(lambda: row.download.isVisible(), qtbot)
    assert row.download.text() == "Resume"
    picture(dialog, "models-interrupted")
    click(row.download, qtbot)
    wait_for(lambda: row.state.text() == "Installed", qtbot)
    picture(dialog, "models-installed")
    click(dialog.close_button, qtbot)

    assert window.song_page.model.name == "spleeter:2stems"
    click(window.song_page.separate_button, qtbot)
    wait_for(lambda: window.work.running_job is None, qtbot)
    picture(window, "models-separated")
    assert window.work.session is not None
    assert not window.message.is_error


@pytest.mark.usefixtures("_offered")
def test_what_goes_wrong_with_a_model_is_shown_and_can_be_mended(
    window: MainWindow, archive: bytes, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "Patience", lambda: QUICK)
    file = tmp_path / "2stems.tar.gz"
    file.write_bytes(archive)
    click(window.models.button, qtbot)
    dialog = shown(window, qtbot)
    dialog.add(file)
    wait_for(lambda: dialog.rows["2stems"].state.text() == "Installed", qtbot)
    click(dialog.rows["4stems"].download, qtbot)
    wait_for(lambda: dialog.message.text != "", qtbot)
    assert "cannot be reached" in dialog.message.text
    picture(dialog, "models-offline")
    click(dialog.close_button, qtbot)

    data = next((paths.models_folder() / "2stems").glob("*.data-*"))
    with data.open("rb+") as opened:
        opened.write(bytes(100))
    window.activateWindow()
    wait_for(lambda: QApplication.activeWindow() is window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    dialog = shown(window, qtbot)
    row = dialog.rows["2stems"]
    wait_for(lambda: row.state.text() == "Damaged", qtbot)
    picture(dialog, "models-damaged")
    click(row.download, qtbot)
    wait_for(lambda: row.state.text() == "Installed", qtbot)
    click(row.remove, qtbot)
    box = dialog.findChild(QMessageBox)
    with qtbot.waitExposed(box):
        pass
    picture(box, "models-remove")
    click(next(button for button in box.buttons() if button.text() == "Remove"), qtbot)
    wait_for(lambda: row.download.isVisible(), qtbot)
    assert not data.exists()


@pytest.mark.parametrize("scheme", [Qt.ColorScheme.Light, Qt.ColorScheme.Dark])
def test_nothing_is_cut_off_in_the_smallest_dialog(
    scheme: Qt.ColorScheme, window: MainWindow, tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp, scheme)
    downloads = paths.models_folder() / ".downloads"
    downloads.mkdir(parents=True)
    (downloads / "4stems.tar.gz.part").write_bytes(bytes(12_300_000))
    (paths.models_folder() / "5stems").mkdir()
    window.models.show("spleeter:5stems")
    dialog = shown(window, qtbot)
    dialog.resize(dialog.minimumSize())
    QApplication.processEvents()
    picture(dialog, f"models-smallest-{scheme.name.lower()}")
    for row in dialog.rows.values():
        for widget in (*row.findChildren(QLabel), *row.findChildren(QPushButton)):
            if widget.isVisible():
                assert row.rect().contains(widget.mapTo(row, widget.rect().bottomRight()))
                needed = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else widget.sizeHint().height()
                assert widget.height() >= needed
                assert widget.width() >= widget.minimumSizeHint().width()
