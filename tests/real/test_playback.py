"""The player on a real device: what is recorded from it is the mix of the stems, sample for sample."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.playback.device import SHORTEST_LATENCY_S
from core.playback.player import Player
from core.separation.separator import StemBlock
from core.session import ORIGINAL, Session, StemReader
from tests.real.conftest import LATENCY_S, RATE, Recorder, locate
from tests.support import songs

SECONDS = 4.0


@pytest.fixture
def stems() -> dict[str, np.ndarray]:
    return {"vocals": songs.music(SECONDS, seed=1) * 0.5, "accompaniment": songs.music(SECONDS, seed=2) * 0.5}


@pytest.fixture
def session(stems: dict[str, np.ndarray], tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path / "song.wav", list(stems), RATE)
    session.append(StemBlock(0, stems))
    yield session
    session.close()


def open_player(session: Session, gains: dict[str, float], latency_s: float = LATENCY_S) -> Player:
    player = Player(session, gains, latency_s=latency_s)
    while not player.ready:
        assert player.error is None
        time.sleep(0.01)
    return player


def play_to_end(player: Player) -> None:
    player.play()
    while not player.at_end:
        time.sleep(0.02)
    time.sleep(0.4)  # what is in the device's buffer
    player.close()


def test_the_mix_is_played_sample_for_sample_at_the_chosen_gains(
    session: Session, stems: dict[str, np.ndarray], recorder: Recorder
) -> None:
    player = open_player(session, {"vocals": 0.25, "accompaniment": 1.0})
    play_to_end(player)
    recorded = recorder.stop()
    expected = 0.25 * stems["vocals"] + stems["accompaniment"]
    middle = expected[RATE // 2 : -RATE // 4]
    start = locate(middle, recorded)
    assert np.abs(recorded[start : start + len(middle)] - middle).max() < 1e-6


def test_a_muted_stem_is_not_heard(session: Session, stems: dict[str, np.ndarray], recorder: Recorder) -> None:
    play_to_end(open_player(session, {"vocals": 0.0, "accompaniment": 1.0}))
    recorded = recorder.stop()
    middle = stems["accompaniment"][RATE // 2 : -RATE // 4]
    start = locate(middle, recorded)
    assert np.abs(recorded[start : start + len(middle)] - middle).max() < 1e-6


def test_playing_goes_on_from_where_it_was_sought(
    session: Session, stems: dict[str, np.ndarray], recorder: Recorder
) -> None:
    player = open_player(session, {"vocals": 1.0, "accompaniment": 1.0})
    player.seek(round(2.5 * RATE))
    assert player.position == round(2.5 * RATE)
    play_to_end(player)
    recorded = recorder.stop()
    mix = sum(stems.values())
    late, early = mix[round(2.7 * RATE) : round(3.7 * RATE)], mix[RATE : 2 * RATE]
    start = locate(late, recorded)
    assert np.abs(recorded[start : start + len(late)] - late).max() < 1e-6
    found = locate(early, recorded)
    part = recorded[found : found + len(early)]
    assert len(part) < len(early) or np.abs(part - early).max() > 0.01


def test_pause_is_silence_and_play_goes_on_where_it_stopped(
    session: Session, stems: dict[str, np.ndarray], recorder: Recorder
) -> None:
    player = open_player(session, {"vocals": 1.0, "accompaniment": 1.0})
    player.play()
    while player.position < RATE:
        time.sleep(0.01)
    player.pause()
    time.sleep(0.1)
    stopped = player.position
    time.sleep(0.3)
    assert player.position == stopped
    play_to_end(player)
    recorded = recorder.stop()
    mix = sum(stems.values())
    after = mix[stopped + 1024 : stopped + RATE]  # the first block fades in
    start = locate(after, recorded)
    assert np.abs(recorded[start : start + len(after)] - after).max() < 1e-6
    quiet = recorded[start - 1024 - RATE // 5 : start - 1024 - RATE // 20]
    assert not quiet.any()


def test_starting_pausing_seeking_and_muting_make_no_click(tmp_path: Path, recorder: Recorder) -> None:
    t = np.arange(round(SECONDS * RATE)) / RATE
    tone = np.repeat((0.5 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)[:, None], 2, axis=1)
    session = Session(tmp_path / "tone.wav", ["tone"], RATE)
    session.append(StemBlock(0, {"tone": tone}))
    player = open_player(session, {"tone": 1.0})
    player.play()
    time.sleep(0.5)
    player.seek(round(2.1234 * RATE))
    time.sleep(0.4)
    player.set_gains({"tone": 0.0})
    time.sleep(0.4)
    player.set_gains({"tone": 1.0})
    time.sleep(0.4)
    player.pause()
    time.sleep(0.4)
    player.close()
    session.close()
    recorded = recorder.stop()
    steepest = 2 * np.pi * 220 / RATE * 0.5
    assert np.abs(recorded).max() > 0.45
    assert np.abs(np.diff(recorded, axis=0)).max() < 1.2 * steepest


def test_the_position_follows_the_sound_and_ends_at_the_end(session: Session, sound: None) -> None:
    player = open_player(session, {"vocals": 1.0, "accompaniment": 1.0})
    player.seek(session.frames - RATE // 2)
    player.play()
    while not player.at_end:
        time.sleep(0.01)
    assert player.position == session.frames
    player.close()


def test_playback_follows_a_session_that_still_grows(
    stems: dict[str, np.ndarray], tmp_path: Path, recorder: Recorder
) -> None:
    session = Session(tmp_path / "song.wav", list(stems), RATE)
    half = len(stems["vocals"]) // 2
    session.append(StemBlock(0, {stem: samples[:half] for stem, samples in stems.items()}))
    player = open_player(session, {"vocals": 1.0, "accompaniment": 1.0})
    player.play()
    while not player.at_end:
        time.sleep(0.02)
    session.append(StemBlock(half, {stem: samples[half:] for stem, samples in stems.items()}))
    play_to_end(player)
    session.close()
    recorded = recorder.stop()
    second = sum(stems.values())[half + RATE // 4 : -RATE // 4]
    start = locate(second, recorded)
    assert np.abs(recorded[start : start + len(second)] - second).max() < 1e-6


def test_a_device_that_runs_dry_twice_is_opened_anew_and_the_song_goes_on_where_it_was(
    session: Session, stems: dict[str, np.ndarray], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = open_player(session, {"vocals": 1.0, "accompaniment": 1.0}, SHORTEST_LATENCY_S)
    take, begin = player._ring.take, player._feeder.begin
    held_up = threading.Event()
    opened_at: list[int] = []

    def late(out: np.ndarray, frames: int, playing: bool) -> None:
        """PortAudio's thread comes late, as on a computer that does other things."""
        if playing and not held_up.is_set():
            held_up.set()
            time.sleep(0.5)
        take(out, frames, playing)

    def noted(reader: StemReader, rate: int, latency_s: float) -> None:
        opened_at.append(player.position)
        begin(reader, rate, latency_s)

    monkeypatch.setattr(player._ring, "take", late)
    monkeypatch.setattr(player._feeder, "begin", noted)
    player.play()
    while player.position < RATE:
        time.sleep(0.01)
    assert player.underruns
    held_up.clear()
    while not opened_at:
        time.sleep(0.01)
    play_to_end(player)
    assert player.latency_s > SHORTEST_LATENCY_S
    recorded = recorder.stop()
    after = sum(stems.values())[opened_at[-1] + 1024 : -RATE // 4]  # the first block fades in
    start = locate(after, recorded)
    assert np.abs(recorded[start : start + len(after)] - after).max() < 1e-6
    assert not recorded[start - 1024 - RATE // 20 : start - 1024].any()


def test_levels_are_those_of_what_was_given_to_the_device(sound: None, tmp_path: Path) -> None:
    loud, quiet = (np.full((round(SECONDS * RATE), 2), value, np.float32) for value in (0.5, -0.25))
    session = Session(tmp_path / "song.wav", ["loud", "quiet"], RATE)
    session.append(StemBlock(0, {"loud": loud, "quiet": quiet}))
    player = open_player(session, {"loud": 0.5, "quiet": 1.0})
    assert player.levels() == {}
    player.play()
    while player.position < RATE // 4:
        time.sleep(0.01)
    player.pause()
    while player._ring._audible:
        time.sleep(0.01)
    assert player.levels() == pytest.approx({ORIGINAL: 0.0, "loud": 0.25, "quiet": 0.25})
    assert player.levels() == {}
    player.close()
    session.close()
