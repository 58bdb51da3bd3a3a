"""The program ends at work, by itself or as by kill -9 and a failure of the power; the next window goes on where it was."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core import history, paths, session, settings
from core.settings import Settings
from gui.main_window import MainWindow
from gui.single_instance import Listener
from tests.gui.whole_window import (
    PATIENCE_MS,
    album,
    all_stems,
    export,
    files_below,
    queued,
    run_queue,
    separate,
    sound,
    states,
    wait_for,
    wait_for_job,
)

pytestmark = pytest.mark.usefixtures("speaker")

ROOT = Path(__file__).resolve().parents[2]

STEMS = ("vocals", "accompaniment")

NewWindow = Callable[[], MainWindow]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the queue writes."""
    chosen = Settings(device="cpu", queue_folder=str(tmp_path / "out"), export_folder=str(tmp_path / "exports"))
    settings.save(chosen)
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def play(script: str, songs: list[Path], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """The program with this script; see tests/support/window_program.py."""
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.support.window_program", script, *map(str, songs)]
    patience_s = 2 * PATIENCE_MS / 1000
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=patience_s, check=False)


def play_until_killed(script: str, songs: list[Path], tmp_path: Path) -> None:
    ended = play(script, songs, tmp_path)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def contents(folder: Path) -> dict[str, bytes]:
    """Of the files that are not hidden."""
    return {name: (folder / name).read_bytes() for name in files_below(folder) if "/." not in f"/{name}"}


def right(songs: list[Path]) -> set[str]:
    """The files that the queue writes of these songs."""
    return {f"{song.stem}/{stem}.wav" for song in songs for stem in STEMS}


def start_again(new_window: NewWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MainWindow:
    """As the program does."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    window = new_window()
    listener = Listener(window)
    listener.listen()
    assert listener.listening
    listener.close()
    session.remove_stale_sessions()
    assert files_below(paths.sessions_folder()) == set()
    return window


def finish(window: MainWindow, songs: list[Path], out: Path, before: dict[str, bytes], qtbot: QtBot) -> None:
    """Runs the rest, which touches nothing that was done, and leaves nothing else."""
    run_queue(window, qtbot)
    assert states(window) == ["done"] * len(songs)
    assert files_below(out) == right(songs)
    assert {name: (out / name).read_bytes() for name in before} == before
    for song in songs:
        whole = sound(out / song.stem / "vocals.wav") + sound(out / song.stem / "accompaniment.wav")
        assert np.abs(whole - sound(song)).max() < 2.0**-13
    assert {Path(entry.song) for entry in history.load()} >= set(songs)


def test_killed_after_the_first_song_it_stays_done_and_the_others_wait(
    new_window: NewWindow, out: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = album(tmp_path / "in", 6)
    play_until_killed("die_after_first", songs, tmp_path)
    before = contents(out)
    assert set(before) == right(songs[:1])
    window = start_again(new_window, monkeypatch, tmp_path)
    assert queued(window) == songs
    assert states(window) == ["done"] + 5 * ["waiting"]
    assert not any(item.interrupted for item in window.queue_page.model.items)
    assert window.message.text == ""
    finish(window, songs, out, before, qtbot)


def test_killed_in_the_second_song_it_waits_and_is_marked_as_interrupted(
    new_window: NewWindow, out: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = album(tmp_path / "in", 6)
    (long,) = album(tmp_path / "long", 1, seconds=40)
    songs = [first, long.rename(others[0]), *others[1:]]
    play_until_killed("die_in_second", songs, tmp_path)
    before = contents(out)
    assert set(before) == right(songs[:1])
    window = start_again(new_window, monkeypatch, tmp_path)
    assert states(window) == ["done"] + 5 * ["waiting"]
    assert [item.interrupted for item in window.queue_page.model.items] == [False, True, False, False, False, False]
    window.show_page("queue")
    window.queue_page.table.selectRow(1)
    assert "Antara ended during this song" in window.queue_page.detail.text()
    finish(window, songs, out, before, qtbot)


def test_killed_while_a_folder_was_added_what_was_in_the_queue_is_there_in_its_order(
    new_window: NewWindow, out: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = album(tmp_path / "in", 6)
    play_until_killed("die_while_adding", [tmp_path / "in"], tmp_path)
    window = start_again(new_window, monkeypatch, tmp_path)
    found = queued(window)
    assert 3 <= len(found) <= 6
    assert found == songs[: len(found)]
    assert [item.interrupted for item in window.queue_page.model.items] == [True] + (len(found) - 1) * [False]
    finish(window, found, out, contents(out), qtbot)


def test_killed_during_an_export_nothing_of_it_stays_and_the_next_one_sweeps_up(
    new_window: NewWindow, out: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = album(tmp_path / "in", 6, seconds=4)
    (long,) = album(tmp_path / "long", 1, seconds=60)
    long.replace(songs[1])  # it is at work all through the export
    play_until_killed("die_while_exporting", songs, tmp_path)
    before, exports = contents(out), tmp_path / "exports"
    assert right(songs[:1]) <= set(before)
    assert contents(exports) == {}
    assert files_below(exports) != set()  # hidden parts, of which nobody but the next export there knows
    window = start_again(new_window, monkeypatch, tmp_path)
    assert states(window)[0] == "done"
    assert states(window).count("waiting") == 5
    assert window.queue_page.model.items[1].interrupted
    window.work.open_entry(history.load()[0])
    wait_for_job(window, qtbot)
    assert window.work.session is not None
    assert window.work.session.song == songs[0]
    export(window, all_stems(window, exports), qtbot)
    assert files_below(exports) == {f"{stem}.wav" for stem in STEMS}
    finish(window, songs, out, before, qtbot)


def test_killed_while_the_shown_song_was_separated_nothing_is_left_and_it_can_be_separated_again(
    new_window: NewWindow, out: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (song,) = album(tmp_path / "in", 1, seconds=40)
    play_until_killed("die_while_separating", [song], tmp_path)
    assert files_below(paths.sessions_folder()) != set()
    window = start_again(new_window, monkeypatch, tmp_path)
    assert queued(window) == []
    assert history.load() == ()
    found = separate(window, song, qtbot)
    assert found.frames == len(sound(song))
    wait_for(lambda: len(history.load()) == 1, qtbot)


def test_the_program_ends_with_the_window_whatever_goes_on(out: Path, tmp_path: Path) -> None:
    songs = album(tmp_path / "in", 6, seconds=10)
    ended = play("close_at_work", songs, tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "closed\n")
    assert [line for line in ended.stderr.splitlines() if not line.endswith("the window is there")] == []
    assert files_below(paths.sessions_folder()) == set()
    # The queue's first song may have been done in time; of no other one there is anything.
    assert files_below(out) in (set(), right(songs[1:2]))
