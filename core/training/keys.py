"""In which key and how fast something is sung or played: pitches, their classes, scales that fit, beats."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from core.arrays import FloatArray

Numbers = npt.NDArray[np.float64]

SLOWEST, FASTEST = 60.0, 170.0  # beats a minute

_WINDOW_S, _HOP_S = 0.05, 0.025
_LOWEST_HZ, _HIGHEST_HZ = 70, 1100  # of what is sung
_APERIODIC = 0.12  # where the difference function stays above this nothing is sung
_FAINT = 1e-4  # of the loudest frame's energy
_ANALYSIS_HZ = 22050  # enough for pitches
_PEAKS_S = 0.37  # frames that tell semitones apart down to 80 Hz
_PEAKS_HZ = (80.0, 1500.0)
# How much of the fit is due to the tonic, the fifth and the third beyond the other tones of the scale: by trials with the
# voices whose names tell their keys.
_TONIC, _FIFTH, _THIRD = 0.6, 0.3, 0.2
_ONSET_HZ = 100  # nearly
_WHOLE = 0.04  # beats a minute off a whole number
_TEMPO = re.compile(r"(\d{2,3})[ _-]?bpm", re.IGNORECASE)


class Key(NamedTuple):
    """A tonic (a MIDI number, between whole ones where the singer is) and the semitones of a scale above it."""

    root: float
    scale: tuple[int, ...]


class Pitches(NamedTuple):
    """Pitches as MIDI numbers (n,), with how much each counts."""

    numbers: Numbers
    weights: Numbers

    @property
    def tuning(self) -> float:
        """By how much of a semitone, at most a half, all of it is above A = 440 Hz."""
        return float(np.angle(np.sum(self.weights * np.exp(2j * np.pi * self.numbers)))) / (2 * np.pi)

    def classes(self, root: float | None = None) -> Numbers:
        """The shares (12,) of the semitones above ``root``, of C in its own tuning where none is given; zeros of nothing."""
        steps = np.rint(self.numbers - (self.tuning if root is None else root)).astype(int) % 12
        shares = np.bincount(steps, self.weights, 12)
        return shares / max(float(shares.sum()), 1e-12)


def together(parts: Sequence[Pitches]) -> Pitches:
    """All pitches of some parts."""
    return Pitches(np.concatenate([part.numbers for part in parts]), np.concatenate([part.weights for part in parts]))


def sung(samples: FloatArray, rate: int) -> Pitches:
    """The pitches of one voice (n, 2) in each frame: cumulative mean normalised difference (de Cheveigné, Kawahara 2002).

    Steady ones count most, as glides are on no note.
    """
    mono, rate = _mono(samples, rate)
    window = round(_WINDOW_S * rate)
    if len(mono) < 2 * window:
        return Pitches(np.zeros(0), np.zeros(0))
    frames = np.lib.stride_tricks.sliding_window_view(mono, 2 * window)[:: round(_HOP_S * rate)]
    difference, energy = _normalised_difference(frames, rate)
    first = rate // _HIGHEST_HZ
    periodic = (difference[:, first:] < _APERIODIC).any(axis=1) & (energy > _FAINT * energy.max())
    numbers = np.array([_lag_to_number(difference[index], first, rate) for index in np.flatnonzero(periodic)])
    steady = np.abs(np.gradient(numbers)) < 0.35 if len(numbers) > 1 else np.ones(len(numbers))
    return Pitches(numbers, energy[periodic] ** 0.25 * (0.1 + steady))


def sounding(samples: FloatArray, rate: int) -> Pitches:
    """The peaks of the spectra of whatever sounds together, (n, 2)."""
    mono, rate = _mono(samples, rate)
    length = 2 ** round(np.log2(_PEAKS_S * rate))
    padded = np.pad(mono, (0, max(length - len(mono), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, length)[:: length // 4]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(length), axis=1))[:, : int(_PEAKS_HZ[1] * length / rate) + 2]
    middle = spectra[:, 1:-1]
    loud = np.maximum(0.05 * spectra.max(axis=1, keepdims=True), 0.002 * spectra.max())
    frame, peak = np.nonzero((middle > spectra[:, :-2]) & (middle >= spectra[:, 2:]) & (middle > loud))
    left, top, right = (np.log(spectra[frame, peak + shift] + 1e-12) for shift in range(3))
    frequency = (peak + 1 + 0.5 * (left - right) / (left - 2 * top + right)) * rate / length
    kept = frequency > _PEAKS_HZ[0]
    return Pitches(69 + 12 * np.log2(frequency[kept] / 440), np.exp(top[kept]))


def best_key(pitches: Pitches, scales: Sequence[tuple[int, ...]]) -> Key | None:
    """The key in one of the scales that fits best; None where there are no pitches."""
    classes = pitches.classes()
    if not classes.any():
        return None
    fits = {(root, scale): _fit(np.roll(classes, -root), scale) for scale in scales for root in range(12)}
    root, scale = max(fits, key=lambda key: fits[key])
    return Key(root + pitches.tuning, scale)


def share_in(pitches: Pitches, key: Key) -> float:
    """How much of it is on tones of a key, from 0 to 1."""
    return float(pitches.classes(key.root)[list(key.scale)].sum())


def named_tempo(name: str) -> float | None:
    """The beats a minute that a file's name tells, as in "Slow down 124 BPM"."""
    match = _TEMPO.search(name)
    return float(match.group(1)) if match else None


def heard_tempo(samples: FloatArray, rate: int, whole_beats: bool) -> float:
    """In beats a minute: that on whose half beats, counted from the first sample, most begins. (n, 2)

    Recordings made to a click mostly have a whole number of beats a minute; ``whole_beats``: and are whole beats long.
    """
    onsets, every_s = _onsets(samples, rate)
    seconds = len(samples) / rate
    tempos = np.arange(SLOWEST, FASTEST + 1)
    if whole_beats:
        beats = np.arange(np.ceil(SLOWEST * seconds / 60), FASTEST * seconds / 60)
        exact = 60 * beats / seconds
        tempos = exact[np.abs(exact - np.rint(exact)) < _WHOLE]
        tempos = tempos if len(tempos) else exact
    scores = [_on_grid(onsets, 60 / tempo / 2 / every_s) for tempo in tempos]
    return float(tempos[int(np.argmax(scores))]) if scores else 2 * SLOWEST


def _mono(samples: FloatArray, rate: int) -> tuple[Numbers, int]:
    """The middle of (n, 2), at about half the rate or less where that is enough; what folds over does no harm here."""
    step = max(rate // _ANALYSIS_HZ, 1)
    return samples[::step].mean(axis=1).astype(np.float64), rate // step


def _normalised_difference(frames: Numbers, rate: int) -> tuple[Numbers, Numbers]:
    """(frames, lags), and the energies (frames,) of their first halves."""
    length = frames.shape[1]
    half = length // 2
    lags = min(half, rate // _LOWEST_HZ)
    size = 2 ** int(np.ceil(np.log2(length + half)))
    spectra = np.fft.rfft(frames, size, axis=1) * np.conj(np.fft.rfft(frames[:, :half], size, axis=1))
    correlation = np.fft.irfft(spectra, size, axis=1)[:, :lags]
    energy = np.concatenate([np.zeros((len(frames), 1)), np.cumsum(frames**2, axis=1)], axis=1)
    difference = energy[:, half, None] + energy[:, half : half + lags] - energy[:, :lags] - 2 * correlation
    difference[:, 0] = 0
    return difference * np.arange(lags) / np.maximum(np.cumsum(difference, axis=1), 1e-12), energy[:, half]


def _lag_to_number(difference: Numbers, first: int, rate: int) -> float:
    """The MIDI number of the first dip that is deep enough, between samples by a parabola."""
    lag = first + int(np.argmax(difference[first:] < _APERIODIC))
    while lag + 2 < len(difference) and difference[lag + 1] < difference[lag]:
        lag += 1
    left, dip, right = difference[lag - 1 : lag + 2] if lag + 1 < len(difference) else (0.0, 0.0, 0.0)
    curve = left - 2 * dip + right
    between = 0.5 * (left - right) / curve if curve > 0 else 0.0
    return float(69 + 12 * np.log2(rate / (lag + np.clip(between, -0.5, 0.5)) / 440))


def _fit(classes: Numbers, scale: tuple[int, ...]) -> float:
    """The correlation of shares (12,) above a tonic with what is expected of a scale."""
    expected = np.zeros(12)
    expected[list(scale)] = 1
    for degree, more in ((0, _TONIC), (4, _FIFTH), (2, _THIRD)):
        expected[scale[degree % len(scale)]] += more
    return float(np.corrcoef(classes, expected)[0, 1])


def _onsets(samples: FloatArray, rate: int) -> tuple[Numbers, float]:
    """How much begins every so many seconds, and these: rises of the log spectrum above their mean of half a second."""
    mono, rate = _mono(samples, rate)
    hop = rate // _ONSET_HZ
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, (2 * hop, 4 * hop)), 4 * hop)[::hop]
    spectra = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(4 * hop), axis=1)))
    rise = np.maximum(np.diff(spectra, axis=0, prepend=spectra[:1]), 0).sum(axis=1)
    above = np.maximum(rise - ndimage.uniform_filter1d(rise, _ONSET_HZ // 2), 0)
    return np.asarray(ndimage.gaussian_filter1d(above, 2.0)), hop / rate


def _on_grid(onsets: Numbers, step: float) -> float:
    """The mean of the onsets every ``step``."""
    places = np.rint(np.arange(0, max(len(onsets) - 1, 1), step)).astype(int)
    return float(onsets[places].mean())
