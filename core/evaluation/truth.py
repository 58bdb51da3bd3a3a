"""Songs with true stems, as they lie in folders.

Three layouts are known: a folder for each song with ``vocals``, ``drums``, ``bass`` and ``other`` (and ``mixture``, else the
mix is their sum) in any format that is read, as MUSDB18-HQ has it; such a folder with ``vocals`` and ``backing``, as
Antara's ``songs_eval``; and stem files (``.stem.mp4``) with the streams mixture, drums, bass, other, vocals, as MUSDB18.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import FloatArray
from core.audio.ni_stems import NAMES, NI_EXTENSION
from core.audio.reader import probe, read_blocks
from core.errors import AntaraError, FileMissingError, NoTrueStemsError, NoTruthError, TrueStemsIncompleteError
from core.songs import SOUND_EXTENSIONS, natural_key

RATE = 44100  # at which everything is evaluated: MUSDB's, and that of the known models

# What is coded with loss has nothing at all above some frequency. Filters that are fitted to it (BSS Eval) are then any size
# there, and meet what the edges of frames have in that band: SIR and SAR fall by 15 dB. 16-bit files, which museval is made
# for, have a little noise there. With it all metrics make sense; the SDR of songs in Opus stays within 0.001 dB.
STEPS = np.float32(2**15)

MIXTURE = "mixture"
_VOCALS, _REST = "vocals", "accompaniment"
_RESTS = ("backing", _REST)  # names of a file with all but the vocals
_NAMES = (MIXTURE, _VOCALS, *NAMES, "guitar", "piano", *_RESTS)


@dataclass(frozen=True)
class Sound:
    """An audio track of a file; None: the only one."""

    path: Path
    track: int | None = None

    def blocks(self, duration_s: float | None) -> Iterator[FloatArray]:
        """Blocks (n, 2) at RATE, at most ``duration_s`` long, in steps of 16 bits. Raises what ``read_blocks`` raises."""
        for block in read_blocks(self.path, RATE, 0.0, duration_s, self.track):
            yield np.rint(block * STEPS) / STEPS


@dataclass(frozen=True)
class TrueSong:
    """A song of which the stems are known."""

    name: str
    path: Path
    stems: Mapping[str, Sound]
    mixture: Sound | None  # None: the sum of the stems

    def declared_s(self, duration_s: float | None) -> float | None:
        """How long the first ``duration_s`` of it are, as far as a file says. Raises an InputError."""
        declared = probe(next(iter(self.stems.values())).path).duration_s
        return declared if declared is None or duration_s is None else min(declared, duration_s)

    def truth(self, stems: Sequence[str], model: str) -> dict[str, tuple[str, ...]]:
        """Which of the song's stems sum to each of a model's ``stems``.

        What the model has no stem for belongs to its accompaniment, or to its "other". Raises NoTruthError.
        """
        rest = next((name for name in (_REST, "other") if name in stems), stems[-1])
        found = {
            stem: tuple(name for name in self.stems if name == stem or (stem == rest and name not in stems))
            for stem in stems
        }
        for stem, parts in found.items():
            if not parts:
                raise NoTruthError(path=self.path, stem=stem, model=model)
        return found


def find(place: Path) -> list[Path]:
    """The songs in a folder and below it, in natural order: folders and stem files. ``place`` may be one itself.

    Raises FileMissingError and NoTrueStemsError.
    """
    if not place.exists():
        raise FileMissingError(path=place)
    songs = [place] if place.is_file() and _is_stem_file(place.name) else list(_below(place))
    if not songs:
        raise NoTrueStemsError(path=place)
    return songs


def _below(root: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a link that leads in a circle
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=natural_key)
        if _sounds(Path(folder)):
            yield Path(folder)
        yield from (Path(folder, name) for name in sorted(files, key=natural_key) if _is_stem_file(name))


def _is_stem_file(name: str) -> bool:
    return name.lower().endswith(f".{NI_EXTENSION}") and not name.startswith(".")


def _sounds(folder: Path) -> dict[str, Sound]:
    """The files of a song's folder by the name of what is in them."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.stem.lower() in _NAMES and path.suffix.lower() in SOUND_EXTENSIONS:
            found[path.stem.lower()] = Sound(path)
    return found


def open_song(path: Path) -> TrueSong:
    """What ``find`` found. Raises TrueStemsIncompleteError, and an InputError for a stem file that cannot be read."""
    if path.is_dir():
        return _from_folder(path)
    order = (MIXTURE, *NAMES)
    count = len(probe(path).tracks)
    if count < len(order):
        raise TrueStemsIncompleteError(path=path, missing=", ".join(order[count:]))
    stems = {name: Sound(path, track) for track, name in enumerate(order)}
    return TrueSong(path.name[: -len(NI_EXTENSION) - 1], path, stems, stems.pop(MIXTURE))


def known(stems: Sequence[str], songs: Sequence[Path]) -> bool:
    """Whether any of the songs has true stems for all of a model's ``stems``."""
    for path in songs:
        with suppress(AntaraError):  # it is said when its turn comes
            open_song(path).truth(stems, "")
            return True
    return False


def _from_folder(path: Path) -> TrueSong:
    found = _sounds(path)
    mixture = found.pop(MIXTURE, None)
    backing = next((found[name] for name in _RESTS if name in found), None)
    stems = {name: sound for name, sound in found.items() if name not in _RESTS}
    needed: tuple[str, ...] = NAMES
    if backing and not set(stems) - {_VOCALS}:
        stems[_REST] = backing
        needed = (_VOCALS,)
    elif set(stems) == {_VOCALS}:
        raise TrueStemsIncompleteError(path=path, missing=f"backing, or {', '.join(NAMES[:-1])}")
    missing = [name for name in needed if name not in stems]
    if missing:
        raise TrueStemsIncompleteError(path=path, missing=", ".join(missing))
    return TrueSong(path.resolve().name, path, stems, mixture)
