"""Stems that exceed full scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.levels import FULL_SCALE, Limiter, common_gain

RATE = 44100


def limited(blocks: list[np.ndarray]) -> np.ndarray:
    limiter = Limiter(RATE, blocks[0].shape[1])
    ready = [part for block in blocks for part in limiter.push(block)]
    return np.concatenate([*ready, *limiter.drain(), blocks[0][:0]])


def music_with_a_loud_moment(channels: int) -> np.ndarray:
    time = np.arange(3 * RATE) / RATE
    samples = 0.5 * np.sin(2 * np.pi * 440 * time)
    samples[RATE : RATE + 4410] *= 3.5
    return np.stack([samples, 0.3 * samples][:channels], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("peaks", "gain"), [([0.2, 1.0], 1.0), ([], 1.0), ([0.5, 2.0], FULL_SCALE / 2), ([1.0001, 0.1], FULL_SCALE / 1.0001)]
)
def test_all_stems_get_the_gain_that_the_loudest_needs(peaks: list[float], gain: float) -> None:
    assert common_gain(peaks) == pytest.approx(gain)


@pytest.mark.parametrize("channels", [1, 2])
def test_the_limiter_changes_only_the_loud_moments(channels: int) -> None:
    samples = music_with_a_loud_moment(channels)
    found = limited([samples])
    assert found.shape == samples.shape
    assert np.abs(found).max() <= FULL_SCALE
    for quiet in (slice(0, RATE - 2205), slice(2 * RATE, None)):
        np.testing.assert_array_equal(found[quiet], samples[quiet])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 30000), min_size=1, max_size=6))
def test_the_limiter_gives_the_same_for_any_blocks(sizes: list[int]) -> None:
    samples = music_with_a_loud_moment(2)
    ends = np.minimum(np.cumsum(sizes), len(samples))
    np.testing.assert_array_equal(limited(np.split(samples, ends)), limited([samples]))


@pytest.mark.parametrize("count", [0, 1, 100])
def test_short_sounds_come_out_whole(count: int) -> None:
    samples = np.full((count, 2), 0.25, np.float32)
    np.testing.assert_array_equal(limited([samples]), samples)
