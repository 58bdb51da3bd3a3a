"""Feeder and ring, taken from as PortAudio does: every sample that is heard is looked at."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.playback.feeder import LOOP_FADE_S, Controls, Feeder, Loop
from core.playback.ring import BLOCK_FRAMES, Ring
from core.separation.separator import StemBlock
from core.session import Session

RATE = 44100
SECONDS = 3
FADE = round(LOOP_FADE_S * RATE)


def tone(hertz: float, seconds: float = SECONDS, rate: int = RATE) -> np.ndarray:
    wave = 0.4 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


def noise(seed: int) -> np.ndarray:
    return 0.3 * np.random.default_rng(seed).standard_normal((SECONDS * RATE, 2)).astype(np.float32)


class Desk:
    """A session that is fed and heard, block by block, in one thread."""

    def __init__(self, session: Session, rate: int) -> None:
        self.session = session
        self.controls = Controls(dict.fromkeys(session.stems, 1.0), playing=True)
        self.ring = Ring()
        self.feeder = Feeder(session, self.controls, self.ring)
        self._reader = session.reader()
        self.begin(rate)

    def begin(self, rate: int, latency_s: float = 0.05) -> None:
        self.feeder.begin(self._reader, rate, latency_s)

    def hear(self, blocks: int) -> np.ndarray:
        heard = []
        for _ in range(blocks):
            self.feeder.fill()
            out = np.full((BLOCK_FRAMES, 2), 99, np.float32)
            self.ring.take(out, BLOCK_FRAMES, self.controls.playing)
            heard.append(out)
        return np.concatenate(heard)

    def close(self) -> None:
        self._reader.close()
        self.session.close()


MakeDesk = Callable[..., Desk]


@pytest.fixture
def desk_of(tmp_path: Path) -> Iterator[MakeDesk]:
    desks: list[Desk] = []

    def make(stems: dict[str, np.ndarray], rate: int = RATE, session_rate: int = RATE) -> Desk:
        session = Session(tmp_path / "song.wav", list(stems), session_rate)
        session.append(StemBlock(0, stems))
        desks.append(Desk(session, rate))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


def steepest(samples: np.ndarray) -> float:
    return float(np.abs(np.diff(samples, axis=0)).max())


def test_a_loop_is_as_long_as_chosen_and_wraps_to_the_sample(desk_of: MakeDesk) -> None:
    song = noise(1)
    desk = desk_of({"mix": song})
    loop = Loop(10_007, 31_111)
    desk.controls.loop = loop
    heard = desk.hear(170)
    length = loop.end - loop.start
    plain = slice(loop.start, loop.end - FADE)
    for lap in range(3):
        part = heard[lap * length :][plain]
        np.testing.assert_array_equal(part, song[plain])
    joint = heard[loop.end - FADE : loop.end]
    share = (np.arange(FADE) / FADE).astype(np.float32)[:, None]
    before = song[loop.start - FADE : loop.start]
    np.testing.assert_allclose(joint, song[loop.end - FADE : loop.end] * (1 - share) + before * share, atol=1e-6)


def test_a_loop_of_whole_periods_is_an_endless_tone(desk_of: MakeDesk) -> None:
    wave = tone(441)  # 100 frames a period
    desk = desk_of({"mix": wave})
    desk.controls.loop = Loop(5_000, 25_000)
    heard = desk.hear(200)
    endless = np.resize(wave[:100], heard.shape)
    np.testing.assert_allclose(heard[BLOCK_FRAMES:], endless[BLOCK_FRAMES:], atol=1e-4)


@pytest.mark.parametrize("loop", [Loop(0, 20_000), Loop(12_345, 54_321), Loop(50, 4_500), Loop(100_000, 3 * RATE)])
def test_no_click_is_heard_where_a_loop_wraps(loop: Loop, desk_of: MakeDesk) -> None:
    wave = tone(220)
    desk = desk_of({"mix": wave})
    desk.controls.loop = loop
    desk.feeder.seek(loop.start)
    heard = desk.hear(300)
    assert not desk.ring.starved
    assert steepest(heard) < 1.1 * steepest(wave) + 2 * 0.4 / FADE


def test_the_position_stays_within_the_loop(desk_of: MakeDesk) -> None:
    desk = desk_of({"mix": noise(2)})
    desk.controls.loop = loop = Loop(20_000, 26_000)
    desk.feeder.seek(loop.start)
    positions = []
    for _ in range(100):
        desk.hear(1)
        positions.append(desk.feeder.position)
    assert all(loop.start <= position < loop.end for position in positions)
    assert sum(later < earlier for earlier, later in pairwise(positions)) >= 7


def test_a_loop_that_is_set_just_before_its_end_is_followed(desk_of: MakeDesk) -> None:
    desk = desk_of({"mix": noise(3)})
    desk.hear(20)
    end = desk.feeder.position + 2 * BLOCK_FRAMES  # is mixed already
    desk.controls.loop = Loop(1_000, end)
    desk.hear(8)
    assert 1_000 <= desk.feeder.position < end


def test_a_loop_that_is_cleared_is_left_at_its_end(desk_of: MakeDesk) -> None:
    desk = desk_of({"mix": noise(4)})
    desk.controls.loop = Loop(0, 8_192)
    desk.hear(14)  # what is mixed ahead has wrapped
    desk.controls.loop = None
    desk.hear(10)
    assert desk.feeder.position > 8_192


def test_a_loop_beyond_the_song_wraps_at_the_songs_end(desk_of: MakeDesk) -> None:
    song = noise(5)
    desk = desk_of({"mix": song})
    desk.controls.loop = Loop(len(song) - 10_000, len(song) + 50_000)
    desk.feeder.seek(len(song) - 10_000)
    desk.hear(60)
    assert len(song) - 10_000 <= desk.feeder.position < len(song)
    assert not desk.ring.ended


def test_the_original_is_the_sum_of_the_stems_whatever_the_faders_say(desk_of: MakeDesk) -> None:
    stems = {"vocals": noise(6), "accompaniment": noise(7)}
    desk = desk_of(stems)
    desk.controls.gains = {"vocals": 0.0, "accompaniment": 0.5}
    desk.controls.original = True
    heard = desk.hear(60)
    whole = sum(stems.values())
    np.testing.assert_allclose(heard[8_192:], whole[8_192 : len(heard)], atol=1e-6)


def test_a_and_b_change_without_a_jump_in_time_or_level(desk_of: MakeDesk) -> None:
    wave = tone(220)
    desk = desk_of({"vocals": wave * 0.5, "accompaniment": wave * 0.5})
    desk.controls.gains = {"vocals": 0.0, "accompaniment": 1.0}
    parts = [desk.hear(40)]
    for original in (True, False):
        desk.controls.original = original
        parts.append(desk.hear(40))
    heard = np.concatenate(parts)
    assert steepest(heard) < 1.05 * steepest(wave)
    at = {40: 0.5, 79: 1.0, 119: 0.5}
    for block, gain in at.items():
        part = slice((block - 4) * BLOCK_FRAMES, block * BLOCK_FRAMES)
        np.testing.assert_allclose(heard[part], gain * wave[part], atol=1e-5)


def test_the_master_volume_is_ramped_and_reaches_silence(desk_of: MakeDesk) -> None:
    wave = tone(220)
    desk = desk_of({"mix": wave})
    parts = [desk.hear(20)]
    desk.controls.master = 0.0
    parts.append(desk.hear(30))
    assert steepest(np.concatenate(parts)) < 1.05 * steepest(wave)
    assert not parts[1][-BLOCK_FRAMES:].any()


def test_gains_that_change_in_the_short_blocks_before_a_loops_end_are_ramped_all_the_same(desk_of: MakeDesk) -> None:
    level = np.full((SECONDS * RATE, 2), 0.5, np.float32)
    desk = desk_of({"mix": level})
    desk.controls.loop = Loop(10_000, 10_600)
    desk.feeder.seek(10_000)
    parts = [desk.hear(30)]
    desk.controls.master = 0.0
    parts.append(desk.hear(60))
    heard = np.concatenate(parts)
    assert steepest(heard[2 * BLOCK_FRAMES :]) < 1.1 * 0.5 / 600
    assert not heard[-1].any()


def test_what_is_changed_during_a_pause_is_heard_from_the_first_sample(desk_of: MakeDesk) -> None:
    song = noise(8)
    desk = desk_of({"mix": song})
    desk.hear(20)
    desk.controls.playing = False
    desk.hear(4)
    stopped = desk.feeder.position
    desk.controls.gains = {"mix": 0.25}
    desk.hear(4)
    assert desk.feeder.position == stopped
    desk.controls.playing = True
    heard = desk.hear(10)
    np.testing.assert_array_equal(heard[BLOCK_FRAMES:], song[stopped:][: len(heard)][BLOCK_FRAMES:] * np.float32(0.25))


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000, 192000])
def test_a_device_with_another_rate_is_given_the_song_at_its_rate(rate: int, desk_of: MakeDesk) -> None:
    desk = desk_of({"mix": tone(440)}, rate=rate)
    heard = desk.hear(2 * rate // BLOCK_FRAMES)
    expected = tone(440, rate=rate)[: len(heard)]
    inner = slice(BLOCK_FRAMES, None)
    np.testing.assert_allclose(heard[inner], expected[inner], atol=2e-3)
    assert not desk.ring.starved
    assert desk.feeder.position == pytest.approx(len(heard) * RATE / rate, abs=64)


def test_a_resampled_song_is_played_to_its_very_end(desk_of: MakeDesk) -> None:
    desk = desk_of({"mix": tone(440)}, rate=48000)
    heard = desk.hear(SECONDS * 48000 // BLOCK_FRAMES + 2)
    assert desk.feeder.position == SECONDS * RATE
    assert np.flatnonzero(heard[:, 0])[-1] == pytest.approx(SECONDS * 48000, abs=32)


def test_a_song_of_a_low_rate_fits_into_the_ring_of_a_device_with_a_high_one(desk_of: MakeDesk) -> None:
    desk = desk_of({"mix": tone(440, rate=8000)}, rate=192000, session_rate=8000)
    heard = desk.hear(300)
    expected = tone(440, rate=192000)[: len(heard)]
    np.testing.assert_allclose(heard[BLOCK_FRAMES:], expected[BLOCK_FRAMES:], atol=3e-3)


@pytest.mark.parametrize("rate", [RATE, 48000])
def test_at_the_edge_of_what_is_separated_the_sound_waits_and_goes_on_without_a_lost_sample(
    rate: int, desk_of: MakeDesk
) -> None:
    wave = tone(440)
    half = len(wave) // 2
    desk = desk_of({"mix": wave[:half]}, rate=rate)
    desk.controls.growing = True
    first = desk.hear(half * rate // RATE // BLOCK_FRAMES + 20)
    assert desk.ring.waiting
    assert not desk.ring.starved
    assert not first[-BLOCK_FRAMES:].any()
    assert half - 4 * BLOCK_FRAMES < desk.feeder.position <= half
    stopped = desk.feeder.position
    desk.session.append(StemBlock(half, {"mix": wave[half:]}))
    second = desk.hear(40)
    assert not desk.ring.waiting
    assert desk.feeder.position == pytest.approx(stopped + 40 * BLOCK_FRAMES * RATE / rate, abs=BLOCK_FRAMES)
    assert steepest(np.concatenate([first, second])) < 1.1 * steepest(wave) * RATE / min(rate, RATE)
    desk.controls.growing = False
    desk.hear(SECONDS * rate // BLOCK_FRAMES)
    assert desk.feeder.position == len(wave)
    assert not desk.ring.waiting


def test_a_loop_goes_on_when_the_song_turns_out_to_end_at_the_edge_that_it_waited_at(desk_of: MakeDesk) -> None:
    song = noise(11)
    desk = desk_of({"mix": song})
    desk.controls.growing = True
    desk.controls.loop = Loop(len(song) - 20_000, len(song) + 20_000)
    desk.feeder.seek(len(song) - 5_000)
    desk.hear(20)
    assert desk.ring.waiting
    desk.controls.growing = False
    heard = desk.hear(10)
    assert not desk.ring.waiting
    assert len(song) - 20_000 < desk.feeder.position < len(song) - 10_000
    np.testing.assert_array_equal(heard[-BLOCK_FRAMES:], song[desk.feeder.position - BLOCK_FRAMES : desk.feeder.position])


def test_a_seek_to_the_edge_waits_there(desk_of: MakeDesk) -> None:
    desk = desk_of({"mix": noise(9)})
    desk.controls.growing = True
    desk.feeder.seek(SECONDS * RATE)
    heard = desk.hear(20)
    assert desk.ring.waiting
    assert not heard[-BLOCK_FRAMES:].any()
    desk.feeder.seek(0)
    desk.hear(2)
    assert not desk.ring.waiting


def test_a_seek_is_heard_two_blocks_later(desk_of: MakeDesk) -> None:
    song = noise(10)
    desk = desk_of({"mix": song})
    desk.hear(20)
    desk.feeder.seek(77_777)
    assert desk.feeder.position == 77_777
    heard = desk.hear(4)
    np.testing.assert_array_equal(heard[2 * BLOCK_FRAMES :], song[77_777 + BLOCK_FRAMES :][: 2 * BLOCK_FRAMES])
    assert not desk.ring.starved


@pytest.mark.parametrize("latency_s", [0.05, 0.4])
def test_a_device_that_takes_all_of_its_latency_at_once_finds_it_there_after_a_seek(
    latency_s: float, desk_of: MakeDesk
) -> None:
    song = noise(11)
    desk = desk_of({"mix": song})
    desk.begin(RATE, latency_s)
    desk.hear(20)
    desk.feeder._jump(40_000)  # what a callback finds that comes before anything else is mixed
    out = np.zeros((BLOCK_FRAMES, 2), np.float32)
    for _ in range(1 + int(latency_s * RATE / BLOCK_FRAMES)):
        desk.ring.take(out, BLOCK_FRAMES, True)
    assert not desk.ring.starved
    np.testing.assert_array_equal(out, song[40_000 + desk.ring.read - desk.ring.skip_to - BLOCK_FRAMES :][:BLOCK_FRAMES])


def test_at_high_rates_and_the_longest_latency_a_jump_overwrites_nothing_that_is_still_heard(desk_of: MakeDesk) -> None:
    song = noise(12)
    desk = desk_of({"mix": song}, rate=192_000, session_rate=192_000)
    desk.begin(192_000, 0.4)
    desk.hear(3)
    here = desk.feeder.position
    desk.feeder._jump(60_000)
    last = np.zeros((BLOCK_FRAMES, 2), np.float32)
    desk.ring.take(last, BLOCK_FRAMES, True)
    fade = np.linspace(1, 0, BLOCK_FRAMES, dtype=np.float32)[:, np.newaxis]
    np.testing.assert_allclose(last, song[here : here + BLOCK_FRAMES] * fade, atol=1e-6)
