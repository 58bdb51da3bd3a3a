"""The mix as heard: levels, sums, and ramps without steps."""

from itertools import pairwise

import numpy as np
import pytest

from core.playback.meter import FALL_DB_A_SECOND, fallen, level_db
from core.playback.mixer import SILENCE_DB, gain_of, levels, mix

RNG = np.random.default_rng(3)
STEMS = {stem: RNG.standard_normal((512, 2)).astype(np.float32) for stem in ("vocals", "drums", "other")}


def mixed(stems: dict[str, np.ndarray], before: list[float], after: list[float]) -> np.ndarray:
    """The mix into a buffer that holds something else before."""
    out = np.full((len(next(iter(stems.values()))), 2), 99, np.float32)
    mix(stems, before, after, out)
    return out


@pytest.mark.parametrize(
    ("level_db", "gain"), [(0, 1), (20, 10), (-20, 0.1), (6.0206, 2), (-6.0206, 0.5), (-59.9, 0.00101158)]
)
def test_a_level_in_decibels_is_a_factor(level_db: float, gain: float) -> None:
    assert gain_of(level_db) == pytest.approx(gain, rel=1e-5)


@pytest.mark.parametrize("level_db", [SILENCE_DB, -60.0, -60.1, -1000.0, float("-inf")])
def test_the_bottom_of_a_fader_is_exactly_silent(level_db: float) -> None:
    gain = gain_of(level_db)
    assert gain == 0.0
    assert not mixed({"vocals": STEMS["vocals"]}, [gain], [gain]).any()


def test_stems_at_full_level_sum_to_the_song() -> None:
    expected = STEMS["vocals"] + STEMS["drums"] + STEMS["other"]
    np.testing.assert_allclose(mixed(STEMS, [1, 1, 1], [1, 1, 1]), expected, atol=1e-6)


def test_one_stem_at_full_level_is_that_stem_bit_for_bit() -> None:
    np.testing.assert_array_equal(mixed(STEMS, [0, 1, 0], [0, 1, 0]), STEMS["drums"])


def test_each_gain_goes_with_its_own_stem() -> None:
    gains = [0.5, 0.25, 2.0]
    expected = sum(gain * samples for gain, samples in zip(gains, STEMS.values(), strict=True))
    np.testing.assert_allclose(mixed(STEMS, gains, gains), expected, atol=1e-6)


def test_the_stems_are_left_as_they_were() -> None:
    before = {stem: samples.copy() for stem, samples in STEMS.items()}
    mixed(STEMS, [1, 0.5, 0], [0, 0.5, 1])
    for stem, samples in STEMS.items():
        np.testing.assert_array_equal(samples, before[stem])


def test_a_gain_runs_linearly_from_before_to_after() -> None:
    ones = {"vocals": np.ones((5, 2), np.float32)}
    np.testing.assert_allclose(mixed(ones, [0.0], [1.0])[:, 0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(mixed(ones, [1.0], [0.5])[:, 1], [1, 0.875, 0.75, 0.625, 0.5])


def test_no_step_is_heard_within_or_between_blocks_while_a_fader_moves() -> None:
    ones = {"vocals": np.ones((512, 2), np.float32)}
    levels = [1.0, 1.0, 0.0, 0.0, 0.3, 0.3, 1.0, 0.9]
    blocks = [mixed(ones, [before], [after]) for before, after in pairwise(levels)]
    heard = np.concatenate(blocks)
    assert np.abs(np.diff(heard, axis=0)).max() <= 1 / 511 + 1e-6
    for block, before, after in zip(blocks, levels, levels[1:], strict=False):
        assert (block[0, 0], block[-1, 0]) == (np.float32(before), np.float32(after))


def test_a_mute_ends_in_exact_silence() -> None:
    fading = mixed({"vocals": STEMS["vocals"]}, [1.0], [0.0])
    assert fading[:-1].any()
    np.testing.assert_array_equal(fading[-1], [0, 0])


def test_as_many_gains_as_stems_are_wanted() -> None:
    with pytest.raises(ValueError, match="zip"):
        mixed(STEMS, [1, 1], [1, 1])


def test_levels_are_those_of_what_is_heard() -> None:
    gains = [0.5, 0.0, 2.0]
    heard = {
        stem: np.abs(samples * np.float32(gain)).max() for (stem, samples), gain in zip(STEMS.items(), gains, strict=True)
    }
    whole = mixed(STEMS, gains, gains)
    assert levels(STEMS, gains, whole) == pytest.approx([np.abs(whole).max(), *heard.values()])


@pytest.mark.parametrize(("peak", "shown_db"), [(1, 0), (0.5, -6.0206), (2, 6.0206), (1e-9, SILENCE_DB), (0, SILENCE_DB)])
def test_a_meter_goes_up_at_once(peak: float, shown_db: float) -> None:
    assert level_db(peak) == pytest.approx(shown_db)
    assert fallen(SILENCE_DB, peak, 0.03) == pytest.approx(shown_db)


def test_a_meter_falls_slowly_down_to_silence() -> None:
    assert fallen(0.0, 0.0, 0.5) == pytest.approx(-FALL_DB_A_SECOND / 2)
    assert fallen(0.0, 0.9, 0.5) == pytest.approx(level_db(0.9))
    assert fallen(-59.0, 0.0, 10.0) == SILENCE_DB
