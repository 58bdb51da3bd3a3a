"""The main window at work, with the real engine on generated songs."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core import __version__, paths
from core.errors import NoOutputDeviceError
from core.export import ExportChoice
from core.playback.device import Output
from core.playback.player import Player
from core.session import Session
from gui import worker
from gui.export_dialog import ExportDialog
from gui.failures import LastResort
from gui.main_window import MainWindow
from tests.support import songs

PATIENCE_MS = 60_000


def wait_for_job(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)


def open_song(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    window.work.open_song(path)
    wait_for_job(window, qtbot)


def separate(window: MainWindow, path: Path, qtbot: QtBot) -> Session:
    open_song(window, path, qtbot)
    window.song_page.separate_button.click()
    wait_for_job(window, qtbot)
    assert window.work.session is not None
    return window.work.session


def stems_of(session: Session) -> dict[str, np.ndarray]:
    blocks = list(session.blocks())
    return {stem: np.concatenate([block.stems[stem] for block in blocks]) for stem in session.stems}


def only_vocals(folder: Path) -> ExportChoice:
    return ExportChoice("stems", {"vocals": folder / "vocals.wav"}, folder)


def test_the_window_begins_with_an_invitation(window: MainWindow) -> None:
    assert window.pages.currentWidget() is window.empty_page
    assert window.message.text == ""


def test_an_opened_song_is_ready_to_be_separated(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    open_song(window, song, qtbot)
    assert window.pages.currentWidget() is window.song_page
    assert window.windowTitle() == "गीत एक – Antara"
    assert window.song_page.separate_button.isEnabled()
    assert not window.song_page.export_button.isEnabled()
    assert not window.song_page.transport.isEnabled()


def test_a_separated_song_can_be_exported_and_the_files_are_its_stems(
    window: MainWindow, song: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    stems = stems_of(separate(window, song, qtbot))
    expected, _ = soundfile.read(song, dtype="float32")
    assert np.abs(sum(stems.values()) - expected).max() < 1e-6
    window.work.choose_export()
    dialog = window.findChild(ExportDialog)
    dialog.folder.line.setText(str(tmp_path / "out"))
    dialog.format.fields.quality.setCurrentText("32 bit float")
    with qtbot.waitSignal(dialog.accepted):
        dialog.export_button.click()
    wait_for_job(window, qtbot)
    assert "Exported" in window.message.text
    for stem, samples in stems.items():
        written, rate = soundfile.read(tmp_path / "out" / "गीत एक" / f"{stem}.wav", dtype="float32")
        assert rate == 44100
        np.testing.assert_array_equal(written, samples)


def test_progress_and_events_flow_while_a_song_is_separated(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    open_song(window, song, qtbot)
    seen: list[str] = []
    window.song_page.separate_button.click()
    assert window.work.running_job is not None
    window.work.running_job.progressed.connect(lambda progress: seen.append(window.song_page.progress_text))
    assert window.song_page.cancel_button.isVisible()
    wait_for_job(window, qtbot)
    assert len(seen) >= 3
    assert any("× real time" in text and "left" in text for text in seen)
    assert seen[-1].startswith("100 %")
    assert not window.song_page.cancel_button.isVisible()


def test_cancel_ends_the_separation_and_leaves_nothing(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    long_song = songs.write(tmp_path / "long.wav", np.tile(songs.music(10), (30, 1)))
    open_song(window, long_song, qtbot)
    window.song_page.separate_button.click()
    qtbot.waitUntil(lambda: window.work.session is not None and window.work.session.frames > 0, timeout=PATIENCE_MS)
    window.song_page.cancel_button.click()
    wait_for_job(window, qtbot)
    assert window.work.session is None
    qtbot.waitUntil(lambda: not any(paths.sessions_folder().iterdir()), timeout=PATIENCE_MS)
    assert window.song_page.separate_button.isVisible()
    assert not window.message.is_error


def test_closing_in_the_middle_ends_the_job_and_removes_its_files(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    long_song = songs.write(tmp_path / "long.wav", np.tile(songs.music(10), (30, 1)))
    open_song(window, long_song, qtbot)
    window.song_page.separate_button.click()
    qtbot.waitUntil(lambda: window.work.session is not None and window.work.session.frames > 0, timeout=PATIENCE_MS)
    window.close()
    assert not any(paths.sessions_folder().iterdir())


def test_a_second_separation_replaces_the_first(window: MainWindow, song: Path, tmp_path: Path, qtbot: QtBot) -> None:
    first = separate(window, song, qtbot)
    other = songs.write(tmp_path / "other.wav", songs.music(3, seed=9))
    second = separate(window, other, qtbot)
    assert second.song == other
    qtbot.waitUntil(lambda: not first.folder.exists(), timeout=PATIENCE_MS)
    assert second.frames == 3 * 44100


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("song", None, "is not there"),
        ("song", b"", "is empty"),
        ("song", b"not a song at all", "is not a song"),
        (300 * "a", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    name: str, content: bytes | None, words: str, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / f"{name}.mp3"
    if content is not None:
        path.write_bytes(content)
    window.take([path])
    wait_for_job(window, qtbot)
    assert words in window.message.text
    assert window.message.is_error
    assert window.pages.currentWidget() is window.empty_page


def test_of_a_truncated_song_what_is_there_can_be_exported(
    window: MainWindow, song: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    data = song.read_bytes()
    cut = tmp_path / "cut.flac"
    cut.write_bytes(data[: len(data) // 2])
    session = separate(window, cut, qtbot)
    assert "is cut off" in window.message.text
    expected, _ = soundfile.read(song, dtype="float32")
    stems = stems_of(session)
    assert 12.5 * 44100 < session.frames < 13.5 * 44100
    # The last frames of the decoder may be lost, but what is there is the song up to its end.
    assert np.abs(sum(stems.values()) - expected[: session.frames]).max() < 1e-6
    assert window.song_page.export_button.isEnabled()


def test_without_a_sound_card_the_window_says_so_once_and_works(
    window: MainWindow, song: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    separate(window, song, qtbot)
    qtbot.waitUntil(lambda: window.work.player is None or window.work.player.ready, timeout=PATIENCE_MS)
    if window.work.player:
        pytest.skip("this machine has a sound card")
    assert "Playback is off" in window.message.text
    assert not window.message.is_error
    assert not window.song_page.transport.isEnabled()
    window.song_page.transport.toggled.emit()
    window.song_page.transport.sought.emit(3.0)
    window.work.export(only_vocals(tmp_path))
    wait_for_job(window, qtbot)
    assert (tmp_path / "vocals.wav").exists()
    separate(window, song, qtbot)
    qtbot.waitUntil(lambda: window.work.player is None, timeout=PATIENCE_MS)
    assert window.message.text == ""


class SlowDevice:
    """Takes until ``decided`` is set to open, then opens or fails."""

    def __init__(self) -> None:
        self.decided = threading.Event()
        self.works = True

    @contextlib.contextmanager
    def opened(self) -> Iterator[Output]:
        self.decided.wait()
        if not self.works:
            raise NoOutputDeviceError(detail="")
        yield Output(44100, None)


@pytest.fixture
def slow_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDevice]:
    device = SlowDevice()
    monkeypatch.setattr(Player, "_open_stream", lambda player: device.opened())
    yield device
    device.decided.set()


def test_a_device_that_fails_late_is_not_told_over_the_news_of_an_export(
    window: MainWindow, song: Path, tmp_path: Path, qtbot: QtBot, slow_device: SlowDevice
) -> None:
    separate(window, song, qtbot)
    window.work.export(only_vocals(tmp_path))
    wait_for_job(window, qtbot)
    slow_device.works = False
    slow_device.decided.set()
    qtbot.waitUntil(lambda: window.work.player is None, timeout=PATIENCE_MS)
    assert "Exported" in window.message.text
    separate(window, song, qtbot)
    qtbot.waitUntil(lambda: window.work.player is None, timeout=PATIENCE_MS)
    assert "Playback is off" in window.message.text


def test_space_presses_no_button_while_the_song_is_separated(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    open_song(window, song, qtbot)
    assert window.focusWidget() is window.song_page.separate_button
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert window.work.running_job
    assert window.focusWidget() is window.song_page
    wait_for_job(window, qtbot)


def test_space_plays_even_if_the_device_opens_long_after_the_separation(
    window: MainWindow, song: Path, qtbot: QtBot, slow_device: SlowDevice
) -> None:
    separate(window, song, qtbot)
    assert window.focusWidget() is window.song_page
    slow_device.decided.set()
    play = window.song_page.transport.play
    qtbot.waitUntil(lambda: window.focusWidget() is play, timeout=PATIENCE_MS)
    for playing in (True, False):
        qtbot.keyClick(window, Qt.Key.Key_Space)
        assert window.work.player is not None
        assert window.work.player.playing is playing


def test_export_does_not_replace_files_unless_told(window: MainWindow, song: Path, tmp_path: Path, qtbot: QtBot) -> None:
    separate(window, song, qtbot)
    target = tmp_path / song.stem / "vocals.wav"
    target.parent.mkdir()
    target.write_bytes(b"precious")
    choice = only_vocals(target.parent)
    window.work.export(choice)
    wait_for_job(window, qtbot)
    assert "exists already" in window.message.text
    assert target.read_bytes() == b"precious"
    window.work.export(replace(choice, replaces=frozenset({target})))
    wait_for_job(window, qtbot)
    assert soundfile.info(target).frames == 26 * 44100


def test_a_dropped_song_is_opened(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(song))])
    event = QDropEvent(
        QPointF(200, 200), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    wait_for_job(window, qtbot)
    assert window.pages.currentWidget() is window.song_page


def test_a_song_that_comes_while_an_export_is_decided_waits_in_the_queue(
    window: MainWindow, song: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = separate(window, song, qtbot)
    window.work.choose_export()
    dialog = window.findChild(ExportDialog)
    qtbot.waitUntil(dialog.isVisible)
    other = songs.write(tmp_path / "other.wav", songs.music(1))
    window.receive([other])
    qtbot.waitUntil(lambda: window.queue_page.intake.idle, timeout=PATIENCE_MS)
    assert window.work.session is session
    assert [item.song for item in window._queue.items] == [other]
    dialog.reject()


def test_the_file_dialog_opens_the_song_that_is_typed(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    window.empty_page.button.click()
    dialog = window.findChild(QFileDialog)
    qtbot.waitUntil(dialog.isVisible)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    name.setText(str(song))
    qtbot.keyClick(name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.song_page, timeout=PATIENCE_MS)
    wait_for_job(window, qtbot)


def test_a_mistake_in_a_job_becomes_a_message(
    window: MainWindow, song: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("a mistake")

    open_song(window, song, qtbot)
    monkeypatch.setattr("core.jobs.separate_song", broken)
    window.song_page.separate_button.click()
    wait_for_job(window, qtbot)
    assert "ZeroDivisionError: a mistake" in window.message.text
    assert "a job failed unexpectedly" in caplog.text
    assert window.work.session is None
    window.message.action.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(f"Antara {__version__}")
    assert 'raise ZeroDivisionError("a mistake")' in copied


@pytest.mark.parametrize("place", ["window", "thread"])
def test_what_no_one_caught_becomes_a_message(
    place: str, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    LastResort(window.message, window).install()
    error = LookupError("a mistake")

    def broken() -> None:
        raise error

    if place == "window":
        sys.excepthook(LookupError, error, None)
    else:
        threading.Thread(target=broken).start()
    qtbot.waitUntil(lambda: "LookupError: a mistake" in window.message.text)
    assert window.message.action.text() == "Copy details"
    assert "nobody caught this" in caplog.text


def test_exactly_one_outcome_is_told_and_then_the_end(qtbot: QtBot, window: QWidget) -> None:
    told: list[str] = []
    job = worker.BackgroundJob(lambda cancel, report, notify: cancel.raise_if_cancelled(), window)
    for outcome in ("returned", "cancelled", "failed", "finished"):
        getattr(job, outcome).connect(lambda *arguments, outcome=outcome: told.append(outcome))
    job.cancel()
    with qtbot.waitSignal(job.finished):
        job.start()
    assert told == ["cancelled", "finished"]


def test_every_control_has_a_name_for_screen_readers(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QProgressBar

    open_song(window, song, qtbot)
    kinds = (QAbstractButton, QAbstractSlider, QComboBox, QProgressBar)
    controls = [control for kind in kinds for control in window.findChildren(kind)]
    nameless = [
        control
        for control in controls
        if not control.accessibleName()
        and not (isinstance(control, QAbstractButton) and control.text())
        and not control.objectName().startswith("qt_")
        and control.isVisible()
        and type(control).__name__ != "QScrollBar"
    ]
    assert len(controls) > 10
    assert nameless == []
