"""The training set of the built-in model: everything in ``../shared/data`` that is for training, as one pack.

Solo voices are a pool; backings are those of the multitrack songs, whole and with some of their instruments left out, and
accompaniments composed by ``core.training.generator``. The songs are there as songs, too. One song, one voice in twelve and
some accompaniments of their own seeds are held out for validation. ``songs_eval`` is never opened.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.arrays import FloatArray
from core.cancel import CancelToken
from core.training import augment
from core.training.data import read
from core.training.generator import compose
from core.training.instruments import Bank, seed_of
from core.training.pack import PackWriter, Split

STEMS = ("vocals", "accompaniment")
_HELD_OUT_SONG = "6.Caesium"
_HELD_OUT_VOICES = 12  # one in so many
_SONG_S = 45.0  # of a composed accompaniment
_HELD_OUT_SHARE = 0.06  # of these
_SUBSETS = 3  # of the instruments of a multitrack song
_VOCALS_DB = -2.0  # of the voices under the backing, where they sound: their straight sums have them too low
_CODED_SHARE = 0.1
_SILENCE = 0.002  # −54 dBFS

Stems = dict[str, FloatArray]


class Piece(NamedTuple):
    """What becomes a piece of the pack."""

    name: str
    split: Split
    stems: Stems


def is_corpus(folder: Path) -> bool:
    """Whether the folder is laid out as ``../shared/data``."""
    return all((folder / part).is_dir() for part in ("vocals", "songs", "instruments"))


def write_pack(
    folder: Path,
    source: Path,
    rate: int,
    composed_minutes: float,
    cancel: CancelToken | None = None,
    report: Callable[[str], None] = lambda name: None,
) -> None:
    """Decodes and composes it all at ``rate`` into a pack. Raises InputErrors, OutputErrors and CancelledError."""
    token = cancel or CancelToken()
    with PackWriter(folder, rate) as writer:
        for piece in pieces(source, rate, composed_minutes):
            token.raise_if_cancelled()
            report(piece.name)
            writer.add(*piece)
            rng = np.random.default_rng(seed_of("coded", piece.name))
            if piece.split == "train" and len(piece.stems) == 1 and rng.random() < _CODED_SHARE:
                coded = {stem: augment.coded(samples, rng, rate) for stem, samples in piece.stems.items()}
                writer.add(f"{piece.name} (coded)", piece.split, coded)


def pieces(source: Path, rate: int, composed_minutes: float) -> Iterator[Piece]:
    """All pieces, in the same order each time."""
    for path in sorted((source / "vocals").rglob("*.opus")):
        name = f"{path.parent.name}/{path.stem}"
        held_out = zlib.crc32(name.encode()) % _HELD_OUT_VOICES == 0
        yield Piece(name, "validation" if held_out else "train", {"vocals": without_pauses(read(path, rate), rate)})
    for folder in sorted(path for path in (source / "songs").iterdir() if path.is_dir()):
        yield from _song(folder, rate)
    bank = Bank(source / "instruments", rate)
    for seed in range(round(60 * composed_minutes / _SONG_S)):
        split: Split = "validation" if (seed * _HELD_OUT_SHARE) % 1 < _HELD_OUT_SHARE else "train"
        stems = compose(bank, seed, _SONG_S)
        yield Piece(f"composed/{seed}", split, {"accompaniment": np.sum(list(stems.values()), axis=0)})


def _song(folder: Path, rate: int) -> Iterator[Piece]:
    """A multitrack song: whole, each voice alone, and some subsets of the instruments."""
    split: Split = "validation" if folder.name == _HELD_OUT_SONG else "train"
    tracks = {path.stem: read(path, rate) for path in sorted(folder.glob("*.opus"))}
    frames = max(len(samples) for samples in tracks.values())
    voices, backing = (_summed(tracks, kind, frames) for kind in ("vocals__", "backing__"))
    level = _rms_where_loud(backing) / max(_rms_where_loud(voices), 1e-9) * 10 ** (_VOCALS_DB / 20)
    yield Piece(folder.name, split, {"vocals": voices * np.float32(level), "accompaniment": backing})
    if split == "validation":
        return
    for name, samples in tracks.items():
        if name.startswith("vocals__"):
            yield Piece(f"{folder.name}/{name}", split, {"vocals": without_pauses(samples, rate)})
    instruments = [name for name in tracks if name.startswith("backing__")]
    rng = np.random.default_rng(seed_of("subsets", folder.name))
    for number in range(_SUBSETS):
        kept = [name for name in instruments if rng.random() < 0.55] or instruments
        gains = {name: np.float32(10 ** (rng.uniform(-6, 6) / 20)) for name in kept}
        mixed = _summed({name: tracks[name] * gain for name, gain in gains.items()}, "", frames)
        yield Piece(f"{folder.name}/some of it {number}", split, {"accompaniment": mixed})


def without_pauses(samples: FloatArray, rate: int) -> FloatArray:
    """The blocks of half a second with sound in them, and one on each side of them; all of it where there is none."""
    half = rate // 2
    blocks = np.array([np.abs(samples[start : start + half]).max() > _SILENCE for start in range(0, len(samples), half)])
    near = np.convolve(blocks, np.ones(3), "same") > 0
    return samples[np.repeat(near, half)[: len(samples)]] if near.any() else samples


def _summed(tracks: Mapping[str, FloatArray], prefix: str, frames: int) -> FloatArray:
    total = np.zeros((frames, 2), np.float32)
    for name, samples in tracks.items():
        if name.startswith(prefix):
            total[: len(samples)] += samples
    return total


def _rms_where_loud(samples: FloatArray) -> float:
    """The root mean square of what is within 20 dB of the peak of its smoothed power."""
    power = np.mean(samples[: len(samples) // 4096 * 4096].reshape(-1, 4096, 2) ** 2, axis=(1, 2))
    loud = power[power > 0.01 * power.max(initial=0)]
    return float(np.sqrt(loud.mean())) if len(loud) else 0.0
