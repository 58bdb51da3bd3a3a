"""How songs come into the window: by name, dropped, pasted, from a second start; and where they end up."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core import history
from gui.main_window import MainWindow
from tests.gui.whole_window import (
    PATIENCE_MS,
    album,
    drop,
    mime,
    open_song,
    queued,
    separate,
    wait_for,
    wait_for_job,
)

pytestmark = pytest.mark.usefixtures("speaker")

ROOT = Path(__file__).resolve().parents[2]

Bring = Callable[[MainWindow, list[Path]], object]


def paste(window: MainWindow, paths: list[Path]) -> None:
    """With the keyboard, wherever its focus is."""
    QGuiApplication.clipboard().setMimeData(mime(paths))
    window.activateWindow()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def drop_on_page(window: MainWindow, paths: list[Path]) -> None:
    assert drop(window.pages.currentWidget(), paths)


WAYS: dict[str, Bring] = {
    "as from the command line": lambda window, paths: window.take(paths),
    "second start": lambda window, paths: window.receive(paths),
    "dropped": drop_on_page,
    "pasted": paste,
}


@pytest.fixture(params=WAYS)
def bring(request: pytest.FixtureRequest) -> Bring:
    return WAYS[request.param]


def settled(window: MainWindow) -> bool:
    return window.work.running_job is None and window.queue_page.intake.idle


@pytest.mark.parametrize("page", ["song", "history"])
def test_one_file_is_shown_whichever_way_it_comes(
    page: str, bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    window.show_page(page)
    bring(window, [song])
    wait_for(lambda: window.pages.currentWidget() is window.song_page, qtbot)
    wait_for(lambda: settled(window), qtbot)
    assert window.work.song is not None
    assert window.work.song.path == song
    assert queued(window) == []
    assert window.footer.pages["song"].isChecked()


@pytest.mark.parametrize("page", ["song", "queue", "history"])
def test_several_files_go_into_the_queue_and_it_is_shown(
    page: str, bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    songs = album(tmp_path, 3)
    window.show_page(page)
    bring(window, songs)
    wait_for(lambda: len(queued(window)) == 3, qtbot)
    wait_for(lambda: settled(window), qtbot)
    assert queued(window) == songs
    assert window.pages.currentWidget() is window.queue_page
    assert window.footer.pages["queue"].isChecked()
    assert window.footer.pages["queue"].text() == "Queue (3)"
    assert window.work.song is None


def test_several_files_over_a_song_that_is_shown_leave_it_there(
    bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    shown, *others = album(tmp_path, 3)
    open_song(window, shown, qtbot)
    bring(window, others)
    wait_for(lambda: queued(window) == others, qtbot)
    window.show_page("song")
    assert window.pages.currentWidget() is window.song_page
    assert window.work.song is not None
    assert window.work.song.path == shown


@pytest.mark.parametrize("page", ["song", "queue", "history"])
def test_a_folder_goes_into_the_queue_even_if_it_is_named_like_a_song(
    page: str, bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    songs = album(tmp_path / "album.mp3", 2)
    window.show_page(page)
    bring(window, [tmp_path / "album.mp3"])
    wait_for(lambda: queued(window) == songs, qtbot)
    assert window.pages.currentWidget() is window.queue_page
    assert window.message.text == ""


def test_a_song_that_comes_while_another_one_is_separated_goes_into_the_queue(
    bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    first, second = album(tmp_path, 2)
    open_song(window, first, qtbot)
    window.song_page.separate_button.click()
    bring(window, [second])
    assert window.pages.currentWidget() is window.queue_page
    wait_for(lambda: queued(window) == [second], qtbot)
    wait_for_job(window, qtbot)
    assert window.work.session is not None
    assert window.work.session.song == first


def test_one_song_that_is_dropped_or_pasted_on_the_queue_goes_into_it(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    songs = album(tmp_path, 3)
    window.show_page("queue")
    for way, song in zip((drop_on_page, paste, drop_on_page), songs, strict=True):
        way(window, [song])  # the third one on the table, which takes drags of its own rows
        wait_for(lambda song=song: settled(window) and song in queued(window), qtbot)
    assert queued(window) == songs
    assert window.work.song is None


def test_a_file_that_is_gone_is_refused_by_name_and_the_page_stays(
    bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.show_page("history")
    bring(window, [tmp_path / "gone.mp3"])
    wait_for(lambda: window.message.is_error, qtbot)
    assert window.message.text == "“gone.mp3” is not there; check the name."
    assert window.pages.currentWidget() is window.history_page


def test_a_file_that_is_gone_among_others_waits_and_fails_in_its_turn(
    bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    bring(window, [tmp_path / "gone.mp3", song])
    wait_for(lambda: queued(window) == [tmp_path / "gone.mp3", song], qtbot)
    assert window.message.text == ""


def test_a_folder_without_songs_is_said(bring: Bring, window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "empty").mkdir()
    bring(window, [tmp_path / "empty"])
    wait_for(lambda: window.message.text != "", qtbot)
    assert window.message.text == "No songs were found in what was added."


def test_nothing_in_the_clipboard_and_a_start_without_files_change_nothing(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    separate(window, album(tmp_path, 1)[0], qtbot)
    session = window.work.session
    QGuiApplication.clipboard().setText("no path")
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    window.take([])
    window.showMinimized()
    window.receive([])
    assert not window.isMinimized()
    assert window.work.session is session
    assert window.pages.currentWidget() is window.song_page
    assert window.message.text == ""
    assert queued(window) == []


def test_files_that_are_dropped_or_pasted_over_the_list_of_the_history_are_no_search(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    listed, *others = album(tmp_path, 4)
    history.add(listed, 66150, 44100, "builtin", ("vocals", "accompaniment"))
    page = window.history_page
    for way, song in zip((paste, drop_on_page, lambda window, paths: drop(page.search, paths)), others, strict=True):
        with qtbot.waitSignal(page.refreshed, timeout=PATIENCE_MS):
            qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
        assert page.search.isVisible()
        way(window, [song])
        wait_for(lambda song=song: window.work.song is not None and window.work.song.path == song, qtbot)
        assert page.search.text() == ""


@pytest.mark.parametrize("count", [1, 2])
def test_files_on_the_command_line_come_in_and_a_second_start_brings_more(count: int, tmp_path: Path) -> None:
    songs = album(tmp_path, 4)
    names = [song.name for song in songs]  # as typed in their folder
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    start = [sys.executable, "-m", "tests.support.window_program", "settle"]
    first = subprocess.Popen(
        [*start, *names[:count]], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    with first:
        assert first.stdout is not None
        told = first.stdout.readline().strip()
        second = subprocess.run(
            [*start, *names[2:]], cwd=tmp_path, env=environment, capture_output=True, timeout=PATIENCE_MS / 1000, check=True
        )
        more = first.stdout.readline().strip()
        assert first.wait(PATIENCE_MS / 1000) == 0
    assert second.stdout == b""
    if count == 1:
        assert told == f"song {names[0]} []"
        assert more == f"queue {names[0]} {names[2:]}"
    else:
        assert told == f"queue - {names[:2]}"
        assert more == f"queue - {names}"
