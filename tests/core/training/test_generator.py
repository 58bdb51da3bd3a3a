"""Composed accompaniments: the same for a seed, in time, in tune, at sane levels."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="SciPy is not installed (requirements-train.txt)")

from core.training import corpus, generator, synths
from core.training.generator import compose
from core.training.instruments import Bank, Instrument, Sample, detected_pitch, named_pitch
from core.training.keys import Key
from core.training.styles import KITS, STYLES, Style

RATE = 22050


class SmallBank(Bank):
    """Of each instrument a few sounds, from its lowest to its highest: decoding them all takes longer than composing."""

    def _paths(self, name: str, pattern: str) -> list[Path]:
        paths = super()._paths(name, pattern)
        return paths[:: max(len(paths) // 6, 1)]


@pytest.fixture(scope="module")
def bank(shared: Path) -> Bank:
    return SmallBank(shared / "data" / "instruments", RATE)


def test_the_same_seed_gives_the_same_song_and_another_one_another(bank: Bank) -> None:
    first, second = (compose(bank, 3, 3, "film song") for _ in range(2))
    assert first.keys() == second.keys()
    for name, part in first.items():
        np.testing.assert_array_equal(part, second[name])
    other = compose(bank, 4, 3, "film song")
    assert [len(part) for part in other.values()] != [len(part) for part in first.values()]


@pytest.mark.parametrize("style", ["house", "hindustani", "carnatic"])
def test_its_parts_are_as_long_as_each_other_and_at_sane_levels(style: str, bank: Bank) -> None:
    stems = compose(bank, 1, 4, style)
    total = np.sum(list(stems.values()), axis=0)
    assert len({len(part) for part in stems.values()}) == 1
    assert 3 < len(total) / RATE < 10
    assert np.isfinite(total).all()
    assert np.abs(total).max() <= 1.001
    assert -32 < 10 * np.log10(np.mean(total**2)) < -8


class ClickBank(Bank):
    """All its instruments are a click."""

    def struck(self, name: str, pattern: str = "*") -> Instrument:
        click = np.zeros((RATE // 4, 2), np.float32)
        click[0] = 1
        return Instrument(self.rate, (Sample(click, 60.0),))

    pitched = struck


def test_drums_are_on_a_grid_of_sixteenths_but_for_a_few_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "_produced", lambda part, *more: part)
    drums = compose(ClickBank(Path(), RATE), 0, 12, "house")["drums"]
    beats = np.flatnonzero(drums.any(axis=1)) / RATE
    assert len(beats) > 20
    # Some tempo of the style explains every one of them: straight, or with every other sixteenth late by up to a third.
    sixteenths = 60 / np.linspace(118, 132, 1400) / 4
    worst = [min(spread(beats, sixteenth, swing) for swing in np.linspace(0, 0.33, 34)) for sixteenth in sixteenths]
    assert min(worst) < 0.012


def spread(beats: np.ndarray, sixteenth: float, swing: float) -> float:
    """How late the latest of the beats is on a grid in seconds."""
    within = beats % (2 * sixteenth)
    odd = within >= sixteenth * (1 + swing) - 1e-4
    return float(np.where(odd, within - sixteenth * (1 + swing), within).max())


class Listener(Instrument):
    """Remembers which pitches it was asked for."""

    def note(self, pitch: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
        heard.append(pitch)
        return np.ones((64, 2), np.float32)


heard: list[float] = []


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_part_plays_tones_of_the_key_in_the_tuning_that_is_asked_for(
    style: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "_instrument", lambda *arguments: Listener(RATE, ()))
    monkeypatch.setattr(generator, "_sampled", lambda *arguments: Listener(RATE, ()))
    monkeypatch.setattr(generator, "_produced", lambda part, *more: part)
    for seed, scale in enumerate(style.scales):
        key = Key(61.3 + seed, scale)
        plan = generator.planned(np.random.default_rng(seed), RATE, 40, [style], key)
        for player in (generator._bass, generator._chords, generator._lead, generator._drone):
            heard.clear()
            player(plan, ClickBank(Path(), RATE), np.random.default_rng(seed))
            above = (np.array(heard) - key.root) % 12
            assert np.abs(above - np.rint(above)).max(initial=0) < 1e-6
            fifths = {(tone + 7) % 12 for tone in scale} if player is generator._bass else set()
            assert set(np.rint(above).astype(int) % 12) <= {*scale, *fifths}


@pytest.mark.parametrize(("name", "pattern"), [("sitar", "Str1*"), ("spanish_guitar", "?3")])
def test_notes_have_the_pitch_that_is_asked_for(name: str, pattern: str, bank: Bank) -> None:
    instrument = bank.pitched(name, pattern)
    for pitch in (53, 58, 61):
        note = instrument.note(pitch, 1.0, np.random.default_rng(0))
        assert detected_pitch(note, RATE) == pytest.approx(pitch, abs=0.6)


@pytest.mark.parametrize("kind", synths.KINDS)
def test_computed_instruments_are_in_tune(kind: str) -> None:
    instrument = synths.synth(kind, RATE, np.random.default_rng(1))
    pitch = detected_pitch(instrument.note(57, 1.0, np.random.default_rng(0)), RATE)
    assert abs(pitch - 57) % 12 == pytest.approx(0, abs=0.6) or abs(pitch - 57) % 12 > 11.4


@pytest.mark.parametrize(("name", "pitch"), [("A_3", 58), ("Ds1", 27), ("ab2_f_rr2", 44), ("pizz_a2_mb", 45), ("C8vH", 108)])
def test_names_tell_pitches(name: str, pitch: int) -> None:
    assert named_pitch(name) == pitch


def test_a_name_without_an_octave_tells_none() -> None:
    assert np.isnan(named_pitch("Str01"))
    assert np.isnan(named_pitch("A___"))


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_style_is_playable(style: Style, shared: Path) -> None:
    def there(name: str, pattern: str) -> bool:
        folder = shared / "data" / "instruments" / name
        return all(any(folder.glob(f"{part}.opus")) for part in pattern.split("|"))

    lengths = {len(line) for rhythm in style.rhythms for line in rhythm.values()}
    assert len(lengths) == 1
    assert max(len(line) for line in (*style.bass_lines, *style.comping)) <= max(lengths)
    for kit in style.kits:
        for files in KITS[kit].values():
            assert there(*files), files
    for name, pattern in (*style.chords, *style.bass, *style.leads):
        if name.startswith("synth:"):
            assert name.removeprefix("synth:") in synths.KINDS
        else:
            assert there(name, pattern), name


def test_the_training_set_never_opens_the_songs_for_evaluation(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def read(path: Path, *more: object) -> np.ndarray:
        opened.append(path)
        return np.ones((RATE // 10, 2), np.float32)

    monkeypatch.setattr(corpus, "read", read)
    found = list(corpus.pieces(shared / "data", RATE, 0))
    assert corpus.is_corpus(shared / "data")
    assert not any("songs_eval" in path.parts for path in opened)
    assert {piece.split for piece in found} == {"train", "validation"}
    assert {stem for piece in found for stem in piece.stems} == set(corpus.STEMS)


def test_pauses_are_cut_but_for_half_a_second_around_sound() -> None:
    samples = np.zeros((10 * RATE, 2), np.float32)
    samples[4 * RATE : 4 * RATE + 100] = 0.5
    short = corpus.without_pauses(samples, RATE)
    assert 1 <= len(short) / RATE <= 2
    assert short.sum() == samples.sum()
    assert len(corpus.without_pauses(samples * 0, RATE)) == len(samples)
