"""The window can be used, whatever goes on behind it. How long it ever works at a time: ``python -m bench.responds``."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from core import settings
from core.settings import Settings
from gui.main_window import MainWindow
from tests.gui.whole_window import RATE, album, run_queue, separate, states, wait_for
from tests.support import songs

pytestmark = pytest.mark.usefixtures("speaker")


@pytest.mark.parametrize("page", ["song", "queue"])
def test_another_song_is_played_and_sought_in_while_the_queue_runs_to_its_end(
    page: str, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window._change_settings(Settings(device="cpu", queue_folder=str(tmp_path / "out")))
    settings.save(window._settings)
    shown = songs.write(tmp_path / "shown.wav", 0.5 * songs.music(30))
    queue = album(tmp_path / "in", 10)
    session = separate(window, shown, qtbot)
    player = window.work.player
    assert player is not None
    wait_for(lambda: player.ready and window.song_page.transport.isEnabled(), qtbot)
    window.take(queue)
    wait_for(lambda: len(states(window)) == 10 and window.queue_page.intake.idle, qtbot)
    window.show_page(page)
    sought: list[float] = []
    while_running: list[float] = []

    def play_on() -> None:
        """As an impatient user does."""
        seconds = len(sought) * 7 % 30
        sought.append(seconds)
        if window.runner.state == "running":
            while_running.append(seconds)
        window.song_page.lanes._on_sought(seconds * RATE)
        window.song_page.lanes.lanes[0].volume.setValue(-10 * (len(sought) % 9))
        if len(sought) % 5 == 0:
            window.work.playback.toggle()

    hands = QTimer(interval=50)
    hands.timeout.connect(play_on)
    hands.start()
    run_queue(window, qtbot)
    wait_for(lambda: len(sought) > 20, qtbot)  # the queue may be quicker than a user
    hands.stop()
    assert states(window) == ["done"] * 10
    assert window.work.session is session
    assert while_running
