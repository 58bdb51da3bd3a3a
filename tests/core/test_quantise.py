"""The rounding to integers: its error is noise, or nothing."""

import numpy as np
import pytest

from core.audio.quantise import Quantiser
from tests.support.songs import RATE

STEP = 2.0**-15
SECONDS = 4
BIN = 1 / SECONDS  # Hz a bin of the spectrum of all samples


def sine(level_db: float, pitch: float = 1000.0) -> np.ndarray:
    """(n, 1) float32 with whole periods, so that its spectrum is lines."""
    times = np.arange(SECONDS * RATE) / RATE
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * pitch * times))[:, None].astype(np.float32)


def error(samples: np.ndarray, quantised: np.ndarray) -> np.ndarray:
    """In steps of 16 bits."""
    return (quantised * STEP - samples.astype(np.float64)) / STEP


def spectrum_db(samples: np.ndarray) -> np.ndarray:
    """The power of each bin against a full-scale sine's."""
    return 20 * np.log10(np.abs(np.fft.rfft(samples[:, 0])) / (len(samples) / 2) + 1e-12)


@pytest.mark.parametrize("level_db", [-0.01, -20, -60, -90, -100, -120])
def test_the_error_has_no_mean_and_the_same_power_whatever_the_level(level_db: float) -> None:
    samples = sine(level_db)
    errors = error(samples, Quantiser(16)(samples))
    assert abs(errors.mean()) < 5 * 0.5 / np.sqrt(errors.size)  # five standard deviations
    assert (errors**2).mean() == pytest.approx(1 / 4, rel=0.02)  # 1/12 for the rounding, 1/6 for the noise
    assert np.abs(errors).max() <= 1.5 + 2**-7  # float32 rounds the sum of a loud sample and the noise


@pytest.mark.parametrize(("level_db", "snr_db"), [(-0.01, 93), (-20, 73)])
def test_the_signal_is_as_far_above_the_noise_as_16_bits_allow(level_db: float, snr_db: float) -> None:
    samples = sine(level_db)
    errors = error(samples, Quantiser(16)(samples)) * STEP
    assert 10 * np.log10((samples.astype(np.float64) ** 2).mean() / (errors**2).mean()) > snr_db


def test_a_sine_below_one_step_is_kept_without_harmonics() -> None:
    kept = spectrum_db(Quantiser(16)(sine(-100)) * STEP)
    assert kept[round(1000 / BIN)] == pytest.approx(-100, abs=0.5)
    harmonics = np.arange(2000, RATE // 2, 1000)
    floor = np.sort(kept)[len(kept) // 2]
    assert kept[np.round(harmonics / BIN).astype(int)].max() < floor + 12


def test_rounding_alone_would_lose_that_sine_and_distort_a_louder_one() -> None:
    assert not np.rint(sine(-100) / STEP).any()
    rounded = spectrum_db(np.rint(sine(-93) / STEP) * STEP)
    assert rounded[round(3000 / BIN)] > -105
    dithered = spectrum_db(Quantiser(16)(sine(-93)) * STEP)
    assert dithered[round(3000 / BIN)] < -125


@pytest.mark.parametrize("depth", [16, 24, 32])
def test_silence_stays_silent(depth: int) -> None:
    assert not Quantiser(depth)(np.zeros((RATE, 2), np.float32)).any()


def test_a_silent_side_stays_silent_beside_the_other() -> None:
    samples = np.concatenate([sine(-20), np.zeros((SECONDS * RATE, 1), np.float32)], axis=1)
    quantised = Quantiser(16)(samples)
    assert quantised[:, 0].any()
    assert not quantised[:, 1].any()


def test_24_bits_are_rounded() -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, (RATE, 2)).astype(np.float32)
    quantised = Quantiser(24)(samples)
    assert quantised.dtype == np.int32
    assert not (quantised & 0xFF).any()
    assert np.abs(quantised / 2**31 - samples).max() <= 2**-24


@pytest.mark.parametrize(("depth", "scale"), [(16, 1), (24, 256)])
def test_what_exceeds_full_scale_is_clipped_and_does_not_wrap(depth: int, scale: int) -> None:
    samples = np.float32([[1.001, -1.001], [100, -100], [1e30, -1e30]])
    top = 2 ** (depth - 1)
    np.testing.assert_array_equal(Quantiser(depth)(samples) // scale, [[top - 1, -top]] * 3)


@pytest.mark.parametrize("cuts", [[1], [7, 8, 4096], list(range(100, 2000, 37))], ids=len)
def test_the_same_samples_give_the_same_integers_however_they_are_cut(cuts: list[int]) -> None:
    samples = np.repeat(sine(-30), 2, axis=1)[:5000]
    whole, pieces = Quantiser(16), Quantiser(16)
    np.testing.assert_array_equal(whole(samples), np.concatenate([pieces(part) for part in np.split(samples, cuts)]))


def test_the_noise_of_two_seeds_and_of_two_channels_is_unlike() -> None:
    samples = np.repeat(sine(-30), 2, axis=1)
    first, second = (error(samples, Quantiser(16, seed)(samples)) for seed in (0, 1))
    for one, other in ((first[:, 0], second[:, 0]), (first[:, 0], first[:, 1])):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.02


def test_the_samples_that_are_given_stay_as_they_are() -> None:
    samples = sine(-30)
    before = samples.copy()
    Quantiser(16)(samples)
    Quantiser(24)(samples)
    np.testing.assert_array_equal(samples, before)
