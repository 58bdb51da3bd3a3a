"""Whole songs with known stems, the same for a seed: sung phrases laid, in time, over accompaniments in their key.

Singers tell the key, the tuning and the tempo, and the accompaniment follows: it is composed for them. A backing that is
there already keeps its own, and the singer is moved to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.arrays import FloatArray, summed
from core.cancel import CancelToken
from core.training import augment, keys
from core.training.data import read
from core.training.generator import Plan, limiting, planned, played
from core.training.instruments import Bank, seed_of
from core.training.keys import Pitches
from core.training.styles import MAJOR, MINOR, STYLES, Style

VOICE = "vocals"
_ALONE = 0.1  # the level of a voice without an accompaniment
_CEILING = np.float32(10 ** (-0.3 / 20))  # of the mix
_LONGEST_TAKE_S = 30.0  # what is longer is cut into phrases
_PHRASE_S = (3.0, 16.0)
_PAUSE_S = 0.6
_BLOCK_S = 0.05
_SILENCE_DB = -40.0  # below the peak
_SCALES = (MAJOR, MINOR)  # of which most others are modes
_FEWEST_PITCHES, _IN_KEY = 40, 0.75  # in how many frames, and what share of it in one key, it takes to be singing
_TRIES = 3  # to find singing: speech is welcome, too, but not so often
_CANDIDATES = 3  # takes for each that is wanted; singers for each backing
_MOST_SHIFT = 3  # semitones that a singer is moved to a backing
_TEMPO_COUNTS = 2.0  # an octave of tempo against a correlation of 1 between pitches
_EFFECTS = {augment.harmonised: 0.2, augment.doubled: 0.35, augment.delayed: 0.3}

Rng = np.random.Generator


class Take(NamedTuple):
    """What is sung in one go, (n, 2), its first sample on a bar line; ``tempo`` in beats a minute, where it is known."""

    samples: FloatArray
    pitches: Pitches
    tempo: float | None

    @property
    def is_sung(self) -> bool:
        """Not spoken, and not too short to tell a key."""
        key = keys.best_key(self.pitches, _SCALES) if len(self.pitches.numbers) >= _FEWEST_PITCHES else None
        return key is not None and keys.share_in(self.pitches, key) > _IN_KEY


class Singers:
    """Recordings of single voices. Those of a folder whose names agree up to "__" go together: one key and one tempo."""

    def __init__(self, paths: Sequence[Path], rate: int) -> None:
        self.rate = rate
        self._paths = sorted(paths)
        self._sizes = {path: path.stat().st_size + 1 for path in self._paths}  # stands for how much is sung

    def takes(self, rng: Rng, count: int) -> list[Take]:
        """Up to ``count`` takes of one singer: one by chance, and of others those most in its key and tempo.

        Raises InputErrors.
        """
        for path in self._drawn(self._paths, _TRIES, rng):
            lead, *found = _takes_of(path, self.rate, rng, count)
            if lead.is_sung:
                break
        others = [other for other in self._paths if _group(other) == _group(path) and other != path]
        more = self._drawn(others, _CANDIDATES * count, rng)
        found += [take for other in more for take in _takes_of(other, self.rate, rng)]
        key = keys.best_key(lead.pitches, _SCALES)
        if key:
            found.sort(key=lambda take: _octaves(take.tempo, lead.tempo) - keys.share_in(take.pitches, key))
        return [lead, *found[: count - 1]]

    def _drawn(self, paths: Sequence[Path], count: int, rng: Rng) -> list[Path]:
        sizes = np.array([self._sizes[path] for path in paths], np.float64)
        picked = rng.choice(len(paths), min(count, len(paths)), replace=False, p=sizes / sizes.sum()) if paths else ()
        return [paths[int(index)] for index in picked]


def compose_song(
    bank: Bank, singers: Singers, seed: int, seconds: float, style: str | None = None, cancel: CancelToken | None = None
) -> dict[str, FloatArray]:
    """Stems (n, 2) of a song of about ``seconds``: vocals, and drums, bass, chords, lead, drone as the style has them.

    Their sum is below full scale. Raises InputErrors and CancelledError.
    """
    rng = np.random.default_rng(seed_of("whole song", seed))
    takes = singers.takes(rng, int(rng.integers(2, 5)))
    plan = _planned(takes, bank.rate, seconds, [known for known in STYLES if style in (None, known.name)], rng)
    voice = _laid(takes, plan.bar, plan.bars, rng)
    plan = _following(plan, voice)
    return _mixed(voice, played(plan, bank, seed, cancel), bank.rate, rng)


def sing_over(backing: FloatArray, singers: Singers, seed: int, seconds: float) -> dict[str, FloatArray]:
    """Stems (n, 2), vocals and accompaniment, of a stretch of a backing (n, 2) with another singer. Raises InputErrors."""
    rate = singers.rate
    rng = np.random.default_rng(seed_of("sung over", seed))
    bar = 4 * 60 / keys.heard_tempo(backing, rate, whole_beats=False) * rate
    there = max(int(len(backing) / bar), 1)
    bars = max(min(round(seconds * rate / bar), there), 1)
    start = round(int(rng.integers(there - bars + 1)) * bar)
    stretch = np.zeros((round(bars * bar), 2), np.float32)
    part = backing[start : start + len(stretch)]
    stretch[: len(part)] = part
    choices = [singers.takes(rng, 3) for _ in range(_CANDIDATES)]
    moved = [_moved(takes, keys.sounding(stretch, rate), 4 * 60 * rate / bar) for takes in choices]
    _, takes = max(moved, key=lambda fit_and_takes: fit_and_takes[0])
    return _mixed(_laid(takes, bar, bars, rng), {"accompaniment": stretch}, rate, rng)


def loudness(samples: FloatArray) -> float:
    """The root mean square of what is within 20 dB of the peak of its smoothed power."""
    power = np.mean(samples[: len(samples) // 4096 * 4096].reshape(-1, 4096, 2) ** 2, axis=(1, 2))
    loud = power[power > 0.01 * power.max(initial=0)]
    return float(np.sqrt(loud.mean())) if len(loud) else 0.0


def _group(path: Path) -> tuple[Path, str]:
    name, apart, _ = path.stem.partition("__")
    return path.parent, name if apart else ""


def _octaves(tempo: float | None, other: float | None) -> float:
    """How far apart two tempos are where one may as well be doubled; 0 where one is not known."""
    octaves = float(np.log2(tempo / other)) if tempo and other else 0.0
    return abs(octaves - round(octaves))


def _takes_of(path: Path, rate: int, rng: Rng, count: int = 1) -> Iterator[Take]:
    """The whole recording, or up to ``count`` phrases of a long one."""
    samples = read(path, rate)
    if len(samples) <= _LONGEST_TAKE_S * rate:
        tempo = keys.named_tempo(path.stem) or keys.heard_tempo(samples, rate, whole_beats=True)
        yield Take(samples, keys.sung(samples, rate), tempo)
        return
    phrases = _phrases(samples, rate) or [samples[: round(_LONGEST_TAKE_S * rate)]]
    for index in rng.permutation(len(phrases))[:count]:
        yield Take(phrases[index], keys.sung(phrases[index], rate), None)


def _phrases(samples: FloatArray, rate: int) -> list[FloatArray]:
    """What lies between pauses, from its onset on; the first seconds of what has no pause for long."""
    block = round(_BLOCK_S * rate)
    peaks = np.abs(samples[: len(samples) // block * block]).max(axis=1).reshape(-1, block).max(axis=1)
    (sounding,) = np.nonzero(peaks > 10 ** (_SILENCE_DB / 20) * peaks.max(initial=0))
    phrases: list[tuple[int, int]] = []
    for first in sounding:
        if phrases and (first - phrases[-1][1]) * _BLOCK_S < _PAUSE_S:
            phrases[-1] = (phrases[-1][0], int(first) + 1)
        else:
            phrases.append((int(first), int(first) + 1))
    shortest, longest = (round(length / _BLOCK_S) for length in _PHRASE_S)
    return [samples[start * block : min(end, start + longest) * block] for start, end in phrases if end - start >= shortest]


def _planned(takes: Sequence[Take], rate: int, seconds: float, styles: Sequence[Style], rng: Rng) -> Plan:
    """An accompaniment in the key and the tempo of the takes, in a style that has such a tempo if one of these has."""
    tempo = takes[0].tempo
    fitting = [style for style in styles if tempo and _tempo_in(style, tempo)] or styles
    style = fitting[int(rng.integers(len(fitting)))]
    sung = [take.pitches for take in takes if take.is_sung]
    key = keys.best_key(keys.together(sung), style.scales) if sung else None
    return planned(rng, rate, seconds, [style], key, tempo and _tempo_in(style, tempo))


def _tempo_in(style: Style, tempo: float) -> float | None:
    """A tempo, its double or its half, whichever the style has."""
    slowest, fastest = style.tempo
    return next((beats for beats in (tempo, 2 * tempo, tempo / 2) if slowest <= beats <= fastest), None)


def _laid(takes: Sequence[Take], bar: float, bars: int, rng: Rng) -> FloatArray:
    """The takes one after the other, each from a bar line on, with an introduction and rests; (n, 2) of ``bars``."""
    voice = np.zeros((round(bars * bar), 2), np.float32)
    at = int(rng.choice((0, 1, 2, 4))) if bars >= 8 else 0
    number = 0
    while at < bars:
        samples = takes[number].samples
        start = round(at * bar)
        part = samples[: len(voice) - start]
        voice[start : start + len(part)] += _with_soft_ends(part, bar)
        (sounding,) = np.nonzero(np.abs(samples).max(axis=1) > 10 ** (_SILENCE_DB / 20) * np.abs(samples).max(initial=0))
        at += max(int(np.ceil((sounding[-1] if len(sounding) else 0) / bar)), 1) + int(rng.choice((0, 0, 0, 1, 2)))
        number = (number + 1) % len(takes) if rng.random() < 0.7 else int(rng.integers(len(takes)))
    return voice


def _with_soft_ends(samples: FloatArray, bar: float) -> FloatArray:
    """Faded within a hundredth of a bar, as cuts click."""
    frames = min(max(round(bar / 100), 1), len(samples) // 2)
    ramp = np.linspace(0, 1, frames, dtype=np.float32)[:, np.newaxis]
    out = samples.copy()
    out[:frames] *= ramp
    out[len(out) - frames :] *= ramp[::-1]
    return out


def _following(plan: Plan, voice: FloatArray) -> Plan:
    """The plan with those of its style's harmonies whose chords hold most of what is sung over them."""
    heard = np.zeros((plan.bars, 12))
    for bar in range(plan.bars):
        part = voice[round(bar * plan.bar) : round((bar + 1) * plan.bar)]
        heard[bar] = keys.sung(part, plan.rate).classes(plan.root) if part.any() else 0
    best = [
        max(plan.style.progressions, key=lambda one: _held(plan._replace(progressions=(one, one)), heard, turn))
        for turn in range(2)
    ]
    return plan._replace(progressions=(best[0], best[1]))


def _held(plan: Plan, heard: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", turn: int) -> float:
    """How much of what is heard (bars, 12) is on tones of the chords, in the bars of the plan's first or second harmony."""
    bars = [bar for bar in range(plan.bars) if plan.turn(bar) == turn]
    chords = [[round(plan.pitch(plan.degree(bar) + third) - plan.root) % 12 for third in (0, 2, 4)] for bar in bars]
    return float(sum(heard[bar, chord].sum() for bar, chord in zip(bars, chords, strict=True)))


def _moved(takes: Sequence[Take], backing: Pitches, tempo: float) -> tuple[float, list[Take]]:
    """Takes at the pitch and, as far as that allows, at the speed that fit a backing best; and how well they do."""
    pitches = keys.together([take.pitches for take in takes])
    wanted, tuning = backing.classes(), backing.tuning - pitches.tuning
    own_tempo = takes[0].tempo

    def fit(semitones: int) -> float:
        classes = np.roll(pitches.classes(), semitones)
        alike = float(np.corrcoef(classes, wanted)[0, 1]) if classes.any() and wanted.any() else 0.0
        return alike - _TEMPO_COUNTS * _octaves(own_tempo and own_tempo * 2 ** (semitones / 12), tempo)

    semitones = max(range(-_MOST_SHIFT, _MOST_SHIFT + 1), key=fit)
    ratio = 2 ** ((semitones + tuning) / 12)
    moved = [take._replace(samples=augment.resampled(take.samples, round(len(take.samples) / ratio))) for take in takes]
    return fit(semitones), moved


def _mixed(voice: FloatArray, parts: Mapping[str, FloatArray], rate: int, rng: Rng) -> dict[str, FloatArray]:
    """The voice with effects and at a level at which it is heard, and all of it mastered together."""
    if rng.random() < 0.6:
        voice = augment.equalised(voice, rng, rate, 4)
    for effect, chance in _EFFECTS.items():
        if rng.random() < chance:
            voice = effect(voice, rng, rate)
    if rng.random() < 0.85:
        voice = augment.reverberated(voice, rng, rate)
    rest = summed([np.zeros_like(voice), *parts.values()])
    level = 10 ** (rng.uniform(-5, 4) / 20) * (loudness(rest) or _ALONE) / max(loudness(voice), 1e-9)
    voice = voice * np.float32(level)
    gain = limiting((voice, rest, voice + rest), rate, float(rng.uniform(0, 8))) * _CEILING
    return {name: part * gain for name, part in {VOICE: voice, **parts}.items()}
