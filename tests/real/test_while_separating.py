"""The stems are heard while they are being separated, in a real window with a real sound device."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.audio.reader import read_blocks
from gui.main_window import MainWindow
from tests.real.conftest import Recorder
from tests.real.test_window import DEMO, PATIENCE_MS, RATE, assert_heard, click, open_through_the_dialog, picture

MINUTES = 12


@pytest.fixture(scope="module")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo song again and again."""
    path = tmp_path_factory.mktemp("long") / "लंबा गीत.wav"
    demo = np.concatenate(list(read_blocks(DEMO, RATE)))
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        while file.tell() < MINUTES * 60 * RATE:
            file.write(demo)
    return path


def test_a_song_is_heard_at_the_chosen_gains_while_it_is_separated(
    window: MainWindow, long_song: Path, recorder: Recorder, qtbot: QtBot
) -> None:
    work, transport, lanes = window.work, window.song_page.transport, window.song_page.lanes
    open_through_the_dialog(window, long_song, qtbot)
    click(window.song_page.separate_button, qtbot)
    qtbot.waitUntil(transport.isEnabled, timeout=PATIENCE_MS)
    vocals, accompaniment = lanes.lanes
    vocals.volume.setValue(-90)
    click(transport.play, qtbot)
    session, player = work.session, work.player
    assert session is not None
    assert player is not None
    qtbot.waitUntil(lambda: player.position > RATE, timeout=PATIENCE_MS)
    assert work.running_job is not None, "the song was separated before anything was heard of it"
    picture(window, "while-separating")

    sought = round(0.5 * session.frames)
    waveform = accompaniment.waveform
    click(waveform, qtbot, QPoint(round(lanes.view.x_of(sought, waveform.width())), 20))
    qtbot.waitUntil(lambda: player.position > sought - RATE, timeout=PATIENCE_MS)
    reached = player.position
    qtbot.waitUntil(lambda: player.position > reached + 4 * RATE, timeout=PATIENCE_MS)
    click(vocals.mute, qtbot)
    qtbot.waitUntil(lambda: player.position > reached + 8 * RATE, timeout=PATIENCE_MS)
    vocals.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(vocals, Qt.Key.Key_M)
    click(transport.stop, qtbot)
    qtbot.waitUntil(lambda: work.running_job is None, timeout=PATIENCE_MS)
    recorded = recorder.stop()

    def stems(first: int) -> dict[str, np.ndarray]:
        blocks = list(session.blocks(first, first + RATE))
        return {stem: np.concatenate([block.stems[stem] for block in blocks]) for stem in session.stems}

    loud, muted = stems(reached + RATE), stems(reached + 6 * RATE)
    assert_heard(np.float32(10 ** (-9 / 20)) * loud["vocals"] + loud["accompaniment"], 0, recorded)
    assert_heard(muted["accompaniment"], 0, recorded)
