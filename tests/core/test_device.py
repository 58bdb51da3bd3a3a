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
SONG = np.repeat(np.linspace(0.1, 0.9, 4 * RATE, dtype=np.float32)[:, np.newaxis], 2, axis=1)  # each frame is another
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

    def turn(self, dry: bool = False) -> np.ndarray:
        out = np.zeros((BLOCK_FRAMES, 2), np.float32)
        self.options["callback"](out, BLOCK_FRAMES, None, types.SimpleNamespace(output_underflow=dry))
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
    session.append(StemBlock(0, {"mix": SONG}))
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


def sounding_of(heard: np.ndarray) -> np.ndarray:
    """The blocks that are no silence. The first one fades in."""
    blocks = heard.reshape(-1, BLOCK_FRAMES, 2)
    return blocks[blocks.any(axis=(1, 2))].reshape(-1, 2)


class Listener:
    """Plays the song, and counts what the devices are given that is no silence."""

    def __init__(self, sound: FakeSound, player: Player) -> None:
        self._sound, self.player = sound, player
        self._pause = threading.Event()
        self.blocks = 0
        player.play()

    @property
    def stream(self) -> FakeStream:
        return self._sound.open[0]

    def hear(self, blocks: int, dry: bool = False) -> np.ndarray:
        """So many blocks, each when the feeder has had time for it; before each one the device had run dry."""
        return np.concatenate([self.hear_block(self.stream, dry) for _ in range(blocks)])

    def hear_out(self, stream: FakeStream) -> FakeStream:
        """Hears what is left of a device that is being closed, and gives the one that comes after it."""
        while stream in self._sound.open:
            self.hear_block(stream)
        while not self._sound.open:
            self._pause.wait(0.002)
        return self.stream

    def hear_block(self, stream: FakeStream, dry: bool = False) -> np.ndarray:
        ring = self.player._ring
        self._pause.wait(0.01)
        while ring.ahead < 2 * BLOCK_FRAMES and not (self.player._changing or self.player.error or ring.ended):
            self._pause.wait(0.002)
        heard = stream.turn(dry)
        self.blocks += bool(heard.any())
        return heard

    def assert_goes_on(self) -> None:
        """Everything up to here was heard, and the song goes on after it."""
        here = self.player.position
        assert here == self.blocks * BLOCK_FRAMES
        sounding = sounding_of(self.hear(40))
        np.testing.assert_array_equal(sounding[BLOCK_FRAMES:], SONG[here + BLOCK_FRAMES : here + len(sounding)])
        assert len(sounding) >= 20 * BLOCK_FRAMES


@pytest.fixture
def listener(sound: FakeSound, open_player: OpenPlayer, monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setattr("core.playback.player.ONCE_S", 0.0)
    return Listener(sound, settled(open_player()))


def latency(stream: FakeStream) -> float:
    return float(stream.options["latency"])


def test_a_device_that_ran_dry_once_has_a_longer_latency_after_the_next_pause(listener: Listener) -> None:
    first = listener.stream
    listener.hear(5)
    listener.hear(1, dry=True)
    listener.hear(5)
    assert listener.stream is first
    listener.player.pause()
    second = listener.hear_out(first)
    assert latency(second) == listener.player.latency_s == 2 * latency(first)
    listener.player.play()
    listener.assert_goes_on()


def test_a_device_that_runs_dry_again_has_a_longer_latency_at_once_and_the_song_loses_nothing(listener: Listener) -> None:
    first = listener.stream
    listener.hear(5)
    listener.hear(2, dry=True)
    second = listener.hear_out(first)
    assert latency(second) == 2 * latency(first)
    assert listener.player.playing
    listener.assert_goes_on()
    assert listener.player.error is None


def test_what_is_missing_within_a_moment_is_missing_once(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.playback.player.ONCE_S", 1000.0)
    first = listener.stream
    listener.hear(5)
    listener.hear(20, dry=True)
    listener.hear(5)
    assert listener.stream is first
    assert listener.player.underruns == 20


def test_the_latency_has_an_end(listener: Listener) -> None:
    latencies = [latency(listener.stream)]
    while latencies[-1] < device.LONGEST_LATENCY_S:
        stream = listener.stream
        listener.hear(2, dry=True)
        latencies.append(latency(listener.hear_out(stream)))
    assert latencies == [0.05, 0.1, 0.2, 0.4]
    last = listener.stream
    listener.hear(20, dry=True)
    assert listener.stream is last
    listener.assert_goes_on()


def test_a_device_that_runs_dry_while_nothing_is_played_stays_as_it_is(listener: Listener) -> None:
    first = listener.stream
    listener.player.pause()
    listener.hear(1)
    listener.hear(20, dry=True)
    listener.player.play()
    listener.hear(5)
    assert listener.stream is first
    assert listener.player.underruns == 0


def test_the_song_goes_on_where_it_was_when_the_device_comes_back_with_another_rate(
    listener: Listener, sound: FakeSound
) -> None:
    first = listener.stream
    listener.hear(5)
    sound.plugged = {SPEAKERS: [48000]}
    listener.hear(2, dry=True)
    listener.hear_out(first)
    here = listener.player.position
    assert here == listener.blocks * BLOCK_FRAMES
    sounding = sounding_of(listener.hear(40))[BLOCK_FRAMES:]
    assert listener.player.output == (48000, None)
    expected = SONG[here, 0] + (SONG[1, 0] - SONG[0, 0]) * (BLOCK_FRAMES + np.arange(len(sounding))) * RATE / 48000
    np.testing.assert_allclose(sounding[:, 0], expected, atol=1e-4)


@pytest.mark.parametrize("left", [{}, {DAC: [RATE]}])
def test_a_device_that_is_gone_when_it_is_to_be_opened_anew_is_lost(
    left: dict[Device, list[int]], listener: Listener, sound: FakeSound, open_player: OpenPlayer
) -> None:
    listener.player.close()
    listener = Listener(sound, settled(open_player(SPEAKERS)))
    listener.hear(5)
    stream, sound.plugged = listener.stream, left
    listener.hear(2, dry=True)
    while stream in sound.open:
        listener.hear_block(stream)
    listener.player._thread.join()
    assert isinstance(listener.player.error, OutputDeviceLostError)
    assert listener.player.output == (RATE, SPEAKERS)
    assert not sound.open


def test_a_device_that_runs_dry_and_does_not_call_back_any_more_is_lost(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener.hear(5)
    monkeypatch.setattr("core.playback.player.LOST_AFTER_POLLS", 3)
    listener.hear(2, dry=True)
    listener.player._thread.join()
    assert isinstance(listener.player.error, OutputDeviceLostError)
