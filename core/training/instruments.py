"""Sampled instruments: one-shots in folders, found out for their pitch and played at any other by resampling."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.arrays import FloatArray, peak_of
from core.songs import SOUND_EXTENSIONS
from core.training.augment import resampled
from core.training.data import read

_LONGEST_S = 5.0
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
# A letter, maybe a sharp ("_", "s", "#") or a flat ("b"), and an octave: A_1, Ds3, ab2.
_NOTE = re.compile(r"(?:^|_)([a-gA-G])([_s#b]?)(\d)(?=$|[_v])")
_RELEASE_S = 0.08
_REACH = 12  # semitones that a sample is shifted at most
_MOST_KEPT = 60  # shifted samples of an instrument


class Sample(NamedTuple):
    """A sound (n, 2) from its onset on, peak 1, and its pitch as a MIDI number (NaN: none)."""

    samples: FloatArray
    pitch: float


@dataclass(frozen=True)
class Instrument:
    """Sounds of one instrument at ``rate``."""

    rate: int
    sounds: tuple[Sample, ...]
    _kept: dict[tuple[int, int], FloatArray] = field(default_factory=dict)

    def note(self, pitch: float, seconds: float, rng: np.random.Generator) -> FloatArray:
        """A note (n, 2), peak 1, from a sample nearest to ``pitch`` (a MIDI number); it ends by itself or fades out."""
        distances = np.array([abs(sound.pitch - pitch) for sound in self.sounds])
        near = np.flatnonzero(distances < distances.min() + 0.5)
        whole = self._at_pitch(int(near[rng.integers(len(near))]), pitch)
        return faded(whole[: max(round((seconds + _RELEASE_S) * self.rate), 64)], self.rate)

    def _at_pitch(self, number: int, pitch: float) -> FloatArray:
        """A whole sample shifted to a pitch, kept because songs repeat their notes."""
        sound = self.sounds[number]
        shift = pitch - sound.pitch
        while abs(shift) > _REACH:  # off the instrument's range: in an octave that it has
            shift -= np.copysign(12, shift)
        key = (number, round(shift * 100))
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = resampled(sound.samples, max(round(len(sound.samples) * 2 ** (-shift / 12)), 64))
        return self._kept[key]

    def hit(self, number: int, seconds: float = _LONGEST_S) -> FloatArray:
        """The sound ``number`` (modulo how many there are) as it is, at most ``seconds`` long."""
        part = self.sounds[number % len(self.sounds)].samples[: round(seconds * self.rate)]
        return faded(part, self.rate)


class Bank:
    """The instruments below a folder, decoded when they are asked for the first time."""

    def __init__(self, folder: Path, rate: int) -> None:
        self._folder, self.rate = folder, rate
        self._loaded: dict[tuple[str, str], Instrument] = {}

    def pitched(self, name: str, pattern: str = "*") -> Instrument:
        """The instrument ``name``, of whose files ``pattern`` matches; those without a pitch are left out."""
        key = (name, pattern)
        if key not in self._loaded:
            paths = self._paths(name, pattern)
            sounds = [_onset(read(path, self.rate, _LONGEST_S), self.rate) for path in paths]
            found = np.array([detected_pitch(sound, self.rate) for sound in sounds])
            pitches = _agreed([named_pitch(path.stem) for path in paths], found)
            kept = tuple(Sample(*pair) for pair in zip(sounds, pitches, strict=True) if np.isfinite(pair[1]))
            self._loaded[key] = Instrument(self.rate, kept)
        return self._loaded[key]

    def struck(self, name: str, pattern: str = "*") -> Instrument:
        """The same without pitches, for drums and noises."""
        key = (name, f"{pattern} struck")
        if key not in self._loaded:
            sounds = [_onset(read(path, self.rate, _LONGEST_S), self.rate) for path in self._paths(name, pattern)]
            self._loaded[key] = Instrument(self.rate, tuple(Sample(sound, np.nan) for sound in sounds))
        return self._loaded[key]

    def _paths(self, name: str, pattern: str) -> list[Path]:
        found = (path for part in pattern.split("|") for path in (self._folder / name).glob(f"{part}.*"))
        return sorted(path for path in found if path.suffix.lower() in SOUND_EXTENSIONS)


def named_pitch(name: str) -> float:
    """The MIDI number that a file's name tells (c4 is 60), NaN where it tells none."""
    match = _NOTE.search(name)
    if not match:
        return float("nan")
    letter, accidental, octave = match.groups()
    shift = {"": 0, "b": -1}.get(accidental, 1)
    return float(12 * (int(octave) + 1) + _SEMITONES[letter.lower()] + shift)


def detected_pitch(samples: FloatArray, rate: int) -> float:
    """The MIDI number of a sound's fundamental, by the cumulative mean normalised difference (de Cheveigné, Kawahara 2002).

    NaN where there is none between 30 and 1500 Hz that repeats clearly.
    """
    start = round(0.06 * rate)
    part = samples[start : start + round(0.3 * rate)].mean(axis=1).astype(np.float64)
    if len(part) < 0.1 * rate or not part.any():
        return float("nan")
    half = len(part) // 2
    lags = min(half, rate // 30)
    size = 2 ** int(np.ceil(np.log2(2 * len(part))))
    window = part[:half]
    correlation = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(window, size)), size)[:lags]
    energy = np.concatenate([[0.0], np.cumsum(part**2)])
    difference = energy[half] + (energy[half : half + lags] - energy[:lags]) - 2 * correlation
    difference[0] = 0
    mean = difference * np.arange(lags) / np.maximum(np.cumsum(difference), 1e-12)
    first = rate // 1500
    below = np.flatnonzero(mean[first:] < 0.15)
    if not len(below):
        return float("nan")
    lag = first + int(below[0])
    while lag + 1 < lags and mean[lag + 1] < mean[lag]:
        lag += 1
    return float(69 + 12 * np.log2(rate / lag / 440))


def faded(samples: FloatArray, rate: int) -> FloatArray:
    """With a release at the end."""
    out = samples.copy()
    frames = min(round(_RELEASE_S * rate), len(out))
    out[len(out) - frames :] *= np.linspace(1, 0, frames, dtype=np.float32)[:, np.newaxis]
    return out


def seed_of(*parts: object) -> int:
    """A seed from anything that prints the same each time."""
    return zlib.crc32(" ".join(map(str, parts)).encode())


def _agreed(named: Sequence[float], found: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[float]:
    """Names tell pitches best, but for the octave, in which makers differ: that is the one most often heard."""
    names = np.array(named)
    both = np.isfinite(names) & np.isfinite(found)
    if both.sum() < 3:
        return [float(pitch) for pitch in found]
    octave = 12 * round(float(np.median(found[both] - names[both])) / 12)
    return [float(name + octave) for name in names]


def _onset(samples: FloatArray, rate: int) -> FloatArray:
    """From shortly before the sound begins, its peak at 1."""
    peak = peak_of(samples)
    if not peak:
        return samples
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > 0.03 * peak)
    return samples[max(int(loud[0]) - rate // 1000, 0) :] / np.float32(peak)
