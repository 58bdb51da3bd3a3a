"""The resampler: exact lengths, nothing shifted, nothing audible lost, the same for any blocks."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.mixdown import resampled
from core.audio.resample import Resampler, resampled_frames
from core.separation.separator import StemBlock
from tests.support import songs
from tests.support.songs import joined

PAIRS = [(44100, 48000), (48000, 44100), (44100, 96000), (96000, 44100), (44100, 88200), (192_000, 44100)]


def through(samples: np.ndarray, rate: int, new_rate: int, cuts: list[int] | None = None) -> np.ndarray:
    resampler = Resampler(rate, new_rate, samples.shape[1])
    parts = [ready for part in np.split(samples, cuts or []) for ready in resampler.push(part)]
    return np.concatenate([*parts, *resampler.drain()])


def decibels(signal: np.ndarray, error: np.ndarray) -> float:
    return float(10 * np.log10(np.square(signal).sum() / max(np.square(error).sum(), 1e-30)))


@settings(deadline=None, max_examples=40)
@given(
    frames=st.integers(0, 3000),
    rates=st.sampled_from([*PAIRS, (8000, 192_000), (192_000, 8000), (44100, 44101), (11025, 88200)]),
    channels=st.sampled_from([1, 2]),
)
def test_the_length_is_that_in_time_to_the_nearest_frame(frames: int, rates: tuple[int, int], channels: int) -> None:
    samples = np.ones((frames, channels), np.float32)
    found = through(samples, *rates)
    assert found.shape == (round(frames * rates[1] / rates[0]), channels)
    assert len(found) == resampled_frames(frames, *rates)


@pytest.mark.parametrize(("rate", "new_rate"), PAIRS)
@pytest.mark.parametrize("pitch", [50, 1000, 10_000, 18_000, 20_000])
def test_what_can_be_heard_keeps_its_level_and_its_place(rate: int, new_rate: int, pitch: float) -> None:
    found = through(songs.sine(1, rate, pitch=pitch), rate, new_rate)
    middle = slice(new_rate // 10, -new_rate // 10)  # a tone that begins at once has all pitches there
    expected = songs.sine(1, new_rate, pitch=pitch)[middle]
    assert decibels(expected, found[middle] - expected) > 110


def test_music_is_as_from_another_resampler_from_the_first_frame_to_the_last() -> None:
    lowpass = scipy.signal.firwin(1001, 18_000, fs=48000)  # what is above, each resampler cuts off in its own way
    music = scipy.signal.oaconvolve(songs.music(2, rate=48000), lowpass[:, None], axes=0).astype(np.float32)
    long_filter = scipy.signal.firwin(256 * 160 + 1, 21_000, window=("kaiser", 12.0), fs=147 * 48000)
    expected = scipy.signal.resample_poly(music.astype(np.float64), 147, 160, window=long_filter)
    found = through(music, 48000, 44100)
    assert 0 <= len(expected) - len(found) <= 1
    assert decibels(expected, found - expected[: len(found)]) > 100


def test_what_the_new_rate_cannot_carry_is_gone_and_does_not_come_back_as_another_tone() -> None:
    tone = songs.sine(1, 96000, pitch=30_000)
    found = through(tone, 96000, 44100)[4410:-4410]
    assert decibels(tone, found) > 110


@settings(deadline=None, max_examples=20)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=10))
def test_any_blocks_give_the_same_samples(cuts: list[int]) -> None:
    samples = np.random.default_rng(3).standard_normal((20_000, 2)).astype(np.float32)
    np.testing.assert_array_equal(through(samples, 44100, 48000, sorted(cuts)), through(samples, 44100, 48000))


@pytest.mark.parametrize(("rate", "new_rate"), PAIRS)
def test_all_stems_stay_together_and_still_sum_to_the_song(rate: int, new_rate: int) -> None:
    stems = {stem: songs.music(1.3, seed, rate) for seed, stem in enumerate(("vocals", "drums", "other"))}
    bounds = [0, 1, 700, 30_000, 30_001, round(1.3 * rate)]
    blocks = [
        StemBlock(first, {stem: samples[first:end] for stem, samples in stems.items()}) for first, end in pairwise(bounds)
    ]
    found = list(resampled(iter(blocks), rate, new_rate))
    assert [block.start for block in found] == [0, *(block.end for block in found[:-1])]
    assert found[-1].end == round(1.3 * new_rate)
    whole = {stem: joined(block.stems[stem] for block in found) for stem in stems}
    for stem, samples in stems.items():
        np.testing.assert_array_equal(whole[stem], through(samples, rate, new_rate))
    total = through(np.sum(list(stems.values()), axis=0), rate, new_rate)
    assert np.abs(np.sum(list(whole.values()), axis=0) - total).max() < 1e-5


def test_no_blocks_give_none() -> None:
    assert list(resampled(iter(()), 44100, 48000)) == []
