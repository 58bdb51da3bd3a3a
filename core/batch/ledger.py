"""What a run knows of its songs, on disk: the folder of each, how it ended, and what is to be tried again.

It is one SQLite file in the output (of an address: in the user's own folder), held by one run at a time, so that a million
songs take no memory. The receipts say what is done; without the ledger the next run learns the folders from them.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from core import paths
from core.batch import remote
from core.batch.job import Outcome
from core.batch.places import STATE, Place
from core.errors import BatchTakenError, output_errors
from core.file_names import LONGEST_NAME, byte_count, folded, shortened
from core.files import text_path
from core.queue_items import Failure

_TABLES = """
CREATE TABLE IF NOT EXISTS songs (
    key TEXT PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, run INTEGER NOT NULL, asked TEXT NOT NULL,
    state TEXT NOT NULL, code TEXT, parameters TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    length_s REAL, started REAL, finished REAL, worker TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (folded TEXT PRIMARY KEY, song INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lost ON songs (run, state) WHERE state = 'lost';
"""
_FIRST = "key, source, name, run, asked, state"  # what is known when a song comes in
_COMMIT_S = 0.2
RESERVED = (STATE, "report")


@dataclass(frozen=True)
class Row:
    """A song of a run, for its report."""

    source: str
    name: str
    state: str
    failure: Failure | None
    attempts: int
    length_s: float | None
    started: float | None
    finished: float | None
    worker: str | None


def ledger_file(output: str) -> Path:
    """Where it lies, for an output as in ``places.place_at``."""
    if remote.is_address(output):
        digest = hashlib.sha256(output.rstrip("/").encode()).hexdigest()[:24]
        return paths.queue_file().with_name("batches") / f"{digest}.sqlite"
    return text_path(output) / STATE / "ledger.sqlite"


class Ledger:
    """One run's view of it. For one thread."""

    def __init__(self, output: str, place: Place) -> None:
        """Raises BatchTakenError and OutputErrors."""
        file = ledger_file(output)
        with output_errors(file.parent):
            file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(file)
        except sqlite3.OperationalError as error:
            raise BatchTakenError(path=output if remote.is_address(output) else text_path(output)) from error
        except sqlite3.DatabaseError:  # damaged: the receipts know the same
            for part in file.parent.glob(f"{file.name}*"):
                part.unlink()
            self._open(file)
        self._committed = time.monotonic()
        if self._one("SELECT COUNT(*) FROM songs") == 0:
            self._learn(place)
        self.run = 1 + (self._one("SELECT MAX(run) FROM songs") or 0)

    def _open(self, file: Path) -> None:
        self._base = sqlite3.connect(file, timeout=0, isolation_level=None)
        try:
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")  # without shared memory: it may lie on a network drive
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")
            self._base.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";"):
                self._base.execute(statement)
        except BaseException:
            self._base.close()
            raise

    def _learn(self, place: Place) -> None:
        for name in RESERVED:
            self._base.execute("INSERT OR IGNORE INTO names VALUES (?, 1)", (folded(name),))
        for receipt in place.receipts():
            self._take(receipt.name)
            values = (receipt.key, receipt.source.address, receipt.name, 0, "", "done")
            self._base.execute(f"INSERT OR IGNORE INTO songs ({_FIRST}) VALUES (?,?,?,?,?,?)", values)
        self.commit()

    def enter(self, source: str, wanted: str, asked: str) -> tuple[str, str] | None:
        """Takes a song in that is ``asked`` for in this way: its key and its folder, the same as in runs before.

        None where this run has it already. The same source asked for in two ways is two songs.
        """
        ordinal = 1
        while True:
            key = _key(source, ordinal)
            row = self._base.execute("SELECT name, run, asked FROM songs WHERE key = ?", (key,)).fetchone()
            if row is None:
                name = self._free(wanted)
                values = (key, source, name, self.run, asked, "waiting")
                self._base.execute(f"INSERT INTO songs ({_FIRST}) VALUES (?,?,?,?,?,?)", values)
                return key, name
            if row[1] != self.run:
                self._base.execute(
                    "UPDATE songs SET run = ?, asked = ?, state = 'waiting', code = NULL, parameters = NULL, attempts = 0, "
                    "length_s = NULL, started = NULL, finished = NULL, worker = NULL WHERE key = ?",
                    (self.run, asked, key),
                )
                return key, row[0]
            if row[2] == asked:
                return None
            ordinal += 1

    def _free(self, wanted: str) -> str:
        """The name, with numbers where it is taken: no song's folder has that of another song in it."""
        *folders, last = wanted.split("/")
        path = ""
        for folder in folders:
            path = next(name for name in _numbered(path, folder) if self._kind(name) != 1)
        path = next(name for name in _numbered(path, last) if self._kind(name) is None)
        self._take(path)
        return path

    def _take(self, name: str) -> None:
        parts = name.split("/")
        for end in range(1, len(parts)):
            self._base.execute("INSERT OR IGNORE INTO names VALUES (?, 0)", (folded("/".join(parts[:end])),))
        self._base.execute("INSERT OR REPLACE INTO names VALUES (?, 1)", (folded(name),))

    def _kind(self, name: str) -> int | None:
        """1 where it is a song's folder, 0 where songs' folders are in it."""
        row = self._base.execute("SELECT song FROM names WHERE folded = ?", (folded(name),)).fetchone()
        return row and int(row[0])

    def ended(self, outcome: Outcome, attempts: int) -> None:
        """A song is done, or will not be."""
        failure = outcome.failure
        self._base.execute(
            "UPDATE songs SET state = ?, code = ?, parameters = ?, attempts = ?, length_s = ?, started = ?, finished = ?, "
            "worker = ? WHERE key = ?",
            (
                outcome.state,
                failure and failure.code,
                failure and msgspec.json.encode(failure.parameters).decode(),
                attempts,
                outcome.length_s,
                outcome.started,
                outcome.finished,
                outcome.worker,
                outcome.key,
            ),
        )
        if time.monotonic() - self._committed > _COMMIT_S:
            self.commit()

    def lost(self) -> Iterator[tuple[str, str, str, str, int]]:
        """Key, source, folder, what is asked for, and attempts of each song that ended its worker, until there is none."""
        while row := self._base.execute(
            "SELECT key, source, name, asked, attempts FROM songs WHERE run = ? AND state = 'lost' LIMIT 1", (self.run,)
        ).fetchone():
            self._base.execute("UPDATE songs SET state = 'waiting' WHERE key = ?", (row[0],))
            yield row

    def commit(self) -> None:
        """What was told is in the file."""
        self._base.execute("COMMIT")
        self._base.execute("BEGIN IMMEDIATE")
        self._committed = time.monotonic()

    def counts(self) -> dict[str, int]:
        """How many songs of this run are in which state."""
        found = self._base.execute("SELECT state, COUNT(*) FROM songs WHERE run = ? GROUP BY state", (self.run,))
        return {str(state): int(number) for state, number in found}

    def rows(self) -> Iterator[Row]:
        """The songs of this run, by name."""
        cursor = self._base.execute(
            "SELECT source, name, state, code, parameters, attempts, length_s, started, finished, worker FROM songs "
            "WHERE run = ? ORDER BY name",
            (self.run,),
        )
        for source, name, state, code, parameters, *rest in cursor:
            failure = Failure(code, msgspec.json.decode(parameters)) if code else None
            yield Row(source, name, state, failure, *rest)

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Some figures of all songs, for the report."""
        return self._base.execute(statement, values).fetchall()

    def _one(self, statement: str) -> Any:
        return self._base.execute(statement).fetchone()[0]

    def close(self) -> None:
        self._base.execute("COMMIT")
        self._base.close()


def _key(source: str, ordinal: int) -> str:
    text = source if ordinal == 1 else f"{source}\0{ordinal}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _numbered(parent: str, name: str) -> Iterator[str]:
    """The name below its parent, then "name (2)" and so on."""
    prefix = f"{parent}/" if parent else ""
    yield prefix + name
    number = 1
    while True:
        number += 1
        ending = f" ({number})"
        yield prefix + shortened(name, LONGEST_NAME - byte_count(ending)) + ending
