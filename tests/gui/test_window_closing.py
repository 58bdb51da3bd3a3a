"""The window is closed while something goes on: nothing of it goes on afterwards, and nothing half done is left."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import history, paths, queue_jobs, settings, songs
from core.audio.reader import AudioInfo
from core.cancel import CancelToken
from core.engines.survey import Survey
from core.history import Standing
from core.models.catalogue import Model
from core.output import Output
from core.settings import Settings
from gui import settings_dialog, song_work
from gui.main_window import MainWindow
from gui.worker import BackgroundJob
from tests.gui.whole_window import (
    PATIENCE_MS,
    album,
    all_stems,
    export,
    files_below,
    fill_queue,
    open_song,
    run_queue,
    separate,
    states,
    wait_for,
)
from tests.support import songs as generated
from tests.support.archive_server import Gate

pytestmark = pytest.mark.usefixtures("speaker")

NewWindow = Callable[[], MainWindow]


@pytest.fixture(autouse=True)
def out(tmp_path: Path) -> Path:
    settings.save(Settings(device="cpu", queue_folder=str(tmp_path / "out")))
    return tmp_path / "out"


@pytest.fixture
def close(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[], None]]:
    """Closes the window, and ends the program as far as a test can; what must hold then."""
    before = set(threading.enumerate())

    def close() -> None:
        window.close()
        assert not any(job.is_running for job in window.findChildren(BackgroundJob))
        others = qapp.findChildren(BackgroundJob)
        for job in others:  # as the end of the program does
            job.cancel()
        for job in others:
            job.wait()
        QCoreApplication.processEvents()  # what was on its way to the window
        assert window.work.running_job is None or not window.work.running_job.is_running
        assert window.work.player is None
        assert files_below(paths.sessions_folder()) == set()
        # What Python calls a dummy was a thread of Qt's, which are looked at above; the others are of the tests' server.
        new = {thread.name for thread in set(threading.enumerate()) - before}
        ours = {name for name in new if name.partition("-")[0] not in ("Dummy", "Thread")}
        assert ours <= {"engine-loader"}  # cannot be interrupted, and holds nothing

    yield close
    wait_for(lambda: not any(thread.name == "engine-loader" for thread in threading.enumerate()), qtbot)


Close = Callable[[], None]


@pytest.fixture
def long_song(tmp_path: Path) -> Path:
    return generated.write(tmp_path / "लंबा.wav", 0.5 * np.tile(generated.music(10), (9, 1)))


@pytest.fixture
def middling_song(tmp_path: Path) -> Path:
    return generated.write(tmp_path / "मझोला.wav", 0.5 * generated.music(20))


class Hold:
    """Stands for something that takes as long as it is let, and notices when it is cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, cancel: CancelToken) -> None:
        self.begun.set()
        while True:
            cancel.raise_if_cancelled()
            threading.Event().wait(0.005)


@pytest.mark.parametrize("begun", [False, True])
def test_while_a_song_is_opened(
    begun: bool, window: MainWindow, close: Close, long_song: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    probing = threading.Event()
    probe = song_work.probe

    def slow(path: Path) -> AudioInfo:
        """Has its answer when the window is being closed."""
        probing.set()
        while not window.work._closed:
            threading.Event().wait(0.005)
        return probe(path)

    monkeypatch.setattr(song_work, "probe", slow)
    window.take([long_song])
    if begun:
        wait_for(probing.is_set, qtbot)
    close()
    assert window.work.song is None


@pytest.mark.parametrize("begun", [False, True])
def test_while_a_song_is_separated(begun: bool, window: MainWindow, close: Close, long_song: Path, qtbot: QtBot) -> None:
    open_song(window, long_song, qtbot)
    window.song_page.separate_button.click()
    if begun:
        wait_for(lambda: window.work.session is not None and window.work.session.frames > 0, qtbot)
        wait_for(lambda: window.work.player is not None and window.work.player.ready, qtbot)
        window.work.playback.toggle()
    close()
    assert history.load() == ()


def test_while_a_song_waits_for_its_turn(window: MainWindow, close: Close, long_song: Path, qtbot: QtBot) -> None:
    open_song(window, long_song, qtbot)
    with window.work._turns.take(CancelToken()):
        window.song_page.separate_button.click()
        wait_for(lambda: window.work._turns.waiting == 1, qtbot)
        close()
        assert window.work._turns.waiting == 0


def test_while_a_song_is_exported(
    window: MainWindow, close: Close, middling_song: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    separate(window, middling_song, qtbot)
    window.work.export(all_stems(window, tmp_path / "exports", Output("opus")))
    job = window.work.running_job
    assert job is not None
    done: list[float] = []
    job.progressed.connect(lambda progress: done.append(progress.fraction))
    wait_for(lambda: bool(done) and done[-1] > 0, qtbot)
    close()
    assert not (tmp_path / "exports").exists()


@pytest.mark.parametrize("begun", [False, True])
def test_while_a_song_is_opened_again(
    begun: bool, window: MainWindow, close: Close, middling_song: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    separate(window, middling_song, qtbot)
    wait_for(lambda: window.work._entry is not None, qtbot)
    (tmp_path / "exports").mkdir()
    export(window, all_stems(window, tmp_path / "exports"), qtbot)
    kept = files_below(tmp_path / "exports")
    window.work.open_entry(history.load()[0])
    if begun:
        wait_for(lambda: len({Path(name).parts[0] for name in files_below(paths.sessions_folder())}) > 2, qtbot)
    close()
    assert files_below(tmp_path / "exports") == kept == {"vocals.wav", "accompaniment.wav"}


def test_in_the_moment_that_a_song_was_opened_again(window: MainWindow, close: Close, tmp_path: Path, qtbot: QtBot) -> None:
    separate(window, album(tmp_path, 1)[0], qtbot)
    wait_for(lambda: window.work._entry is not None, qtbot)
    (tmp_path / "exports").mkdir()
    export(window, all_stems(window, tmp_path / "exports"), qtbot)
    window.work.open_entry(history.load()[0])
    job = window.work.running_job
    assert job is not None
    job.start()  # the window does it a moment later, and cannot hear of its end before it is closed
    job.wait()
    assert len(window.work._opened_again) == 1
    close()


def test_while_the_queue_runs_its_song_waits_for_the_next_start(
    window: MainWindow, new_window: NewWindow, close: Close, long_song: Path, out: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (short,) = album(tmp_path, 1)
    fill_queue(window, [short, long_song, tmp_path / "other.wav"], qtbot)
    done: list[float] = []
    window.runner.progress.connect(lambda item_id, progress: done.append(progress.fraction) if item_id == 2 else None)
    window.queue_page.start_button.click()
    wait_for(lambda: bool(done) and done[-1] > 0, qtbot)
    close()
    assert files_below(out) == {f"{short.stem}/{stem}.wav" for stem in ("vocals", "accompaniment")}
    assert {path.name for path in out.iterdir()} == {short.stem}
    following = new_window()
    assert states(following) == ["done", "waiting", "waiting"]
    assert [item.interrupted for item in following.queue_page.model.items] == [False, True, False]


def test_while_lengths_are_found_out(
    window: MainWindow, close: Close, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    probe = queue_jobs.probe
    monkeypatch.setattr(queue_jobs, "probe", lambda path: (asked.set(), probe(path))[1])
    window.queue_page.add(album(tmp_path, 1) * 1 + [tmp_path / f"{number}.mp3" for number in range(2000)])
    wait_for(asked.is_set, qtbot)
    close()
    assert len(window.queue_page.model.items) == 2001


def test_while_songs_are_looked_for_in_a_big_folder(
    window: MainWindow, new_window: NewWindow, close: Close, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold()

    def endless(found: object, cancel: CancelToken, skip: object) -> Iterator[Path]:
        yield tmp_path / "first.mp3"
        hold(cancel)

    monkeypatch.setattr(songs, "expand", endless)
    monkeypatch.setattr(queue_jobs, "_ADD_EVERY_S", 0.0)
    window.take([tmp_path])
    wait_for(hold.begun.is_set, qtbot)
    window.take([tmp_path])  # waits until the first one is through
    close()
    assert [item.song.name for item in new_window().queue_page.model.items] == ["first.mp3"]


def test_while_devices_are_looked_for(
    window: MainWindow, close: Close, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold()

    def survey(cancel: CancelToken) -> Survey:
        hold(cancel)
        raise AssertionError

    monkeypatch.setattr(settings_dialog, "survey", survey)
    window.choose_settings()
    wait_for(hold.begun.is_set, qtbot)
    close()


def test_while_the_history_is_read(
    window: MainWindow, close: Close, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def standing(entry: history.Entry) -> Standing:
        asked.append(entry.id)
        threading.Event().wait(0.05)
        return Standing("here", "none")

    for number in range(100):
        history.add(tmp_path / f"{number}.mp3", 44100, 44100, "builtin", ("vocals", "accompaniment"))
    monkeypatch.setattr(history, "standing", standing)
    window.show_page("history")
    wait_for(lambda: len(asked) > 1, qtbot)
    close()
    assert len(asked) < 100


def test_while_a_done_song_is_looked_up_it_is_not_opened_any_more(
    window: MainWindow, close: Close, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_queue(window, album(tmp_path, 1), qtbot)
    window.show_page("queue")
    run_queue(window, qtbot)
    window.queue_page.table.selectRow(0)
    window.queue_page.open_item()
    close()
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
    assert window.work.session is None
    assert files_below(paths.sessions_folder()) == set()


def test_while_a_model_is_downloaded(window: MainWindow, close: Close, tiny: Model, gate: Gate, qtbot: QtBot) -> None:
    window.downloads.download(tiny)
    gate.wait_until_reached()
    close()
    assert not tiny.installed
