"""A mistake in any job of the window becomes a message from which the report can be copied, never silence."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from core import export as core_export
from core import history, jobs, queue_jobs, settings, songs
from core.audio import tags
from core.models import store
from core.settings import Settings
from gui import settings_dialog, song_work
from gui.failures import LastResort
from gui.main_window import MainWindow
from gui.widgets import MessageBar
from tests.gui.whole_window import (
    PATIENCE_MS,
    album,
    all_stems,
    export,
    fill_queue,
    open_song,
    run_queue,
    separate,
    states,
    wait_for,
)

pytestmark = pytest.mark.usefixtures("speaker", "_last_resort")

Break = Callable[[object, str], None]
Check = Callable[[], None]


@pytest.fixture
def _last_resort(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the program installs it."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    LastResort(window.message, window).install()


@pytest.fixture(autouse=True)
def _on_the_cpu(tmp_path: Path) -> None:
    settings.save(Settings(device="cpu", queue_folder=str(tmp_path / "out")))


@pytest.fixture
def break_(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Has a function of a module make a mistake from now on."""

    def mistaken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("a mistake")

    return lambda module, name: monkeypatch.setattr(module, name, mistaken)


@pytest.fixture
def check(window: MainWindow, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> Callable[[], None]:
    """That the mistake is said, can be copied, and is in the log."""

    def check() -> None:
        wait_for(lambda: bool(saying(window)), qtbot)
        (bar,) = saying(window)
        assert bar.is_error
        assert bar.action.text() == "Copy details"
        bar.action.click()
        assert 'raise ZeroDivisionError("a mistake")' in QGuiApplication.clipboard().text()
        assert {record.exc_info[0] for record in caplog.records if record.exc_info} == {ZeroDivisionError}

    return check


def saying(window: MainWindow) -> list[MessageBar]:
    """Of the window, its pages and its dialogs."""
    return [bar for bar in window.findChildren(MessageBar) if "ZeroDivisionError: a mistake" in bar.text]


def separated_and_exported(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    separate(window, album(tmp_path, 1)[0], qtbot)
    wait_for(lambda: window.work._entry is not None, qtbot)
    (tmp_path / "stems").mkdir()
    export(window, all_stems(window, tmp_path / "stems"), qtbot)


def test_while_a_song_is_opened(window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check) -> None:
    break_(song_work, "probe")
    open_song(window, album(tmp_path, 1)[0], qtbot)
    assert window.work.song is None
    check()


def test_while_a_song_is_separated(window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check) -> None:
    break_(jobs, "separate_song")
    open_song(window, album(tmp_path, 1)[0], qtbot)
    window.song_page.separate_button.click()
    wait_for(lambda: window.work.running_job is None, qtbot)
    assert window.song_page.separate_button.isVisible()
    check()


def test_while_a_song_is_put_into_the_history(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check
) -> None:
    break_(history, "add")
    separate(window, album(tmp_path, 1)[0], qtbot)
    check()


def test_while_a_song_is_exported(window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check) -> None:
    break_(core_export, "perform")
    separated_and_exported(window, tmp_path, qtbot)
    assert window.song_page.export_button.isEnabled()
    check()


def test_while_an_export_is_put_into_the_history(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check
) -> None:
    break_(history, "exported")
    separated_and_exported(window, tmp_path, qtbot)
    assert {path.stem for path in (tmp_path / "stems").iterdir()} == {"vocals", "accompaniment"}
    check()


def test_while_the_export_dialog_reads_the_tags(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check
) -> None:
    separate(window, album(tmp_path, 1)[0], qtbot)
    break_(tags, "read")
    window.work.choose_export()
    check()


def test_while_a_song_is_opened_again(window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check) -> None:
    separated_and_exported(window, tmp_path, qtbot)
    kept = window.work.session
    break_(song_work, "reopen")
    window.work.open_entry(history.load()[0])
    wait_for(lambda: window.work.running_job is None, qtbot)
    assert window.work.session is kept
    check()


def test_in_the_queue_the_song_fails_and_the_next_one_is_separated(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_queue(window, album(tmp_path, 2), qtbot)
    with monkeypatch.context() as mended:
        working = queue_jobs.separate_item
        break_(queue_jobs, "separate_item")
        window.runner.item_changed.connect(
            lambda item: mended.setattr(queue_jobs, "separate_item", working) if item.state == "failed" else None
        )
        run_queue(window, qtbot)
        assert states(window) == ["failed", "done"]
    check()


def test_while_songs_are_looked_for(window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check) -> None:
    break_(songs, "expand")
    window.take(album(tmp_path, 2))
    wait_for(lambda: window.queue_page.intake.idle, qtbot)
    assert window.queue_page.count.text() == ""
    check()


def test_while_lengths_are_found_out(window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check) -> None:
    break_(queue_jobs, "probe")
    window.take(album(tmp_path, 2))
    wait_for(lambda: window.queue_page.intake.idle, qtbot)
    assert states(window) == ["waiting"] * 2
    check()


def test_while_a_done_song_is_looked_up(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check
) -> None:
    fill_queue(window, album(tmp_path, 1), qtbot)
    window.show_page("queue")
    run_queue(window, qtbot)
    break_(history, "of_files")
    window.queue_page.table.selectRow(0)
    window.queue_page.open_item()
    check()


@pytest.mark.parametrize("function", ["load", "standing"])
def test_while_the_history_is_read(
    function: str, window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check
) -> None:
    history.add(album(tmp_path, 1)[0], 66150, 44100, "builtin", ("vocals", "accompaniment"))
    break_(history, function)
    window.show_page("history")
    check()


def test_while_the_history_is_changed(window: MainWindow, tmp_path: Path, qtbot: QtBot, break_: Break, check: Check) -> None:
    history.add(album(tmp_path, 1)[0], 66150, 44100, "builtin", ("vocals", "accompaniment"))
    with qtbot.waitSignal(window.history_page.refreshed, timeout=PATIENCE_MS):
        window.show_page("history")
    break_(history, "remove")
    with qtbot.waitSignal(window.history_page.refreshed, timeout=PATIENCE_MS):
        window.history_page.remove_button.click()
    assert window.history_page.model.rowCount() == 1
    check()


def test_while_devices_are_looked_for(window: MainWindow, break_: Break, check: Check) -> None:
    break_(settings_dialog, "survey")
    window.choose_settings()
    check()


@pytest.mark.usefixtures("two_models")
def test_while_a_choice_is_kept(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, break_: Break, check: Check
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(settings, "change", settings.change)  # to be put back before the window is closed
        break_(settings, "change")
        window.song_page.models.show_model("builtin")
        window.song_page.models.choose("second")
        check()


@pytest.mark.parametrize("dialog", [False, True])
def test_while_a_model_is_downloaded(dialog: bool, window: MainWindow, break_: Break, check: Check) -> None:
    break_(store, "download")
    if dialog:
        window.models.show()
    window.downloads.download(window.song_page.model)
    check()


def test_while_models_are_checked(window: MainWindow, break_: Break, check: Check) -> None:
    break_(store, "verify")
    window.downloads.check([window.song_page.model])
    check()
