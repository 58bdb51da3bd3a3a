"""The queue at work: real separations of short songs, and jobs that the test holds in its hand."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import paths, queue_jobs
from core.cancel import CancelToken
from core.errors import CancelledError, FileMissingError
from core.messages import Notice
from core.progress import Progress
from core.queue import Queue, open_queue
from core.queue_items import Item
from core.queue_journal import read
from core.settings import Settings
from core.turns import Turns
from gui.queue_runner import QueueRunner
from tests.gui.queue_pages import PATIENCE_MS, SONGS, ids, new_runner, states, wait_for
from tests.support import songs


@pytest.fixture
def owner(qapp: QApplication) -> Iterator[QObject]:
    owner = QObject()
    yield owner
    owner.deleteLater()


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = open_queue(lambda error: None)
    yield queue
    queue.close()


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def runner(queue: Queue, owner: QObject, turns: Turns, tmp_path: Path) -> Iterator[QueueRunner]:
    settings = Settings(model="builtin", device="cpu", queue_folder=str(tmp_path / "out"))
    runner = new_runner(queue, owner, settings, turns)
    yield runner
    runner.close()


class Script:
    """Stands for the separation: each song waits until the test lets it end, as the test says."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.ends: dict[str, Exception] = {}
        self.go_on = threading.Event()

    def __call__(
        self, item: Item, settings: object, engines: object, turns: object, cancel: CancelToken, *rest: object
    ) -> dict[str, Path]:
        self.started.append(item.song.stem)
        while not self.go_on.wait(0.005):
            cancel.raise_if_cancelled()
        if item.song.stem in self.ends:
            raise self.ends[item.song.stem]
        return {"vocals": Path("/out") / item.song.stem / "vocals.wav"}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    script = Script()
    monkeypatch.setattr(queue_jobs, "separate_item", script)
    yield script
    script.go_on.set()


def run_all(runner: QueueRunner, qtbot: QtBot) -> None:
    with qtbot.waitSignal(runner.finished_all, timeout=PATIENCE_MS):
        runner.start()


def test_songs_are_separated_one_after_another_and_the_files_are_theirs(
    runner: QueueRunner, queue: Queue, tmp_path: Path, qtbot: QtBot
) -> None:
    album = [songs.write(tmp_path / f"गीत {seed}.flac", 0.5 * songs.music(2, seed=seed)) for seed in (1, 2, 3)]
    bad = tmp_path / "no song.mp3"
    bad.write_bytes(b"no song at all")
    queue.add([album[0], bad, album[1], tmp_path / "missing.mp3", album[2]])
    done: list[tuple[Item, dict[str, Path]]] = []
    seen: dict[int, Progress] = {}
    news: list[tuple[int, Notice]] = []
    runner.done.connect(lambda item, files: done.append((item, files)))
    runner.progress.connect(lambda item_id, progress: seen.update({item_id: progress}))
    runner.noticed.connect(lambda item_id, notice: news.append((item_id, notice)))
    run_all(runner, qtbot)
    assert [item.state for item in queue.items] == ["done", "failed", "done", "failed", "done"]
    assert [item.song for item, _ in done] == album
    for item, files in done:
        assert files == item.files
        assert {path.parent.name for path in files.values()} == {item.song.stem}
        stems = sum(soundfile.read(path)[0] for path in files.values())
        assert np.abs(stems - soundfile.read(item.song)[0]).max() < 1e-4
    assert {item_id: progress.fraction for item_id, progress in seen.items()} == {1: 1.0, 3: 1.0, 5: 1.0}
    assert {item_id for item_id, _ in news} == {1, 3, 5}
    failures = [item.failure.code for item in queue.items if item.failure]
    assert failures == ["not_audio", "file_missing"]
    assert runner.state == "idle"


def test_each_end_is_on_the_disk_before_the_next_song_begins(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[list[str]] = []

    def separate(item: Item, *rest: object) -> dict[str, Path]:
        kept = read(paths.queue_file().read_bytes()).items
        found.append([kept[number].state for number in range(1, item.id)])
        return {}

    monkeypatch.setattr(queue_jobs, "separate_item", separate)
    queue.add(SONGS)
    queue.flush()
    run_all(runner, qtbot)
    assert found == [["done"] * number for number in range(5)]


def test_a_song_that_fails_stops_nothing(runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot) -> None:
    script.ends = {"b": FileMissingError(path=SONGS[1]), "d": CancelledError()}
    script.go_on.set()
    queue.add(SONGS)
    run_all(runner, qtbot)
    assert states(queue) == {"a": "done", "b": "failed", "c": "done", "d": "cancelled", "e": "done"}


def test_a_song_that_was_cancelled_while_it_waited_is_really_not_run(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot
) -> None:
    queue.add(SONGS)
    runner.start()
    wait_for(lambda: script.started == ["a"], qtbot)
    runner.cancel(ids(queue, "bd"))
    with qtbot.waitSignal(runner.finished_all, timeout=PATIENCE_MS):
        script.go_on.set()
    assert script.started == ["a", "c", "e"]
    assert states(queue) == {"a": "done", "b": "cancelled", "c": "done", "d": "cancelled", "e": "done"}


def test_cancel_ends_the_song_that_runs_and_the_next_one_begins(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot
) -> None:
    queue.add(SONGS)
    runner.start()
    wait_for(lambda: script.started == ["a"], qtbot)
    assert runner.current
    runner.cancel([runner.current.id])
    wait_for(lambda: script.started == ["a", "b"], qtbot)
    assert states(queue)["a"] == "cancelled"


def test_cancel_all_ends_everything(runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot) -> None:
    queue.add(SONGS)
    runner.start()
    wait_for(lambda: bool(script.started), qtbot)
    with qtbot.waitSignal(runner.finished_all, timeout=PATIENCE_MS):
        runner.cancel_all()
    assert script.started == ["a"]
    assert set(states(queue).values()) == {"cancelled"}
    assert runner.state == "idle"


def test_cancel_in_the_moment_of_the_start_is_not_lost(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot
) -> None:
    queue.add(SONGS[:1])
    with qtbot.waitSignal(runner.finished_all, timeout=PATIENCE_MS):
        runner.start()
        runner.cancel_all()
    assert states(queue) == {"a": "cancelled"}


def test_a_pause_comes_after_the_song_that_runs_and_can_be_taken_back(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot
) -> None:
    queue.add(SONGS)
    assert runner.state == "idle"
    runner.start()
    assert runner.state == "running"
    runner.pause()
    assert runner.state == "pausing"
    runner.start()
    assert runner.state == "running"
    runner.pause()
    script.go_on.set()
    wait_for(lambda: runner.state == "idle", qtbot)
    assert states(queue) == {"a": "done", "b": "waiting", "c": "waiting", "d": "waiting", "e": "waiting"}
    run_all(runner, qtbot)
    assert set(states(queue).values()) == {"done"}


def test_songs_that_are_added_or_moved_while_it_runs_count(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot
) -> None:
    queue.add(SONGS[:2])
    runner.start()
    wait_for(lambda: script.started == ["a"], qtbot)
    queue.add(SONGS[2:4])
    queue.move(ids(queue, "d"), 1)
    with qtbot.waitSignal(runner.finished_all, timeout=PATIENCE_MS):
        script.go_on.set()
    assert script.started == ["a", "d", "b", "c"]


def test_a_song_that_is_removed_while_it_runs_is_cancelled_and_goes(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot
) -> None:
    queue.add(SONGS)
    runner.start()
    wait_for(lambda: script.started == ["a"], qtbot)
    runner.remove(ids(queue, "ace"))
    wait_for(lambda: script.started == ["a", "b"], qtbot)
    assert states(queue) == {"b": "running", "d": "waiting"}


def test_the_queue_waits_for_the_windows_own_song(
    runner: QueueRunner, queue: Queue, turns: Turns, tmp_path: Path, qtbot: QtBot
) -> None:
    queue.add([songs.write(tmp_path / "song.wav", songs.music(1))])
    with turns.take(CancelToken()):
        runner.start()
        wait_for(lambda: turns.waiting == 1, qtbot)
        assert states(queue) == {"song": "running"}
        assert not (tmp_path / "out").exists()
    wait_for(lambda: states(queue) == {"song": "done"}, qtbot)


def test_what_runs_when_the_window_is_closed_waits_for_the_next_start(
    queue: Queue, owner: QObject, script: Script, qtbot: QtBot
) -> None:
    runner = new_runner(queue, owner)
    queue.add(SONGS)
    runner.start()
    wait_for(lambda: script.started == ["a"], qtbot)
    runner.close()
    queue.flush()
    kept = list(read(paths.queue_file().read_bytes()).items.values())
    assert [(item.state, item.interrupted) for item in kept] == [("waiting", True)] + [("waiting", False)] * 4


def test_what_the_user_cancelled_before_closing_stays_cancelled(
    queue: Queue, owner: QObject, script: Script, qtbot: QtBot
) -> None:
    runner = new_runner(queue, owner)
    queue.add(SONGS[:2])
    runner.start()
    wait_for(lambda: script.started == ["a"], qtbot)
    runner.cancel_all()
    runner.close()
    assert set(states(queue).values()) == {"cancelled"}


def test_whoever_is_told_of_the_end_may_go_on_at_once(
    runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot
) -> None:
    script.go_on.set()
    queue.add(SONGS)
    runner.done.connect(lambda item, files: runner.start())
    run_all(runner, qtbot)
    assert script.started == list("abcde")


def test_hundreds_of_songs_run_in_their_order(runner: QueueRunner, queue: Queue, script: Script, qtbot: QtBot) -> None:
    script.go_on.set()
    queue.add([Path(f"/songs/{number}.mp3") for number in range(200)])
    told: list[str] = []
    runner.done.connect(lambda item, files: told.append(files["vocals"].parent.name))
    run_all(runner, qtbot)
    assert told == [str(number) for number in range(200)]
