"""The transport bar in a real window with a real sound device. Pictures as in ``test_window``."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.playback.player import Player
from core.separation.separator import StemBlock
from core.session import Session
from gui import theme
from gui.main_window import MainWindow
from gui.ruler import Ruler
from tests.real.conftest import Recorder, locate
from tests.real.test_window import DEMO, PATIENCE_MS, RATE, click, picture

Separated = Callable[[], tuple[Session, Player]]


@pytest.fixture
def separated(window: MainWindow, sound: None, qtbot: QtBot) -> Separated:
    """The demo song, separated and ready to be played."""

    def separate() -> tuple[Session, Player]:
        window.work.open_song(DEMO)
        qtbot.waitUntil(lambda: window.pages.currentWidget() is window.song_page, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.work.running_job is None, timeout=PATIENCE_MS)
        window.work.separate()
        qtbot.waitUntil(lambda: window.work.running_job is None and window.work.session is not None, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.song_page.transport.isEnabled(), timeout=PATIENCE_MS)
        assert window.work.session is not None
        assert window.work.player is not None
        return window.work.session, window.work.player

    return separate


def at(ruler: Ruler, seconds: float, y: int) -> QPoint:
    return QPoint(round(ruler._x_of(round(seconds * 1000))), y)


def drag(ruler: Ruler, first: QPoint, last: QPoint, qtbot: QtBot) -> None:
    qtbot.mousePress(ruler, Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseMove(ruler, (first + last) / 2)
    qtbot.mouseMove(ruler, last)
    qtbot.mouseRelease(ruler, Qt.MouseButton.LeftButton, pos=last)


def test_a_loop_that_is_drawn_on_the_ruler_is_heard_again_and_again(
    separated: Separated, window: MainWindow, recorder: Recorder, qtbot: QtBot
) -> None:
    session, player = separated()
    transport = window.song_page.transport
    drag(transport.ruler, at(transport.ruler, 6, 8), at(transport.ruler, 7.5, 8), qtbot)
    looped = transport.looped
    assert looped is not None
    assert looped == pytest.approx((6, 7.5), abs=0.1)
    start, end = (round(seconds * RATE) for seconds in looped)
    qtbot.waitUntil(lambda: player.position == start, timeout=PATIENCE_MS)
    click(transport.play, qtbot)
    seen: list[int] = []

    def has_wrapped_twice() -> bool:
        seen.append(player.position)
        return sum(after < before for before, after in pairwise(seen)) >= 2

    qtbot.waitUntil(has_wrapped_twice, timeout=PATIENCE_MS)
    recorded = recorder.stop()
    picture(window, "loop")
    click(transport.stop, qtbot)
    qtbot.waitUntil(lambda: player.position == start, timeout=PATIENCE_MS)
    whole = np.concatenate([sum(block.stems.values()) for block in session.blocks()])
    assert not player.starved
    before, after = whole[end - RATE // 2 : end], whole[start : start + RATE // 2]
    joint = np.concatenate([before, after])
    found = locate(joint, recorded)
    difference = np.abs(recorded[found : found + len(joint)] - joint).max(axis=1)
    assert np.flatnonzero(difference > 1e-5).size < RATE // 100
    assert not difference[RATE // 2 :].max() > 1e-5


def test_the_original_the_karaoke_and_the_volume_are_heard(
    separated: Separated, window: MainWindow, recorder: Recorder, qtbot: QtBot
) -> None:
    session, player = separated()
    transport = window.song_page.transport
    transport.karaoke.setValue(transport.karaoke.maximum())
    click(transport.play, qtbot)
    for second, action in ((3, transport.original.click), (6, lambda: transport.volume.setValue(-20)), (9, lambda: None)):
        qtbot.waitUntil(lambda second=second: player.position > second * RATE, timeout=PATIENCE_MS)
        action()
    recorded = recorder.stop()
    picture(window, "original")
    click(transport.play, qtbot)
    stems = {stem: np.concatenate([block.stems[stem] for block in session.blocks()]) for stem in session.stems}
    whole = sum(stems.values())
    beginning = locate(whole[4 * RATE : 5 * RATE], recorded) - 4 * RATE
    for start, expected in ((1, stems["accompaniment"]), (4, whole), (7, 0.1 * whole)):
        second = expected[start * RATE : (start + 1) * RATE]
        found = beginning + start * RATE
        assert np.abs(recorded[found : found + RATE] - second).max() < 1e-5


@pytest.mark.parametrize("scheme", [Qt.ColorScheme.Light, Qt.ColorScheme.Dark])
def test_the_transport_fits_into_the_smallest_window_with_everything_in_it(
    scheme: Qt.ColorScheme, separated: Separated, window: MainWindow, qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp, scheme)
    window.song_page.refresh_icons()
    window.resize(window.minimumSize())
    separated()
    transport = window.song_page.transport
    drag(transport.ruler, at(transport.ruler, 6, 8), at(transport.ruler, 12, 8), qtbot)
    qtbot.keyClick(transport.ruler, Qt.Key.Key_Right)
    transport.original.click()
    picture(window, f"transport-smallest-{scheme.name.lower()}")
    controls = (transport.play, transport.loop, transport.clear, transport.original, transport.volume, transport.devices)
    for widget in controls:
        assert window.rect().contains(widget.mapTo(window, widget.rect().bottomRight()))
        assert widget.width() >= widget.minimumSizeHint().width()
    transport.devices.menu().popup(window.mapToGlobal(QPoint(200, 100)))
    qtbot.waitUntil(transport.devices.menu().isVisible)
    picture(transport.devices.menu(), f"devices-{scheme.name.lower()}")
    transport.devices.menu().close()
    theme.apply(qapp, Qt.ColorScheme.Light)


def test_the_playhead_waits_at_the_edge_of_what_is_separated_and_says_so(
    separated: Separated, window: MainWindow, qtbot: QtBot
) -> None:
    session, player = separated()
    transport = window.song_page.transport
    window.work.playback.growing = True
    click(transport.ruler, qtbot, QPoint(transport.ruler.width() - 2, transport.ruler.height() - 10))
    click(transport.play, qtbot)
    qtbot.waitUntil(lambda: "Waiting" in transport.ruler.notice.text(), timeout=PATIENCE_MS)
    picture(window, "waiting")
    assert player.playing
    more = {stem: np.zeros((RATE, 2), np.float32) for stem in session.stems}
    session.append(StemBlock(session.frames, more))
    qtbot.waitUntil(lambda: not transport.ruler.notice.isVisible(), timeout=PATIENCE_MS)
    window.work.playback.growing = False
    qtbot.waitUntil(lambda: not player.playing, timeout=PATIENCE_MS)
