"""The transport bar by itself, and joined with a player that has no device."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core import settings
from core.errors import NoOutputDeviceError
from core.playback.device import SHORTEST_LATENCY_S, Device, Output
from core.playback.feeder import Loop
from core.playback.player import Player
from core.playback.ring import BLOCK_FRAMES
from core.separation.separator import StemBlock
from core.session import Session
from gui.device_button import DeviceButton
from gui.lanes import Lanes
from gui.playback import Playback
from gui.ruler import Region, Ruler
from gui.transport import Transport
from gui.view import View
from gui.widgets import MessageBar

RATE = 44100
SECONDS = 20
DAC = Device("USB DAC & Co", "ALSA")
Y = 8


@pytest.fixture
def transport(qtbot: QtBot) -> Transport:
    holder, transport = holder_of_transport()
    qtbot.addWidget(holder)
    transport.show_length(SECONDS)
    holder.show()
    transport.holder = holder  # type: ignore[attr-defined] - kept alive
    return transport


def holder_of_transport() -> tuple[QWidget, Transport]:
    """A transport under the ruler of a song."""
    view = View()
    view.reset(SECONDS * RATE, RATE)
    ruler = Ruler(view)
    transport = Transport(ruler)
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.addWidget(ruler)
    column.addWidget(transport)
    holder.resize(860, 120)
    return holder, transport


def at(transport: Transport, seconds: float) -> QPoint:
    return QPoint(round(transport.ruler._x_of(round(seconds * 1000))), Y)


Drag = Callable[..., None]


@pytest.fixture
def drag(transport: Transport, qtbot: QtBot) -> Drag:
    def drag(first_s: float, last_s: float) -> None:
        left = Qt.MouseButton.LeftButton
        qtbot.mousePress(transport.ruler, left, pos=at(transport, first_s))
        for part in (0.3, 0.7, 1.0):
            qtbot.mouseMove(transport.ruler, at(transport, first_s + part * (last_s - first_s)))
        qtbot.mouseRelease(transport.ruler, left, pos=at(transport, last_s))

    return drag


def test_a_click_on_the_ruler_goes_there(transport: Transport, qtbot: QtBot) -> None:
    with qtbot.waitSignal(transport.sought) as sought:
        qtbot.mouseClick(transport.ruler, Qt.MouseButton.LeftButton, pos=at(transport, 5))
    assert sought.args == [pytest.approx(5, abs=0.05)]
    assert transport.looped is None


@pytest.mark.parametrize("ends", [(5, 15), (15, 5)])
def test_a_drag_on_the_ruler_makes_a_loop_and_does_not_seek(
    ends: tuple[float, float], transport: Transport, drag: Drag, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(transport.sought), qtbot.waitSignal(transport.loop_changed):
        drag(*ends)
    assert transport.looped == pytest.approx((5, 15), abs=0.05)
    assert transport.loop.isChecked()


def test_the_ends_of_a_loop_can_be_dragged_across_each_other(transport: Transport, drag: Drag) -> None:
    drag(5, 10)
    drag(10, 12)
    assert transport.looped == pytest.approx((5, 12), abs=0.1)
    drag(5, 16)
    assert transport.looped == pytest.approx((12, 16), abs=0.1)


def test_a_loop_is_switched_removed_and_without_a_part_is_the_whole_song(transport: Transport, drag: Drag) -> None:
    drag(5, 10)
    transport.loop.click()
    assert transport.looped is None
    assert transport.ruler.region is not None
    transport.loop.click()
    assert transport.looped == pytest.approx((5, 10), abs=0.05)
    transport.clear.click()
    assert transport.looped is None
    assert transport.ruler.region is None
    assert not transport.clear.isVisible()
    transport.loop.click()
    assert transport.looped == (0, SECONDS)


def test_a_loop_can_be_made_with_the_keyboard_alone(transport: Transport, qtbot: QtBot) -> None:
    transport.window().activateWindow()
    transport.show_position(4)
    qtbot.keyClick(transport, Qt.Key.Key_BracketLeft)
    assert transport.looped == (4, SECONDS)
    transport.show_position(9)
    qtbot.keyClick(transport, Qt.Key.Key_BracketRight)
    assert transport.looped == (4, 9)
    qtbot.keyClick(transport, Qt.Key.Key_L)
    assert transport.looped is None


def test_what_the_keys_do_is_in_the_tooltips(transport: Transport) -> None:
    keys = {
        transport.play: "Space",
        transport.stop: "Ctrl+.",
        transport.back: "Ctrl+←",
        transport.forward: "Ctrl+→",
        transport.loop: "L",
        transport.clear: "Esc",
        transport.original: "B",
    }
    for button, key in keys.items():
        assert f"({key})" in button.toolTip()


def test_the_ruler_grows_with_a_song_that_is_longer_than_it_declared(transport: Transport) -> None:
    transport.show_separated(SECONDS + 5)
    assert transport.ruler.maximum() == (SECONDS + 5) * 1000


class Devices:
    """What stands in for the sound card: devices that are there, and the players that were opened on them."""

    def __init__(self) -> None:
        self.there = {None, DAC}
        self.opened: list[Device | None] = []

    @contextlib.contextmanager
    def open(self, player: Player) -> Iterator[Output]:
        if not self.there:
            raise NoOutputDeviceError(detail="")
        device = player._chosen if player._chosen in self.there else None
        self.opened.append(device)
        yield Output(RATE, device)


class Room(QObject):
    """A session, its transport, lanes and playback."""

    def __init__(self, session: Session, transport: Transport, qtbot: QtBot) -> None:
        super().__init__()
        self.session, self.transport, self.qtbot = session, transport, qtbot
        self.lanes = Lanes()
        self.lanes.set_stems(session.stems)
        self.message = MessageBar()
        qtbot.addWidget(self.message)
        self.playback = Playback(transport, self.lanes, self.message, self)

    @property
    def player(self) -> Player:
        assert self.playback.player is not None
        return self.playback.player

    def start(self) -> Player:
        self.playback.start(self.session)
        self.qtbot.waitUntil(self.transport.isEnabled)
        return self.player

    def hear(self, blocks: int) -> np.ndarray:
        """What the device would be given."""
        out = np.zeros((blocks, BLOCK_FRAMES, 2), np.float32)
        for block in out:
            self.qtbot.waitUntil(lambda: self.player._ring.ahead >= BLOCK_FRAMES)
            self.player._callback(block, BLOCK_FRAMES, None, None)
        return out.reshape(-1, 2)


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Devices:
    devices = Devices()
    monkeypatch.setattr(Player, "_open_stream", lambda player: devices.open(player))
    monkeypatch.setattr("core.playback.player.LOST_AFTER_POLLS", 10**9)
    return devices


@pytest.fixture
def room(transport: Transport, devices: Devices, tmp_path: Path, qtbot: QtBot) -> Iterator[Room]:
    session = Session(tmp_path / "song.wav", ["vocals", "accompaniment"], RATE)
    samples = np.full((SECONDS * RATE, 2), 0.25, np.float32)
    session.append(StemBlock(0, {"vocals": samples, "accompaniment": samples}))
    room = Room(session, transport, qtbot)
    yield room
    for player in room.playback.stop():
        player.close()
    session.close()


def test_stop_goes_to_the_beginning_of_the_song_or_of_the_loop(room: Room, transport: Transport, drag: Drag) -> None:
    player = room.start()
    transport.sought.emit(7.0)
    transport.play.click()
    transport.stop.click()
    assert not player.playing
    assert player.position == 0
    drag(5, 10)
    looped = transport.looped
    assert looped is not None
    transport.sought.emit(7.0)
    transport.stop.click()
    assert player.position == round(looped[0] * RATE)


def test_the_steps_go_five_seconds_back_and_on_within_the_song(room: Room, transport: Transport) -> None:
    player = room.start()
    for button, position_s in ((transport.forward, 5), (transport.forward, 10), (transport.back, 5), (transport.back, 0)):
        button.click()
        assert player.position == position_s * RATE
    transport.back.click()
    assert player.position == 0


def test_a_loop_elsewhere_takes_the_playhead_to_its_beginning_and_one_around_it_leaves_it(
    room: Room, transport: Transport, drag: Drag
) -> None:
    player = room.start()
    transport.sought.emit(8.0)
    drag(5, 10)
    assert player.position == 8 * RATE
    assert player._controls.loop is not None
    transport.clear.click()
    assert player._controls.loop is None
    drag(12, 14)
    assert player.position == pytest.approx(12 * RATE, abs=0.05 * RATE)


def test_the_karaoke_slider_moves_the_vocals_lane_and_follows_it(room: Room, transport: Transport) -> None:
    room.start()
    vocals = room.lanes.lanes[0]
    transport.karaoke.setValue(12)
    assert vocals.level_db == -12
    transport.karaoke.setValue(transport.karaoke.maximum())
    assert room.lanes.gains() == {"vocals": 0.0, "accompaniment": 1.0}
    vocals.volume.setValue(-200)
    assert transport.karaoke.value() == 20
    vocals.mute.click()
    assert transport.karaoke.value() == transport.karaoke.maximum()
    transport.karaoke.setValue(6)
    assert not vocals.mute.isChecked()
    assert vocals.level_db == -6


def test_a_song_without_vocals_has_no_karaoke_slider(room: Room, transport: Transport) -> None:
    room.start()
    assert transport.karaoke.isVisible()
    room.lanes.set_stems(["drums", "bass"])
    room.playback._show_vocals()
    assert not transport.karaoke.isVisible()


def test_original_volume_and_mix_reach_the_sound(room: Room, transport: Transport) -> None:
    room.start()
    transport.karaoke.setValue(transport.karaoke.maximum())
    transport.play.click()
    assert room.hear(30)[-1, 0] == pytest.approx(0.25)
    transport.original.click()
    assert room.hear(30)[-1, 0] == pytest.approx(0.5)
    transport.volume.setValue(-20)
    assert room.hear(30)[-1, 0] == pytest.approx(0.05)


def test_waiting_is_said_at_the_playhead_until_there_is_more(room: Room, transport: Transport, qtbot: QtBot) -> None:
    player = room.start()
    room.playback.growing = True
    transport.sought.emit(float(SECONDS))
    transport.play.click()
    qtbot.waitUntil(lambda: player._ring.holding and not player._feeder._seeks)
    block = np.zeros((BLOCK_FRAMES, 2), np.float32)
    for _ in range(3):
        player._callback(block, BLOCK_FRAMES, None, None)
    qtbot.waitUntil(lambda: transport.ruler.notice.isVisible())
    assert "Waiting" in transport.ruler.notice.text()
    assert player.playing
    more = np.full((RATE, 2), 0.25, np.float32)
    room.session.append(StemBlock(SECONDS * RATE, {"vocals": more, "accompaniment": more}))
    room.hear(2)
    qtbot.waitUntil(lambda: not transport.ruler.notice.isVisible())


def test_another_device_is_taken_without_a_change_of_anything_else(
    room: Room, transport: Transport, devices: Devices, drag: Drag, qtbot: QtBot
) -> None:
    first = room.start()
    drag(5, 10)
    transport.original.click()
    transport.volume.setValue(-6)
    transport.sought.emit(7.0)
    transport.play.click()
    transport.devices.chosen.emit(DAC)
    second = room.player
    assert second is not first
    qtbot.waitUntil(lambda: second.ready)
    assert devices.opened == [None, DAC]
    assert (second.position, second.playing) == (7 * RATE, True)
    assert second._controls.original
    assert second._controls.loop == first._controls.loop
    assert second._controls.master == first._controls.master
    assert transport.isEnabled()


def test_a_chosen_device_that_goes_away_gives_way_to_the_default_and_playing_goes_on(
    room: Room, transport: Transport, devices: Devices, qtbot: QtBot
) -> None:
    room.start()
    transport.devices.chosen.emit(DAC)
    qtbot.waitUntil(lambda: room.player.ready)
    transport.sought.emit(7.0)
    transport.play.click()
    lost = room.player
    devices.there.discard(DAC)
    lost._on_finished()
    qtbot.waitUntil(lambda: room.player is not lost and room.player.ready)
    assert room.message.text.startswith("“USB DAC & Co” is not there; playing on")
    assert devices.opened[-1] is None
    assert room.player.playing
    assert room.player.position == 7 * RATE


def test_a_default_device_that_goes_away_is_said_and_play_tries_again(
    room: Room, transport: Transport, devices: Devices, qtbot: QtBot
) -> None:
    room.start()
    transport.sought.emit(7.0)
    room.player._on_finished()
    qtbot.waitUntil(lambda: room.playback.player is None)
    assert "went away" in room.message.text
    transport.play.click()
    assert room.player.position == 7 * RATE
    assert room.player.playing
    qtbot.waitUntil(lambda: room.message.text == "")  # it is there again


def test_without_any_device_trying_again_finds_the_one_that_was_plugged_in(
    room: Room, transport: Transport, devices: Devices, qtbot: QtBot
) -> None:
    there, devices.there = devices.there, set()
    room.playback.start(room.session)
    qtbot.waitUntil(lambda: room.playback.player is None)
    assert "Playback is off" in room.message.text
    assert not transport.isEnabled()
    room.message.action.click()
    qtbot.waitUntil(lambda: "Playback is off" in room.message.text)
    devices.there = there
    room.message.action.click()
    qtbot.waitUntil(transport.isEnabled)
    assert room.message.text == ""


def test_the_chosen_device_is_remembered_and_its_absence_is_said(
    room: Room, transport: Transport, devices: Devices, qtbot: QtBot
) -> None:
    transport.devices.chosen.emit(DAC)
    devices.there.discard(DAC)
    other = Playback(transport, room.lanes, room.message, room)
    other.start(room.session)
    qtbot.waitUntil(lambda: "is not there" in room.message.text)
    assert transport.devices.current == DAC
    for player in other.stop():
        player.close()


def test_the_latency_that_a_device_turned_out_to_need_is_kept_until_another_device_is_chosen(
    room: Room, transport: Transport, qtbot: QtBot
) -> None:
    player = room.start()
    transport.play.click()
    room.hear(2)
    player._callback(np.zeros((BLOCK_FRAMES, 2), np.float32), BLOCK_FRAMES, None, SimpleNamespace(output_underflow=True))
    transport.play.click()
    qtbot.waitUntil(lambda: player._changing)
    room.hear(1)
    qtbot.waitUntil(lambda: settings.load().output_latency_s is not None)
    assert settings.load().output_latency_s == player.latency_s > SHORTEST_LATENCY_S
    room.playback.reopen()
    assert room.player is not player
    assert room.player.latency_s == player.latency_s
    transport.devices.chosen.emit(DAC)
    assert room.player.latency_s == SHORTEST_LATENCY_S
    assert settings.load().output_latency_s is None


def test_the_device_menu_has_the_devices_of_the_moment_and_marks_the_chosen_one(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [DAC, Device("Speakers", "ALSA")]
    monkeypatch.setattr("gui.device_button.output_devices", lambda: list(there))
    button = DeviceButton()
    qtbot.addWidget(button)

    def entries() -> list[tuple[str, bool]]:
        button.menu().aboutToShow.emit()
        return [(action.text(), action.isChecked()) for action in button.menu().actions() if action.isCheckable()]

    assert entries() == [("System default", True), ("USB DAC && Co", False), ("Speakers", False)]
    with qtbot.waitSignal(button.chosen) as chosen:
        button.menu().actions()[1].trigger()
    assert chosen.args == [DAC]
    del there[0]
    assert entries() == [("System default", False), ("Speakers", False), ("USB DAC && Co", True)]
    there.append(Device("Speakers", "JACK"))
    assert entries()[2] == ("Speakers (JACK)", False)


def test_a_loop_of_the_ruler_is_one_of_frames_for_the_player(room: Room, transport: Transport) -> None:
    player = room.start()
    transport.ruler.set_region(Region(5_000, 10_500))
    transport.ruler.region_changed.emit()
    assert player._controls.loop == Loop(5 * RATE, round(10.5 * RATE))


def test_keys_do_nothing_while_nothing_can_be_played(qtbot: QtBot) -> None:
    holder, transport = holder_of_transport()
    qtbot.addWidget(holder)
    holder.show()
    transport.setEnabled(False)
    for key in (Qt.Key.Key_L, Qt.Key.Key_BracketLeft, Qt.Key.Key_B):
        qtbot.keyClick(holder, key)
    assert transport.ruler.region is None
    assert not transport.original.isChecked()
