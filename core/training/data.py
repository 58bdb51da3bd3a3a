"""Where training songs come from: Spleeter's CSV files, folders of songs and pools of stems; all decoded ahead into a pack.

A folder of songs has a folder for each song with a file for each stem (``vocals.wav``, …); of ``train`` and ``validation``
below it each is one split, else one song in ten is held out. ``pools/<stem>`` has files of one stem, to be remixed with any
others. Whatever has a file for the mix and none for one stem has the rest of the mix for that.
"""

import csv
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.arrays import FloatArray
from core.audio.reader import read_blocks
from core.cancel import CancelToken
from core.errors import TrainingDataError, TruncatedError
from core.training import augment
from core.training.config import Configuration
from core.training.pack import PackWriter, Split

_SPLITS: tuple[Split, ...] = ("train", "validation")
_HELD_OUT = 10  # one in so many
_AUDIO = {".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".aac", ".aif", ".aiff", ".wma"}


class Song(NamedTuple):
    """Files of the stems of a song, or of one stem of a pool; ``files`` may hold the mix, too."""

    name: str
    split: Split
    files: Mapping[str, Path]
    duration_s: float | None = None


def songs(configuration: Configuration, root: Path) -> Iterator[Song]:
    """The songs of the CSV files that a configuration names, else those of the folder. Raises TrainingDataError."""
    stems, mix = configuration.stems, configuration.mix_name
    files: dict[Split, str] = {"train": configuration.train_csv, "validation": configuration.validation_csv}
    if not any(files.values()):
        yield from folder_songs(root, stems, mix)
    for split, file in files.items():
        if file:  # as in Spleeter the CSV file is looked for where one is, beside the songs where it is not
            yield from csv_songs(Path(file) if Path(file).is_file() else root / file, split, root, stems, mix)


def csv_songs(path: Path, split: Split, root: Path, stems: tuple[str, ...], mix: str) -> Iterator[Song]:
    """The songs of one of Spleeter's CSV files: ``mix_path``, ``<stem>_path``…, ``duration``; paths start at ``root``.

    Raises TrainingDataError.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                files = {name: root / row[f"{name}_path"] for name in (mix, *stems) if row.get(f"{name}_path")}
                if not files:
                    raise ValueError("a row has no path of a stem")
                first = next(iter(files.values()))
                yield Song(f"{first.parent.name}/{first.stem}", split, files, float(row.get("duration") or 0) or None)
    except (OSError, ValueError, csv.Error) as error:
        raise TrainingDataError(path=path, detail=str(error)) from error


def folder_songs(root: Path, stems: tuple[str, ...], mix: str) -> Iterator[Song]:
    """The songs and pools of a folder, in the order of their names."""
    splits: list[Split] = [split for split in _SPLITS if (root / split).is_dir()]
    for split in splits:
        yield from (song._replace(split=split) for song in _songs_in(root / split, stems, mix))
    if not splits:
        yield from _songs_in(root, stems, mix)


def _songs_in(folder: Path, stems: tuple[str, ...], mix: str) -> Iterator[Song]:
    for song in sorted(path for path in folder.glob("*") if path.is_dir() and path.name != "pools"):
        files = {path.stem: path for path in sorted(song.iterdir()) if path.suffix.lower() in _AUDIO}
        wanted = {name: files[name] for name in (mix, *stems) if name in files}
        if wanted:
            yield Song(song.name, _split_of(song.name), wanted)
    for stem in stems:
        for path in sorted((folder / "pools" / stem).rglob("*")):
            if path.suffix.lower() in _AUDIO:
                name = str(path.relative_to(folder))
                yield Song(name, _split_of(name), {stem: path})


def write_pack(
    folder: Path,
    songs: Iterator[Song],
    rate: int,
    stems: tuple[str, ...],
    mix: str,
    cancel: CancelToken | None = None,
    coded_share: float = 0.1,
    report: Callable[[str], None] = lambda name: None,
) -> None:
    """Decodes songs at ``rate`` into a pack. That share of the training songs is there a second time, as through a codec.

    Raises TrainingDataError when there is nothing to train on, InputErrors and OutputErrors.
    """
    token = cancel or CancelToken()
    found = False
    with PackWriter(folder, rate) as writer:
        for song in songs:
            token.raise_if_cancelled()
            report(song.name)
            decoded = _decoded(song, rate, stems, mix)
            writer.add(song.name, song.split, decoded)
            found = found or song.split == "train"
            rng = np.random.default_rng(zlib.crc32(song.name.encode(errors="replace")))
            if song.split == "train" and rng.random() < coded_share:
                coded = {stem: augment.coded(samples, rng, rate) for stem, samples in decoded.items()}
                writer.add(f"{song.name} (coded)", song.split, coded)
        if not found:
            raise TrainingDataError(path=folder, detail="there are no songs to train on")


def read(path: Path, rate: int, duration_s: float | None = None) -> FloatArray:
    """A whole file (n, 2) at ``rate``; of one that is cut off what is there. Raises InputErrors."""
    blocks = []
    try:
        for block in read_blocks(path, rate, 0.0, duration_s):
            blocks.append(block)
    except TruncatedError:
        pass
    return np.concatenate(blocks)


def _decoded(song: Song, rate: int, stems: tuple[str, ...], mix: str) -> dict[str, FloatArray]:
    sounds = {name: read(path, rate, song.duration_s) for name, path in song.files.items()}
    frames = max(len(samples) for samples in sounds.values())
    sounds = {name: np.pad(samples, ((0, frames - len(samples)), (0, 0))) for name, samples in sounds.items()}
    whole = sounds.pop(mix, None)
    missing = [stem for stem in stems if stem not in sounds]
    if whole is not None and len(missing) == 1:
        sounds[missing[0]] = whole - sum(sounds.values())
    return sounds


def _split_of(name: str) -> Split:
    """By the name, so that the same songs are held out whatever others come and go."""
    return "validation" if zlib.crc32(name.encode(errors="replace")) % _HELD_OUT == 0 else "train"
