"""Keys, tunings and tempos of what is sung and played."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="SciPy is not installed (requirements-train.txt)")

from core.training import keys
from core.training.keys import Key
from core.training.styles import BHAIRAV, MAJOR, MINOR
from tests.core.training.singing import melody, walk

RATE = 22050


@pytest.mark.parametrize(("root", "scale"), [(45.0, MINOR), (50.3, MAJOR), (55.7, BHAIRAV)])
def test_the_key_of_a_melody_is_found_in_the_tuning_of_the_singer(root: float, scale: tuple[int, ...]) -> None:
    pitches = keys.sung(melody(walk(root, scale, 24, 1), 140, RATE), RATE)
    key = keys.best_key(pitches, (MAJOR, MINOR, BHAIRAV))
    assert key is not None
    assert key.scale == scale
    assert abs((key.root - root + 6) % 12 - 6) < 0.1
    assert keys.share_in(pitches, key) > 0.95
    assert keys.share_in(pitches, Key(root + 1, scale)) < 0.7


def test_spectra_tell_what_sounds_together() -> None:
    chord = sum(melody([note] * 4, 120, RATE) for note in (57.2, 61.2, 64.2))
    classes = keys.sounding(np.asarray(chord), RATE).classes(57.2)
    assert set(np.argsort(classes)[-3:]) == {0, 4, 7}


def test_silence_and_noise_have_no_key() -> None:
    assert keys.best_key(keys.sung(np.zeros((RATE, 2), np.float32), RATE), (MAJOR,)) is None
    assert not keys.sounding(np.zeros((RATE, 2), np.float32), RATE).classes().any()
    assert keys.best_key(keys.sung(np.zeros((10, 2), np.float32), RATE), (MAJOR,)) is None
    noise = np.random.default_rng(0).standard_normal((RATE, 2)).astype(np.float32)
    assert len(keys.sung(noise, RATE).numbers) < 4


@pytest.mark.parametrize("tempo", [80, 100, 132])
def test_the_tempo_is_that_on_whose_beats_notes_begin(tempo: int) -> None:
    sung = melody(walk(50, MAJOR, 16, 3), tempo, RATE)
    longer = np.concatenate([sung, sung, sung[: RATE // 3]])
    for samples, whole_beats in ((sung, True), (longer, False)):
        octaves = np.log2(keys.heard_tempo(samples, RATE, whole_beats) / tempo)
        assert octaves == pytest.approx(round(octaves), abs=0.001)


@pytest.mark.parametrize("frames", [1, 100, RATE // 3])
def test_something_very_short_has_some_tempo(frames: int) -> None:
    for whole_beats in (False, True):
        assert keys.SLOWEST <= keys.heard_tempo(np.ones((frames, 2), np.float32), RATE, whole_beats) <= keys.FASTEST


@pytest.mark.parametrize(("name", "tempo"), [("Slow - 124_BPM - x", 124), ("a 98bpm", 98), ("BPM", None), ("1 BPM", None)])
def test_names_tell_tempos(name: str, tempo: float | None) -> None:
    assert keys.named_tempo(name) == tempo
