"""The choice of a device, with a simulated PortAudio."""

import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import NoOutputDeviceError, OutputDeviceLostError
from core.playback import device
from core.playback.device import Device
from core.playback.player import Player
from core.playback.ring import BLOCK_FRAMES
from core.separation.separator import StemBlock
from core.session import Session

RATE = 44100
SPEAKERS, DAC, MICROPHONE = Device("Speakers", "ALSA"), Device("USB DAC", "ALSA"), Device("Microphone", "ALSA")


class PortAudioError(Exception):
    """What sounddevice raises."""


class FakeStream:
    """Calls back as often as ``turn`` is called."""

    def __init__(self, sound: "FakeSound", **options: Any) -> None:
        self.options = options
        number = options["device"]
        plugged = sound.known[sound.default if number is None else number] if sound.known else None
        if plugged is None or plugged not in sound.plugged:
            raise PortAudioError("no such device")
        if options["samplerate"] not in sound.plugged[plugged]:
            raise PortAudioError("Invalid sample rate")
        self.device = plugged
        self.sound = sound

    def start(self) -> None:
        self.sound.open.append(self)

    def close(self, ignore_errors: bool = True) -> None:
        if self in self.sound.open:
            self.sound.open.remove(self)

    def turn(self) -> np.ndarray:
        out = np.zeros((BLOCK_FRAMES, 2), np.float32)
        self.options["callback"](out, BLOCK_FRAMES, None, None)
        return out

    def vanish(self) -> None:
        del self.sound.plugged[self.device]
        self.options["finished_callback"]()


class FakeSound(types.ModuleType):
    """Devices with their rates, of which the program knows those that were there when it looked last."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.plugged: dict[Device, list[int]] = {SPEAKERS: [RATE, 48000], DAC: [RATE]}
        self.known: list[Device] = []
        self.default = 0
        self.open: list[FakeStream] = []
        self._initialize()

    def _terminate(self) -> None:
        assert not self.open

    def _initialize(self) -> None:
        self.known = list(self.plugged)

    def OutputStream(self, **options: Any) -> FakeStream:  # noqa: N802 - sounddevice's name
        return FakeStream(self, **options)

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": "ALSA"}]

    def query_devices(self, number: int | None = None, kind: str | None = None) -> Any:
        all_devices = [
            {
                "name": one.name,
                "hostapi": 0,
                "index": index,
                "max_output_channels": 0 if one == MICROPHONE else 2,
                "default_samplerate": float(self.plugged.get(one, [RATE])[0]),
            }
            for index, one in enumerate(self.known)
        ]
        if kind is None:
            return all_devices
        if not all_devices:
            raise PortAudioError("no device")
        return all_devices[self.default if number is None else number]


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    fake = FakeSound()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(device, "_library", device._Library())
    return fake


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path / "song.wav", ["mix"], RATE)
    session.append(StemBlock(0, {"mix": np.full((2 * RATE, 2), 0.5, np.float32)}))
    yield session
    session.close()


OpenPlayer = Callable[..., Player]


@pytest.fixture
def open_player(session: Session) -> Iterator[OpenPlayer]:
    players: list[Player] = []

    def make(chosen: Device | None = None, after: Player | None = None) -> Player:
        players.append(Player(session, {"mix": 1.0}, chosen, after))
        return players[-1]

    yield make
    for player in players:
        player.close()


def settled(player: Player) -> Player:
    """Waits until the player is ready or has failed."""
    pause = threading.Event()
    while not player.ready and not player.error:
        pause.wait(0.002)
    return player


def test_without_a_choice_the_default_device_is_played_on(sound: FakeSound, open_player: OpenPlayer) -> None:
    player = settled(open_player())
    assert player.output == (RATE, None)
    assert not player.fell_back
    assert sound.open[0].device == SPEAKERS


def test_the_chosen_device_is_played_on(sound: FakeSound, open_player: OpenPlayer) -> None:
    player = settled(open_player(DAC))
    assert player.output == (RATE, DAC)
    assert sound.open[0].device == DAC


def test_a_chosen_device_that_is_not_there_gives_way_to_the_default(sound: FakeSound, open_player: OpenPlayer) -> None:
    del sound.plugged[DAC]
    player = settled(open_player(DAC))
    assert player.fell_back
    assert sound.open[0].device == SPEAKERS


def test_a_device_that_goes_away_is_an_error_and_the_next_player_falls_back_and_later_returns(
    sound: FakeSound, open_player: OpenPlayer
) -> None:
    first = settled(open_player(DAC))
    rates = sound.plugged[DAC]
    sound.open[0].vanish()
    pause = threading.Event()
    while not first.error:
        pause.wait(0.002)
    assert isinstance(first.error, OutputDeviceLostError)
    second = settled(open_player(DAC, after=first))
    assert second.fell_back
    sound.plugged[DAC] = rates
    third = settled(open_player(DAC, after=second))
    assert not third.fell_back
    assert sound.open[0].device == DAC


def test_a_device_that_is_not_called_back_by_any_more_is_lost(
    sound: FakeSound, open_player: OpenPlayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.playback.player.LOST_AFTER_POLLS", 3)
    player = settled(open_player())
    sound.open[0].turn()
    player._thread.join()
    assert isinstance(player.error, OutputDeviceLostError)


def test_a_player_that_was_stopped_before_its_turn_opens_no_device(
    sound: FakeSound, open_player: OpenPlayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake, waits = threading.Event(), FakeStream.close
    monkeypatch.setattr(FakeStream, "close", lambda stream, ignore_errors: (awake.wait(), waits(stream)))
    first = settled(open_player())
    first.stop()
    second = open_player(DAC, after=first)
    second.stop()
    third = open_player(after=second)
    awake.set()
    settled(third)
    assert second.output is None
    assert third.ready


def test_a_device_that_hangs_is_lost_and_closing_its_player_can_be_given_up(
    sound: FakeSound, open_player: OpenPlayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.playback.player.LOST_AFTER_POLLS", 3)
    awake = threading.Event()
    monkeypatch.setattr(FakeStream, "close", lambda stream, ignore_errors: awake.wait())
    player = settled(open_player())
    sound.open[0].turn()
    pause = threading.Event()
    while not player.error:
        pause.wait(0.002)
    assert isinstance(player.error, OutputDeviceLostError)
    player.close(patience_s=0.01)
    assert player.is_open
    awake.set()


def test_a_device_without_the_songs_rate_is_opened_at_its_own(sound: FakeSound, open_player: OpenPlayer) -> None:
    sound.plugged = {SPEAKERS: [48000]}
    player = settled(open_player())
    assert player.output == (48000, None)


def test_no_device_at_all_is_an_error(sound: FakeSound, open_player: OpenPlayer) -> None:
    sound.plugged = {}
    assert isinstance(settled(open_player()).error, NoOutputDeviceError)


def test_the_list_has_what_can_play_and_is_renewed_when_no_stream_is_open(sound: FakeSound, open_player: OpenPlayer) -> None:
    sound.plugged = {SPEAKERS: [RATE], MICROPHONE: [RATE]}
    sound._initialize()
    first = settled(open_player())
    sound.plugged[DAC] = [RATE]
    assert DAC not in device.output_devices()
    settled(open_player(after=first))
    assert device.output_devices() == [SPEAKERS, DAC]


def test_a_new_player_opens_the_device_only_when_the_one_before_is_closed(sound: FakeSound, open_player: OpenPlayer) -> None:
    player = settled(open_player())
    for _ in range(3):
        player = settled(open_player(after=player))
        assert len(sound.open) == 1
