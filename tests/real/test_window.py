"""The whole way of a user in a real window with a real sound device: file dialog, separation, listening, export.

With ANTARA_SCREENSHOTS=FOLDER it leaves a picture of each step there; ANTARA_SONG=FILE is the song instead of the demo.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.audio.levels import common_gain
from gui import theme
from gui.export_dialog import ExportDialog
from gui.main_window import MainWindow
from tests.real.conftest import Recorder, locate

PATIENCE_MS = 120_000
RATE = 44100
DEMO = Path(__file__).parents[2] / "resources" / "demo" / "antara-demo.ogg"
SONG = Path(os.environ.get("ANTARA_SONG") or DEMO)  # of at least 20 s, at 44.1 kHz


def click(widget: QWidget, qtbot: QtBot, at: QPoint | None = None) -> None:
    qtbot.waitUntil(lambda: widget.isVisible() and widget.isEnabled(), timeout=PATIENCE_MS)
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())


def picture(widget: QWidget, name: str) -> None:
    folder = os.environ.get("ANTARA_SCREENSHOTS")
    if folder:
        QApplication.processEvents()
        widget.screen().grabWindow(widget.winId()).save(str(Path(folder) / f"{name}.png"))


def paste(field: QLineEdit, text: str, qtbot: QtBot) -> None:
    field.selectAll()
    QApplication.clipboard().setText(text)
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def open_through_the_dialog(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    click(window.empty_page.button, qtbot)
    dialog = window.findChild(QFileDialog)
    with qtbot.waitExposed(dialog):
        pass
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    paste(name, str(song), qtbot)
    picture(dialog, "file-dialog")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.song_page, timeout=PATIENCE_MS)


def test_a_song_goes_from_the_file_dialog_to_exported_files_and_is_heard_on_the_way(
    window: MainWindow, tmp_path: Path, recorder: Recorder, qtbot: QtBot
) -> None:
    assert QApplication.platformName() == "xcb"
    picture(window, "empty")
    open_through_the_dialog(window, SONG, qtbot)
    picture(window, "ready")
    click(window.song_page.separate_button, qtbot)
    qtbot.waitUntil(lambda: window.work.session is not None and window.work.session.frames > 0, timeout=PATIENCE_MS)
    picture(window, "busy")
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
    session, player = window.work.session, window.work.player
    assert session is not None
    assert player is not None
    qtbot.waitUntil(lambda: window.focusWidget() is window.song_page.transport.play, timeout=PATIENCE_MS)

    vocals, _ = window.song_page.lanes.lanes
    vocals.volume.setValue(-120)
    bar = window.song_page.transport.ruler
    click(bar, qtbot, QPoint(bar.width() // 3, bar.height() // 2))
    click(window.song_page.transport.play, qtbot)
    assert player.playing
    third = session.frames // 3
    qtbot.waitUntil(lambda: player.position > third + 3 * RATE, timeout=PATIENCE_MS)
    picture(window, "playing")
    click(vocals.mute, qtbot)
    qtbot.waitUntil(lambda: player.position > third + 6 * RATE, timeout=PATIENCE_MS)
    with qtbot.waitActive(window):  # without a window manager a closed dialog leaves no window active
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert not player.playing
    qtbot.wait(400)
    recorded = recorder.stop()

    stems = {stem: np.concatenate([block.stems[stem] for block in session.blocks()]) for stem in session.stems}
    assert_heard(10 ** (-12 / 20) * stems["vocals"] + stems["accompaniment"], third + RATE, recorded)
    assert_heard(stems["accompaniment"], third + 4 * RATE, recorded)

    window.work.choose_export()
    dialog = window.findChild(ExportDialog)
    with qtbot.waitExposed(dialog):
        pass
    paste(dialog.folder.line, str(tmp_path / "निर्यात"), qtbot)
    qtbot.waitUntil(lambda: not dialog.pending, timeout=PATIENCE_MS)
    picture(dialog, "export")
    click(dialog.export_button, qtbot)
    qtbot.waitUntil(lambda: window.work.running_job is None and "Exported" in window.message.text, timeout=PATIENCE_MS)
    picture(window, "exported")
    for stem, samples in stems.items():
        written, rate = soundfile.read(tmp_path / "निर्यात" / SONG.stem / f"{stem}.wav", dtype="float32")
        assert rate == RATE
        expected = samples * np.float32(common_gain(session.peaks.values()))
        assert np.abs(written - expected).max() <= 1.5 / 2**15  # half a step, and dither


def assert_heard(expected: np.ndarray, start: int, recorded: np.ndarray) -> None:
    """A second of ``expected`` from ``start`` on is in what was recorded, sample for sample."""
    second = expected[start : start + RATE]
    found = locate(second, recorded)
    assert np.abs(recorded[found : found + RATE] - second).max() < 1e-5


def test_the_lanes_fill_while_the_song_is_separated_and_show_what_is_heard(
    window: MainWindow, sound: None, qtbot: QtBot
) -> None:
    window.work.open_song(SONG)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.song_page, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
    lanes = window.song_page.lanes
    drawn: list[int] = []
    window.work.separate()
    assert window.work.running_job is not None
    window.work.running_job.progressed.connect(lambda progress: drawn.append(lanes._drawn))
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
    assert drawn == sorted(drawn)
    assert len(set(drawn)) >= 3
    qtbot.waitUntil(lambda: lanes._drawn == lanes.original.waveform.columns, timeout=PATIENCE_MS)

    vocals, accompaniment = lanes.lanes
    vocals.setFocus()
    qtbot.keyClick(vocals, Qt.Key.Key_S)
    waveform = accompaniment.waveform
    click(waveform, qtbot, QPoint(waveform.width() // 2, 20))
    click(window.song_page.transport.play, qtbot)
    player = window.work.player
    assert player is not None
    qtbot.waitUntil(lambda: vocals.meter.shown_db > -20, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: accompaniment.meter.shown_db < vocals.meter.shown_db - 20, timeout=PATIENCE_MS)
    assert lanes.original.meter.shown_db == pytest.approx(vocals.meter.shown_db, abs=1)
    assert player.position > player._session.frames * 0.49
    picture(window, "solo")
    lanes.original.zoom_in.click()
    lanes.original.zoom_in.click()
    qtbot.wait(100)
    picture(window, "zoomed")


@pytest.mark.parametrize("scheme", [Qt.ColorScheme.Light, Qt.ColorScheme.Dark])
def test_nothing_is_cut_off_at_the_smallest_size(
    scheme: Qt.ColorScheme, window: MainWindow, qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp, scheme)
    window.resize(window.minimumSize())
    window.work.open_song(DEMO)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.song_page, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
    picture(window, f"smallest-{scheme.name.lower()}")
    page = window.song_page
    for widget in (page.open_button, page.models, page.separate_button, page.export_button, page.transport.play):
        corner = widget.mapTo(window, widget.rect().bottomRight())
        assert window.rect().contains(corner)
        assert widget.width() >= widget.minimumSizeHint().width()


def test_a_device_that_went_away_is_said_and_play_tries_again_where_it_stopped(
    window: MainWindow, sound: None, qtbot: QtBot
) -> None:
    window.work.open_song(DEMO)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.song_page, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
    window.work.separate()
    qtbot.waitUntil(lambda: window.work.running_job is None and window.work.session is not None, timeout=PATIENCE_MS)
    transport = window.song_page.transport
    click(transport.play, qtbot)
    first = window.work.player
    assert first is not None
    qtbot.waitUntil(lambda: first.position > RATE, timeout=PATIENCE_MS)
    first._on_finished()  # what PortAudio calls when its stream ends by itself
    qtbot.waitUntil(lambda: window.work.player is None, timeout=PATIENCE_MS)
    stopped = first.position
    assert "went away" in window.message.text
    click(transport.play, qtbot)
    second = window.work.player
    assert second is not None
    qtbot.waitUntil(lambda: second.ready and second.position > stopped + RATE // 2, timeout=PATIENCE_MS)
    assert second.position < stopped + 5 * RATE
