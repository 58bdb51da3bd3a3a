"""The training set of the built-in model: everything in ``../shared/data`` that is for training, as one pack.

Solo voices are a pool; backings are those of the multitrack songs, whole and with some of their instruments left out, and
accompaniments composed by ``core.training.generator``. The songs are there as songs, too, and so are some that
``core.training.songs`` makes: voices over accompaniments in their key. One song, one voice in twelve and some composed
pieces of their own seeds, with such voices, are held out for validation. ``songs_eval`` is never opened.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.arrays import FloatArray, summed
from core.cancel import CancelToken
from core.training import augment
from core.training.data import read
from core.training.generator import compose
from core.training.instruments import Bank, seed_of
from core.training.pack import PackWriter, Split
from core.training.songs import VOICE, Singers, compose_song, loudness, sing_over

STEMS = ("vocals", "accompaniment")
_HELD_OUT_SONG = "6.Caesium"
_HELD_OUT_VOICES = 12  # one in so many
_SONG_S = 45.0  # of a composed accompaniment or song
_SUNG_OVER = 2  # songs with other voices over each backing of a multitrack song, where whole songs are wanted at all
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
    song_minutes: float,
    cancel: CancelToken | None = None,
    report: Callable[[str], None] = lambda name: None,
) -> None:
    """Decodes and composes it all at ``rate`` into a pack. Raises InputErrors, OutputErrors and CancelledError.

    ``song_minutes`` are those of composed songs with voices, beside ``composed_minutes`` of accompaniments.
    """
    token = cancel or CancelToken()
    with PackWriter(folder, rate) as writer:
        for piece in pieces(source, rate, composed_minutes, song_minutes):
            token.raise_if_cancelled()
            report(piece.name)
            writer.add(*piece)
            rng = np.random.default_rng(seed_of("coded", piece.name))
            if piece.split == "train" and len(piece.stems) == 1 and rng.random() < _CODED_SHARE:
                coded = {stem: augment.coded(samples, rng, rate) for stem, samples in piece.stems.items()}
                writer.add(f"{piece.name} (coded)", piece.split, coded)


def pieces(source: Path, rate: int, composed_minutes: float, song_minutes: float = 0) -> Iterator[Piece]:
    """All pieces, in the same order each time."""
    voices = {path: _split_of_voice(path) for path in sorted((source / "vocals").rglob("*.opus"))}
    for path, split in voices.items():
        yield Piece(f"{path.parent.name}/{path.stem}", split, {VOICE: without_pauses(read(path, rate), rate)})
    multitracks = sorted(path for path in (source / "songs").iterdir() if path.is_dir())
    voices |= {path: _split_of_song(path.parent) for folder in multitracks for path in folder.glob("vocals__*.opus")}
    splits: tuple[Split, ...] = ("train", "validation")
    singers = {split: Singers([path for path in voices if voices[path] == split], rate) for split in splits}
    for folder in multitracks:
        yield from _song(folder, rate, singers[_split_of_song(folder)] if song_minutes else None)
    bank = Bank(source / "instruments", rate)
    for seed in range(round(60 * composed_minutes / _SONG_S)):
        parts = compose(bank, seed, _SONG_S)
        yield Piece(f"composed/{seed}", _split_of_seed(seed), {"accompaniment": summed(list(parts.values()))})
    for seed in range(round(60 * song_minutes / _SONG_S)):
        split = _split_of_seed(seed)
        parts = compose_song(bank, singers[split], seed, _SONG_S)
        voice = parts.pop(VOICE)
        yield Piece(f"composed song/{seed}", split, {VOICE: voice, "accompaniment": summed(list(parts.values()))})


def _split_of_voice(path: Path) -> Split:
    return "validation" if zlib.crc32(f"{path.parent.name}/{path.stem}".encode()) % _HELD_OUT_VOICES == 0 else "train"


def _split_of_song(folder: Path) -> Split:
    return "validation" if folder.name == _HELD_OUT_SONG else "train"


def _split_of_seed(seed: int) -> Split:
    return "validation" if (seed * _HELD_OUT_SHARE) % 1 < _HELD_OUT_SHARE else "train"


def _song(folder: Path, rate: int, singers: Singers | None) -> Iterator[Piece]:
    """A multitrack song: whole, each voice alone, some subsets of the instruments, and with other singers over these."""
    split = _split_of_song(folder)
    tracks = {path.stem: read(path, rate) for path in sorted(folder.glob("*.opus"))}
    frames = max(len(samples) for samples in tracks.values())
    voices, backing = (_summed(tracks, kind, frames) for kind in ("vocals__", "backing__"))
    level = loudness(backing) / max(loudness(voices), 1e-9) * 10 ** (_VOCALS_DB / 20)
    yield Piece(folder.name, split, {VOICE: voices * np.float32(level), "accompaniment": backing})
    if singers:
        for number in range(_SUNG_OVER):
            sung = sing_over(backing, singers, seed_of(folder.name, number), _SONG_S)
            yield Piece(f"{folder.name}/sung over {number}", split, sung)
    if split == "validation":
        return
    for name, samples in tracks.items():
        if name.startswith("vocals__"):
            yield Piece(f"{folder.name}/{name}", split, {VOICE: without_pauses(samples, rate)})
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
