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


TIMED = [
    augment.equalised,
    augment.reverberated,
    augment.delayed,
    augment.doubled,
    augment.harmonised,
    augment.retimbred,
    augment.coded,
]
PLAIN: list[Callable[..., np.ndarray]] = [augment.gain, augment.pan, augment.saturated]


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
def test_effects_work_at_half_the_rate_too(effect: Callable[..., np.ndarray]) -> None:
    for seed in range(8):
        assert np.isfinite(effect(noise(), np.random.default_rng(seed), RATE // 2)).all()


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


def test_another_timbre_moves_the_formant_and_leaves_the_pitch() -> None:
    pitch, formant = 150, 1200
    harmonics = np.arange(pitch, RATE / 2, pitch)
    loudness = np.exp(-(((harmonics - formant) / 300) ** 2)) + 0.01
    time = np.arange(RATE) / RATE
    wave = (loudness[:, np.newaxis] * np.sin(2 * np.pi * harmonics[:, np.newaxis] * time)).sum(axis=0) / 20
    voice = np.repeat(wave[:, np.newaxis], 2, axis=1).astype(np.float32)
    for seed in range(6):
        ratio = 1.25 ** np.random.default_rng(seed).uniform(-1, 1)
        moved = augment.retimbred(voice, np.random.default_rng(seed), RATE)[:, 0]
        energy = np.abs(np.fft.rfft(moved)) ** 2  # a bin is 1 Hz
        on_pitch = np.add.reduceat(energy, [0, *(harmonics[:-1] + pitch / 2).astype(int)])
        near = sum(energy[int(h) - 3 : int(h) + 4].sum() for h in harmonics)
        assert near > 0.95 * energy.sum()
        assert abs(float((on_pitch * harmonics).sum() / on_pitch.sum()) / (formant * ratio) - 1) < 0.12


def test_saturation_keeps_the_peak_and_raises_what_is_soft() -> None:
    samples = noise()
    denser = augment.saturated(samples, np.random.default_rng(1))
    assert np.abs(denser).max() == pytest.approx(np.abs(samples).max(), rel=1e-5)
    assert np.mean(denser**2) > 1.05 * np.mean(samples**2)


def test_saturation_leaves_silence() -> None:
    silence = np.zeros((10, 2), np.float32)
    np.testing.assert_array_equal(augment.saturated(silence, np.random.default_rng(0)), silence)
