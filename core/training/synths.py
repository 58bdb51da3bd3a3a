"""Instruments that are computed: pads, organs, flutes, strings, leads and a harmonium; each time of another timbre."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.arrays import peak_of
from core.training.instruments import Instrument, Sample

_SECONDS = 4.0
_EVERY = 5  # semitones from sample to sample
_LOWEST, _HIGHEST = 36, 91
_CYCLE = 16384  # points

Rng = np.random.Generator
_Wave = npt.NDArray[np.float64]


def synth(kind: str, rate: int, rng: Rng) -> Instrument:
    """An instrument of a kind in ``KINDS``."""
    spectrum, vibrato, breath, attack_s = KINDS[kind](rng)
    sounds = []
    for pitch in range(_LOWEST, _HIGHEST, _EVERY):
        wave = _tone(pitch, rate, spectrum, vibrato, breath, rng)
        wave *= np.minimum(1, np.arange(len(wave)) / (attack_s * rate))[:, np.newaxis]
        samples = wave.astype(np.float32)
        sounds.append(Sample(samples / np.float32(peak_of(samples) or 1), float(pitch)))
    return Instrument(rate, tuple(sounds))


def _tone(pitch: int, rate: int, spectrum: _Wave, vibrato: float, breath: float, rng: Rng) -> _Wave:
    """(n, 2): partials below half the rate on two slightly detuned sides, with vibrato (in semitones) and breath."""
    time = np.arange(round(_SECONDS * rate)) / rate
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    depth = vibrato * np.clip((time - 0.25) / 0.5, 0, 1)
    swing = np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * time + rng.uniform(0, 6))
    sides = []
    for cents in (-4.0, 4.0):
        phase = 2 * np.pi * np.cumsum(frequency * 2 ** ((depth * swing + cents / 100) / 12)) / rate
        partials = [n for n in range(1, len(spectrum) + 1) if n * frequency < 0.48 * rate]
        cycle = np.zeros(_CYCLE // 2 + 1, np.complex128)
        for n in partials:
            cycle[n] = spectrum[n - 1] * -0.5j * np.exp(1j * rng.uniform(0, 6))
        sides.append(_repeated(np.fft.irfft(cycle, _CYCLE) * _CYCLE, phase / (2 * np.pi)))
    noise = rng.standard_normal((len(time), 2))
    noise = np.convolve(noise[:, 0], np.ones(3) / 3, "same")[:, np.newaxis] * np.ones(2)
    wave: _Wave = np.stack(sides, axis=1) + breath * noise
    return wave


def _repeated(cycle: _Wave, turns: _Wave) -> _Wave:
    """A cycle as often as it has turned, with straight lines between its points: off by less than −80 dB."""
    place = turns % 1 * len(cycle)
    index = place.astype(np.int64) % len(cycle)
    following = np.append(cycle[1:], cycle[0])
    wave: _Wave = cycle[index] + (place - np.floor(place)) * (following - cycle)[index]
    return wave


def _partials(count: int, slope: float) -> _Wave:
    return np.arange(1, count + 1, dtype=np.float64) ** -slope


def _pad(rng: Rng) -> tuple[_Wave, float, float, float]:
    return _partials(24, rng.uniform(1.0, 2.0)), 0.05, 0.0, rng.uniform(0.05, 0.5)


def _organ(rng: Rng) -> tuple[_Wave, float, float, float]:
    spectrum = np.zeros(16)
    for drawbar in (1, 2, 3, 4, 6, 8, 16):
        spectrum[drawbar - 1] = rng.uniform(0, 1)
    spectrum[0] = 1
    return spectrum, rng.uniform(0, 0.15), 0.0, 0.01


def _flute(rng: Rng) -> tuple[_Wave, float, float, float]:
    spectrum = np.array([1.0, rng.uniform(0.1, 0.6), rng.uniform(0.05, 0.3), 0.08, 0.04])
    return spectrum, rng.uniform(0.1, 0.4), rng.uniform(0.01, 0.06), rng.uniform(0.03, 0.1)


def _strings(rng: Rng) -> tuple[_Wave, float, float, float]:
    return _partials(30, rng.uniform(0.9, 1.3)), rng.uniform(0.1, 0.3), 0.02, rng.uniform(0.06, 0.3)


def _lead(rng: Rng) -> tuple[_Wave, float, float, float]:
    spectrum = _partials(40, rng.uniform(0.7, 1.2))
    spectrum[1::2] *= rng.choice((0.0, 0.5, 1.0))  # square to saw
    return spectrum, rng.uniform(0, 0.25), 0.0, 0.01


def _harmonium(rng: Rng) -> tuple[_Wave, float, float, float]:
    return _partials(20, rng.uniform(0.6, 1.0)), 0.02, 0.01, 0.05


KINDS: dict[str, Callable[[Rng], tuple[_Wave, float, float, float]]] = {
    "pad": _pad,
    "organ": _organ,
    "flute": _flute,
    "strings": _strings,
    "lead": _lead,
    "harmonium": _harmonium,
}
