"""Batches of training examples, drawn from a pack by (seed, step): the same ones whenever a step is done again."""

import msgspec
import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray
from core.errors import TrainingDataError
from core.training import augment
from core.training.pack import Pack, Piece, Split

_ACTIVE_SHARE = 0.9  # of the examples that begin where there is sound
_LEAD_S = 1.0  # up to so long before it


class Mixing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How examples are made. Chances are between 0 and 1."""

    remix: float = 0.85  # stems of different songs, where whole songs have all of them
    silence: float = 0.06  # one of the stems is silent
    second: float = 0.1  # another piece of the same stem on top: duets, or more instruments
    speed: float = 0.3
    speed_semitones: float = 3.0  # so much faster or slower at most
    equaliser: float = 0.4
    reverb: float = 0.3
    reverb_most: float = 0.6  # of the dry sound's level
    pan: float = 0.2
    swap: float = 0.5
    mono: float = 0.15  # the whole mix
    effects: float = 0.15  # each of doubles, harmonies and echo, for the voice
    timbre: float = 0.0  # other formants for the voice
    saturation: float = 0.0  # of the voice
    voice: str = "vocals"
    loudness_db: tuple[float, float] = (-10.0, 6.0)  # the level of the first stem against the rest


class Remixer:
    """Draws examples. Raises TrainingDataError where a stem has no piece in ``split``."""

    def __init__(self, pack: Pack, split: Split, stems: tuple[str, ...], frames: int, seed: int, mixing: Mixing) -> None:
        self._pack, self._stems, self._frames, self._seed, self._mixing = pack, stems, frames, seed, mixing
        self._pools = {stem: pack.pieces(split, stem) for stem in stems}
        self._weights = {stem: _weights(pool) for stem, pool in self._pools.items()}
        self._songs = [piece for piece in self._pools[stems[0]] if set(stems) <= piece.stems.keys()]
        self._song_weights = _weights(self._songs)
        for stem, pool in self._pools.items():
            if not pool:
                raise TrainingDataError(path=pack.folder, detail=f"{split}: no piece has the stem {stem}")

    def batch(self, step: int, size: int) -> FloatArray:
        """Stems (size, stems, frames, 2) whose sum is the mix; the same for the same step and seed."""
        return np.stack([self._example(np.random.default_rng((self._seed, step, index))) for index in range(size)])

    def _example(self, rng: augment.Rng) -> FloatArray:
        mixing = self._mixing
        if self._songs and rng.random() >= mixing.remix:
            song = self._songs[int(np.searchsorted(self._song_weights, rng.random()))]
            start = self._start(song, self._stems[0], self._frames, rng)
            parts = [self._pack.read(song, stem, start, self._frames) for stem in self._stems]
            parts = [augment.gain(part, rng, -4, 4) for part in parts]
        else:
            parts = [self._drawn(stem, rng) for stem in self._stems]
            if len(parts) > 1:
                parts = self._balanced(parts, rng)
        if len(parts) > 1 and rng.random() < mixing.silence:
            parts[rng.integers(len(parts))][:] = 0
        stacked = np.stack(parts)
        if rng.random() < mixing.mono:
            stacked = np.stack([augment.mono(part) for part in stacked])
        if rng.random() < mixing.swap:
            stacked = stacked[:, :, ::-1]
        return _levelled(stacked, rng)

    def _drawn(self, stem: str, rng: augment.Rng) -> FloatArray:
        """A stretch of a piece of the pool, changed."""
        part = self._stretch(stem, rng)
        if rng.random() < self._mixing.second:
            part = part + augment.gain(self._stretch(stem, rng), rng, -9, 0)
        mixing, rate = self._mixing, self._pack.rate
        if rng.random() < mixing.equaliser:
            part = augment.equalised(part, rng, rate)
        if stem == mixing.voice:
            if rng.random() < mixing.timbre:
                part = augment.retimbred(part, rng, rate)
            if rng.random() < mixing.saturation:
                part = augment.saturated(part, rng)
            for effect in (augment.harmonised, augment.doubled, augment.delayed):
                if rng.random() < mixing.effects:
                    part = effect(part, rng, rate)
        if rng.random() < mixing.reverb:
            part = augment.reverberated(part, rng, rate, mixing.reverb_most)
        if rng.random() < mixing.pan:
            part = augment.pan(part, rng)
        return part

    def _stretch(self, stem: str, rng: augment.Rng) -> FloatArray:
        pool = self._pools[stem]
        piece = pool[int(np.searchsorted(self._weights[stem], rng.random()))]
        ratio = augment.speed_ratio(rng, self._mixing.speed_semitones) if rng.random() < self._mixing.speed else 1.0
        frames = round(self._frames * ratio)
        samples = self._pack.read(piece, stem, self._start(piece, stem, frames, rng), frames)
        return augment.resampled(samples, self._frames) if frames != self._frames else samples

    def _start(self, piece: Piece, stem: str, frames: int, rng: augment.Rng) -> int:
        """Mostly shortly before sound begins, else anywhere; a short piece anywhere in the window."""
        active = piece.stems[stem].active
        rate = self._pack.rate
        if active and rng.random() < _ACTIVE_SHARE:
            start = int(active[rng.integers(len(active))] * (rate // 2) - rng.uniform(0, _LEAD_S) * rate)
            return max(min(start, piece.frames - frames), 0) if piece.frames > frames else start
        spare = piece.frames - frames
        return int(rng.integers(min(spare, 0), max(spare, 0) + 1))

    def _balanced(self, parts: list[FloatArray], rng: augment.Rng) -> list[FloatArray]:
        """The first stem by ``loudness_db`` louder than the sum of the others, which keep their balance more or less."""
        others = [augment.gain(part, rng, -3, 3) for part in parts[1:]]
        first, rest = _rms(parts[0]), _rms(np.sum(others, axis=0))
        if first > 0 and rest > 0:
            level = rest / first * 10 ** (rng.uniform(*self._mixing.loudness_db) / 20)
            return [parts[0] * np.float32(level), *others]
        return [parts[0], *others]


def _weights(pool: list[Piece]) -> npt.NDArray[np.float64]:
    """Cumulated chances of the pieces: by their lengths within a collection, and by the root of those of collections.

    A collection is what has the same name up to the first slash. So large ones do not drown the others.
    """
    collections = [piece.name.partition("/")[0] for piece in pool]
    lengths = dict.fromkeys(collections, 0)
    for name, piece in zip(collections, pool, strict=True):
        lengths[name] += piece.frames
    chances = np.array([piece.frames / np.sqrt(lengths[name]) for name, piece in zip(collections, pool, strict=True)])
    summed = np.cumsum(chances / max(chances.sum(), 1e-9))
    summed[-1:] = 1.0
    return summed


def _levelled(stems: FloatArray, rng: augment.Rng) -> FloatArray:
    """The mix at −26…−10 dBFS, with no peak above full scale."""
    mix = stems.sum(axis=0)
    level = _rms(mix)
    if level == 0:
        return stems.copy()
    gain = 10 ** (rng.uniform(-26, -10) / 20) / level
    return stems * np.float32(min(gain, 1 / float(np.abs(mix).max())))


def _rms(samples: FloatArray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
