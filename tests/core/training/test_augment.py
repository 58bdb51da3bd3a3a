"""What happens to stems before they are mixed, held to what each promises."""

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("scipy", reason="SciPy is not installed (requirements-train.txt)")

from core.training import augment

RATE = 22050


def noise(frames: int = RATE, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal((frames, 2))).astype(np.float32)


def tone(pitch: float, frames: int = RATE) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * pitch * np.arange(frames) / RATE)
    return np.repeat(wave[:, np.newaxis], 2, axis=1).astype(np.float32)


def loudest_pitch(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return float(np.argmax(spectrum) * RATE / len(middle))


TIMED = [augment.equalised, augment.reverberated, augment.delayed, augment.doubled, augment.harmonised, augment.coded]
PLAIN: list[Callable[..., np.ndarray]] = [augment.gain, augment.pan]


@pytest.mark.parametrize("effect", [*TIMED, *PLAIN])
def test_the_same_generator_gives_the_same_and_the_input_stays(effect: Callable[..., np.ndarray]) -> None:
    samples = noise()
    more = (RATE,) if effect in TIMED else ()
    first, second = (effect(samples, np.random.default_rng(7), *more) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(samples, noise())
    assert first.shape == samples.shape
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert not np.array_equal(first, samples)
    assert not np.array_equal(first, effect(samples, np.random.default_rng(8), *more))


@pytest.mark.parametrize("effect", TIMED)
def test_silence_stays_silence(effect: Callable[..., np.ndarray]) -> None:
    silence = np.zeros((RATE, 2), np.float32)
    assert np.abs(effect(silence, np.random.default_rng(0), RATE)).max() < 1e-6


def test_gain_stays_within_its_limits() -> None:
    rng = np.random.default_rng(0)
    ratios = [augment.gain(np.ones((1, 2), np.float32), rng, -6, 6)[0, 0] for _ in range(200)]
    assert 10 ** (-6 / 20) <= min(ratios) < 0.6
    assert 1.7 < max(ratios) <= 10 ** (6 / 20)


def test_panning_keeps_the_power() -> None:
    samples = np.ones((100, 2), np.float32)
    for seed in range(10):
        moved = augment.pan(samples, np.random.default_rng(seed))
        assert np.sum(moved**2) == pytest.approx(np.sum(samples**2), rel=1e-5)


def test_swapping_twice_is_nothing_and_mono_has_equal_sides() -> None:
    samples = noise()
    np.testing.assert_array_equal(augment.swap(augment.swap(samples)), samples)
    middle = augment.mono(samples)
    np.testing.assert_array_equal(middle[:, 0], middle[:, 1])
    np.testing.assert_allclose(middle[:, 0], samples.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize("ratio", [0.84, 1.0, 1.19])
def test_played_faster_the_pitch_rises_as_much_and_the_level_stays(ratio: float) -> None:
    samples = tone(440, round(RATE * ratio))
    faster = augment.resampled(samples, RATE)
    assert len(faster) == RATE
    assert loudest_pitch(faster) == pytest.approx(440 * ratio, abs=3)
    assert np.abs(faster[5000:-5000]).max() == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("semitones", [-5, 4, 12])
def test_the_pitch_shifter_keeps_the_tempo(semitones: float) -> None:
    shifted = augment.shifted_pitch(tone(330), semitones, RATE)
    assert loudest_pitch(shifted) == pytest.approx(330 * 2 ** (semitones / 12), rel=0.03)


def test_a_room_has_unit_energy_and_no_direct_sound() -> None:
    response = augment.impulse_response(np.random.default_rng(3), RATE)
    np.testing.assert_allclose(np.sum(response**2, axis=0), 1, rtol=1e-4)
    assert not response[:50].any()


def test_an_echo_only_adds_to_what_was_there() -> None:
    samples = np.zeros((RATE, 2), np.float32)
    samples[0] = 1
    echoed = augment.delayed(samples, np.random.default_rng(0), RATE)
    np.testing.assert_array_equal(echoed[0], samples[0])
    assert not echoed[1 : round(0.12 * RATE)].any()
    assert 0 < np.abs(echoed[1:]).max() <= 0.45


def test_a_codec_keeps_the_sound_in_its_place() -> None:
    samples = tone(440)
    coded = augment.coded(samples, np.random.default_rng(0), RATE)
    inside = slice(3000, -3000)
    error = np.sum((coded[inside] - samples[inside]) ** 2) / np.sum(samples[inside] ** 2)
    assert 0 < error < 0.01
