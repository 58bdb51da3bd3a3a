"""The expander: what does not sound becomes silent, what is soft but there stays as it is."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelConfigurationError
from core.models import catalogue
from core.separation import expander
from core.separation.expander import RANGE, SLOPE, expanded, shifts

FRAMES, BINS, WINDOW = 300, 64, 20


def mix(seed: int = 0) -> np.ndarray:
    """(2, frames, bins)"""
    return np.abs(np.random.default_rng(seed).standard_normal((2, FRAMES, BINS))).astype(np.float32)


def level(stem: np.ndarray, of: np.ndarray) -> float:
    return float(20 * np.log10(np.linalg.norm(stem) / np.linalg.norm(of)))


def test_a_little_of_everything_is_no_voice_and_becomes_silent() -> None:
    magnitude = mix()
    found = expanded(0.1 * magnitude[np.newaxis], magnitude, WINDOW)[0]
    assert level(found, magnitude) < -100


def test_a_soft_voice_whose_bins_are_its_own_stays_as_it_is() -> None:
    magnitude = mix()
    mask = np.full_like(magnitude, 0.02)
    mask[..., ::16] = 0.95  # a sixteenth of the bins, 12 dB below the rest
    estimates = (mask * magnitude)[np.newaxis]
    assert expanded(estimates, magnitude, WINDOW) is estimates


def test_what_a_solo_voice_leaves_becomes_silent() -> None:
    magnitude = mix()
    found = expanded(0.8 * magnitude[np.newaxis], magnitude, WINDOW)[0]
    assert level(magnitude - found, magnitude) < -80


def test_only_the_frames_without_a_voice_for_the_whole_window_are_changed_fully() -> None:
    magnitude = mix()
    mask = np.full_like(magnitude, 0.1)
    mask[:, 100:200, ::8] = 0.95
    found = expanded((mask * magnitude)[np.newaxis], magnitude, WINDOW)[0]
    assert np.array_equal(found[:, 110:190], (mask * magnitude)[:, 110:190])
    assert level(found[:, :70], magnitude[:, :70]) < -100
    assert level(found[:, 230:], magnitude[:, 230:]) < -100


def test_the_masks_are_those_of_shifted_logits() -> None:
    magnitude, rng = mix(), np.random.default_rng(1)
    logits = rng.normal(-2.5, 1, magnitude.shape)
    masks = 1 / (1 + np.exp(-logits))
    estimates = (masks * magnitude).astype(np.float32)
    shift = shifts(estimates, magnitude, WINDOW)
    assert (shift < 0).all()
    assert (shift >= -SLOPE * RANGE).all()
    wanted = magnitude / (1 + np.exp(-(logits + shift[:, np.newaxis])))
    assert np.allclose(expanded(estimates[np.newaxis], magnitude, WINDOW)[0], wanted, rtol=1e-4, atol=1e-7)


def test_shares_are_counted_over_the_frames_around_each_one() -> None:
    magnitude = mix(2)
    mask = np.random.default_rng(3).uniform(0, 0.8, magnitude.shape).astype(np.float32)
    power = magnitude.astype(np.float64) ** 2
    voice, all_of_it = (power * mask.astype(np.float64) ** 8).sum((0, 2)), power.sum((0, 2))
    found = shifts(mask * magnitude, magnitude, WINDOW)
    for frame in (0, 5, 150, FRAMES - 1):
        around = slice(max(frame - WINDOW, 0), frame + WINDOW + 1)
        share = voice[around].sum() / all_of_it[around].sum()
        below = np.clip(expander.VOICE_THRESHOLD - np.log(share / (1 - share)), 0, RANGE)
        assert found[frame] == pytest.approx(-SLOPE * below, abs=1e-3)


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_silence_and_a_few_frames_are_as_they_were(frames: int) -> None:
    silence = np.zeros((2, frames, BINS), np.float32)
    assert np.array_equal(expanded(silence[np.newaxis], silence, WINDOW)[0], silence)


def test_a_song_with_silence_in_it_has_finite_stems() -> None:
    magnitude = mix()
    magnitude[:, 50:250] = 0
    found = expanded(0.1 * magnitude[np.newaxis], magnitude, WINDOW)
    assert np.isfinite(found).all()


def test_the_built_in_model_has_one_and_spleeters_have_none() -> None:
    known = catalogue.official()
    assert known["builtin"].expander
    assert not any(model.expander for name, model in known.items() if name != "builtin")


@pytest.mark.parametrize("change", [{"instrument_list": ["vocals", "drums"]}, {"antara": {"masks": "ratio"}}])
def test_only_one_network_with_direct_masks_can_have_one(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    text = {
        "instrument_list": ["vocals"],
        "sample_rate": 44100,
        "frame_length": 4096,
        "frame_step": 1024,
        "T": 512,
        "F": 1024,
        "model_dir": "own",
        "model": {"type": "unet.unet"},
    }
    path.write_text(json.dumps({**text, "antara": {"expander": True}}))
    assert catalogue.read_configuration(path, "own").expander
    extras = {**change.get("antara", {}), "expander": True}  # type: ignore[dict-item]
    path.write_text(json.dumps({**text, **change, "antara": extras}))
    with pytest.raises(ModelConfigurationError, match="expander"):
        catalogue.read_configuration(path, "own")
