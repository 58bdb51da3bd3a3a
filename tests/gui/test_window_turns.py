"""The window's own song and the queue take turns."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core import jobs, paths, settings
from core.cancel import CancelToken
from core.jobs import Separation
from core.settings import Settings
from gui.main_window import MainWindow
from tests.gui.whole_window import album, files_below, fill_queue, open_song, separate, states, wait_for, wait_for_job

pytestmark = pytest.mark.usefixtures("speaker")

WAITING = "Waiting for the song of the queue…"


class Watch:
    """Lets each separation begin only when the test says so, and notes which there were, and how many at once."""

    def __init__(self, separate_song: Callable[..., None]) -> None:
        self._separate_song = separate_song
        self._lock = threading.Lock()
        self._may_begin = threading.Semaphore(0)
        self.begun: list[Path] = []
        self.running = self.most = 0

    def let(self, count: int = 1) -> None:
        self._may_begin.release(count)

    def __call__(self, what: Separation, engines: object, cancel: CancelToken, *rest: object) -> None:
        with self._lock:
            self.begun.append(what.song.path)
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            while not self._may_begin.acquire(timeout=0.01):
                cancel.raise_if_cancelled()
            self._separate_song(what, engines, cancel, *rest)
        finally:
            with self._lock:
                self.running -= 1


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    watch = Watch(jobs.separate_song)
    monkeypatch.setattr(jobs, "separate_song", watch)
    yield watch
    watch.let(1000)


@pytest.fixture(autouse=True)
def out(tmp_path: Path) -> Path:
    settings.save(Settings(device="cpu", queue_folder=str(tmp_path / "out")))
    return tmp_path / "out"


@pytest.fixture
def busy(window: MainWindow, watch: Watch, tmp_path: Path, qtbot: QtBot) -> list[Path]:
    """The queue separates the first of these, two more wait in it, and the fourth one is shown."""
    *queue, own = album(tmp_path, 4)
    open_song(window, own, qtbot)
    fill_queue(window, queue, qtbot)
    window.queue_page.start_button.click()
    wait_for(lambda: watch.begun == queue[:1], qtbot)
    return [*queue, own]


def test_the_windows_own_song_waits_and_comes_before_the_next_one_of_the_queue(
    window: MainWindow, watch: Watch, busy: list[Path], qtbot: QtBot
) -> None:
    first, second, third, own = busy
    window.song_page.separate_button.click()
    assert window.song_page.progress_text == WAITING
    assert (window.song_page.bar.minimum(), window.song_page.bar.maximum()) == (0, 0)
    watch.let()
    wait_for(lambda: watch.begun == [first, own], qtbot)
    wait_for(lambda: window.song_page.progress_text != WAITING, qtbot)
    assert window.song_page.progress_text == "Loading the model…"
    wait_for(lambda: states(window) == ["done", "running", "waiting"], qtbot)
    watch.let(3)
    wait_for(lambda: states(window) == ["done"] * 3, qtbot)
    wait_for_job(window, qtbot)
    assert watch.begun == [first, own, second, third]
    assert watch.most == 1
    assert window.work.session is not None
    assert window.work.session.song == own


@pytest.mark.parametrize("way", ["button", "escape"])
def test_a_song_that_waits_for_its_turn_can_be_cancelled_at_once(
    way: str, window: MainWindow, watch: Watch, busy: list[Path], out: Path, qtbot: QtBot
) -> None:
    window.song_page.separate_button.click()
    assert window.song_page.cancel_button.isVisible()
    if way == "button":
        window.song_page.cancel_button.click()
    else:
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    wait_for_job(window, qtbot)
    assert states(window)[0] == "running"  # its turn has not come
    assert window.song_page.separate_button.isVisible()
    assert window.song_page.progress_text == ""
    assert window.message.text == ""
    watch.let(3)
    wait_for(lambda: states(window) == ["done"] * 3, qtbot)
    assert watch.begun == busy[:3]
    wait_for(lambda: files_below(paths.sessions_folder()) == set(), qtbot)


def test_the_queue_waits_for_the_windows_own_song(window: MainWindow, watch: Watch, tmp_path: Path, qtbot: QtBot) -> None:
    own, other = album(tmp_path, 2)
    open_song(window, own, qtbot)
    window.song_page.separate_button.click()
    wait_for(lambda: watch.begun == [own], qtbot)
    fill_queue(window, [other], qtbot)
    window.queue_page.start_button.click()
    wait_for(lambda: window.work._turns.waiting == 1, qtbot)
    assert watch.begun == [own]
    assert window.song_page.progress_text == "Loading the model…"
    watch.let(2)
    wait_for(lambda: states(window) == ["done"], qtbot)
    assert watch.begun == [own, other]
    assert watch.most == 1


def test_the_turn_goes_on_after_a_separation_that_failed(
    window: MainWindow, watch: Watch, busy: list[Path], qtbot: QtBot
) -> None:
    first, second, third, own = busy
    first.write_bytes(b"gone bad")
    own.write_bytes(b"gone bad")
    window.song_page.separate_button.click()
    watch.let(4)
    wait_for(lambda: states(window) == ["failed", "done", "done"], qtbot)
    wait_for_job(window, qtbot)
    assert watch.begun == [first, own, second, third]
    assert f"“{own.name}” is not a song" in window.message.text


def test_a_pause_leaves_the_turn_to_the_windows_own_song(
    window: MainWindow, watch: Watch, busy: list[Path], qtbot: QtBot
) -> None:
    window.queue_page.start_button.click()
    watch.let(2)
    wait_for(lambda: window.runner.state == "idle", qtbot)
    session = separate(window, busy[3], qtbot)
    assert session.song == busy[3]
    assert states(window) == ["done", "waiting", "waiting"]


def test_cancelling_the_song_of_the_queue_gives_the_turn_on_at_once(
    window: MainWindow, watch: Watch, busy: list[Path], out: Path, qtbot: QtBot
) -> None:
    window.song_page.separate_button.click()
    window.runner.cancel([window.queue_page.model.items[0].id])
    wait_for(lambda: watch.begun[1:] == [busy[3]], qtbot)
    wait_for(lambda: states(window) == ["cancelled", "running", "waiting"], qtbot)
    assert files_below(out) == set()
    watch.let(3)
    wait_for_job(window, qtbot)
    wait_for(lambda: states(window) == ["cancelled", "done", "done"], qtbot)
