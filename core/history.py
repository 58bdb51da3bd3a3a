"""The songs that were separated, the last one first, in a file; and whether they can be opened again."""

import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from core import paths
from core.decoding import from_builtins
from core.errors import output_errors
from core.files import read_object, rewrite_object

_log = logging.getLogger(__name__)

MOST = 500  # entries

_ENTRIES = "entries"
_MOST_FRAMES, _HIGHEST_RATE = 2**40, 1_000_000  # Hz
_END_OF_TIME = 253_402_300_799  # s since 1970: the year 9999
_SLACK_NS = 2_000_000_000  # file systems of memory sticks count time in steps of 2 s

Files = Literal["here", "changed", "missing"]


class Stamp(msgspec.Struct, frozen=True):
    """By what a file is known again. All 0 where there is none."""

    size: int = 0  # bytes
    mtime_ns: int = 0

    def files(self, path: str) -> Files:
        """How things stand with the file that had this stamp."""
        now = stamp_of(path)
        if now == Stamp():
            return "missing"
        same = now.size == self.size and abs(now.mtime_ns - self.mtime_ns) < _SLACK_NS
        return "here" if same else "changed"


class StemFile(msgspec.Struct, frozen=True):
    """A stem that was exported."""

    path: str
    stamp: Stamp


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A song that was separated by a model. Raises ValueError for what is impossible."""

    id: str
    song: str  # its path
    stamp: Stamp  # of the song
    frames: int
    rate: int  # Hz, of the stems
    model: str
    stems: tuple[str, ...]
    separated: float  # when: s since 1970
    files: dict[str, StemFile] = {}  # all stems of the whole song as they were exported the last time, or none
    gain_db: float = 0.0  # of the files against the stems

    def __post_init__(self) -> None:
        if not self.id or not self.song or not self.model:
            raise ValueError("something has no name")
        if any("\0" in path for path in (self.song, *(file.path for file in self.files.values()))):
            raise ValueError("a path is none")
        if (
            not 1 <= self.frames <= _MOST_FRAMES
            or not 1 <= self.rate <= _HIGHEST_RATE
            or not 0 <= self.separated <= _END_OF_TIME
        ):
            raise ValueError("a number is out of range")
        if not self.stems or len(set(self.stems)) != len(self.stems):
            raise ValueError("the stems are not named once each")
        if self.files and set(self.files) != set(self.stems):
            raise ValueError("the files are not those of the stems")
        if not -120 <= self.gain_db <= 0:
            raise ValueError("gain_db is out of range")

    @property
    def length_s(self) -> float:
        return self.frames / self.rate


@dataclass(frozen=True)
class Standing:
    """How things stand with the files of an entry. ``stems`` is "none" where they were not exported."""

    song: Files
    stems: Files | Literal["none"]

    @property
    def can_reopen(self) -> bool:
        return self.stems == "here"


def load() -> tuple[Entry, ...]:
    """The entries, the last one first; without those that cannot be used."""
    file = paths.history_file()
    try:
        return tuple(_entries(read_object(file)))
    except OSError as error:
        _log.warning("%s cannot be read: %s", file, error)
        return ()


def of_files(files: Mapping[str, Path]) -> Entry | None:
    """The entry whose stems were exported there, if there is one."""
    wanted = {stem: str(path.absolute()) for stem, path in files.items()}
    return next((entry for entry in load() if {stem: file.path for stem, file in entry.files.items()} == wanted), None)


def standing(entry: Entry) -> Standing:
    """Asks the file system, which can take long where it is far away."""
    song = entry.stamp.files(entry.song)
    if not entry.files:
        return Standing(song, "none")
    found = {file.stamp.files(file.path) for file in entry.files.values()}
    return Standing(song, "missing" if "missing" in found else "changed" if "changed" in found else "here")


def add(song: Path, frames: int, rate: int, model: str, stems: Sequence[str]) -> Entry:
    """Puts a song first that was just separated, in the place of what is there of it and the same model.

    What was exported of it then still counts, unless the song or the stems are others now. Raises OutputErrors.
    """
    path = os.path.abspath(song)  # noqa: PTH100 - Path.absolute leaves ".." in
    fresh = Entry(
        id=uuid.uuid4().hex,
        song=path,
        stamp=stamp_of(path),
        frames=frames,
        rate=rate,
        model=model,
        stems=tuple(stems),
        separated=round(time.time(), 3),
    )

    def adding(entries: list[Entry]) -> list[Entry]:
        nonlocal fresh
        same = [entry for entry in entries if _key(entry) == _key(fresh)]
        fresh = _renewed(same[0], fresh) if same else fresh
        return [fresh, *(entry for entry in entries if entry not in same)]

    _change(adding)
    return fresh


def exported(entry_id: str, files: Mapping[str, Path], gain_db: float = 0.0) -> None:
    """Notes where all stems of the whole song were written, ``gain_db`` louder than they are (so 0 or less).

    Does nothing for an entry that is gone, or for other stems than its own. Raises OutputErrors.
    """
    noted = {stem: StemFile(str(path.absolute()), stamp_of(path)) for stem, path in files.items()}

    def noting(entry: Entry) -> Entry:
        if entry.id != entry_id or set(noted) != set(entry.stems):
            return entry
        return msgspec.structs.replace(entry, files=noted, gain_db=gain_db)

    _change(lambda entries: [noting(entry) for entry in entries])


def remove(entry_ids: Iterable[str]) -> None:
    """Forgets entries; no song and no stem is touched. Raises OutputErrors."""
    gone = set(entry_ids)
    _change(lambda entries: [entry for entry in entries if entry.id not in gone])


def clear() -> None:
    """Forgets all entries. Raises OutputErrors."""
    _change(lambda entries: [])


def stamp_of(path: str | Path) -> Stamp:
    """The stamp of a file; that of no file where there is none that can be seen."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):  # ValueError: no file system has such a name
        return Stamp()
    return Stamp(found.st_size, found.st_mtime_ns)


def _key(entry: Entry) -> tuple[str, str]:
    return os.path.normcase(entry.song), entry.model


def _renewed(old: Entry, fresh: Entry) -> Entry:
    same = old.stamp == fresh.stamp and (old.frames, old.rate, old.stems) == (fresh.frames, fresh.rate, fresh.stems)
    files, gain_db = (old.files, old.gain_db) if same else ({}, 0.0)
    return msgspec.structs.replace(fresh, id=old.id, files=files, gain_db=gain_db)


def _change(change: Callable[[list[Entry]], list[Entry]]) -> None:
    def changing(raw: dict[str, Any]) -> dict[str, Any]:
        return raw | {_ENTRIES: msgspec.to_builtins(change(_entries(raw))[:MOST])}

    file = paths.history_file()
    with output_errors(file):
        rewrite_object(file, changing)


def _entries(raw: Mapping[str, Any]) -> list[Entry]:
    """Those that can be used, each id once."""
    found: dict[str, Entry] = {}
    listed = raw.get(_ENTRIES)
    for value in listed if isinstance(listed, list) else []:
        try:
            entry = from_builtins(value, Entry)
        except (ValueError, OverflowError) as error:
            _log.warning("an entry of the history cannot be used: %s", error)
        else:
            found.setdefault(entry.id, entry)
    return list(found.values())
