"""Keeps the queue in a file that survives the end of the program at any moment.

A line of the file is a checksum and one thing that happened: an item as it is now, items that went, or a new order. Lines
are only ever added; a line that is cut off or damaged is passed over, and the rest counts. Now and then, when most lines are
out of date, the file is written anew, in one step.
"""

import logging
import os
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from core.decoding import from_json
from core.errors import AntaraError, QueueTakenError, QueueUnsavedError
from core.files import path_text, read_small, text_path, write_whole
from core.queue_items import Change, Item, apply

_log = logging.getLogger(__name__)

Tell = Callable[[AntaraError | None], None]  # of trouble, and with None of its end

_SPARE_LINES = 1000  # that are out of date, beside as many as there are items
_RETRY_S = 5.0
_LARGEST = 256_000_000  # bytes: of half a million songs


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    item: Item | None = None
    removed: tuple[int, ...] = ()
    order: tuple[int, ...] | None = None

    @property
    def change(self) -> Change:
        return Change((self.item,) if self.item else (), self.removed, self.order)


def _encode_path(value: Any) -> str:
    if isinstance(value, Path):
        return path_text(value)
    raise NotImplementedError


def _decode_path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return text_path(value)
    raise ValueError("a path must be text")


_encoder = msgspec.json.Encoder(enc_hook=_encode_path)


def lines(change: Change) -> list[str]:
    """The lines that tell of a change, each with its end."""
    parts = [_Line(item=item) for item in change.items]
    if change.removed:
        parts.append(_Line(removed=change.removed))
    if change.order is not None:
        parts.append(_Line(order=change.order))
    return [_with_checksum(_encoder.encode(part)) for part in parts]


def _with_checksum(text: bytes) -> str:
    return f"{zlib.crc32(text):08x} {text.decode()}\n"


@dataclass
class Contents:
    """What a file of the queue holds."""

    items: dict[int, Item] = field(default_factory=dict)  # by id, in their order
    strange: list[str] = field(default_factory=list)  # lines that are whole, of a newer version that says more
    lines: int = 0
    damaged: int = 0
    whole: bool = True  # lines can be added to it


def read(data: bytes) -> Contents:
    """What the bytes of a file hold, whatever happened to them."""
    *ended, tail = data.split(b"\n")
    contents = Contents(whole=not tail)
    for raw in (*ended, tail) if tail else ended:
        contents.lines += 1
        checksum, _, text = raw.partition(b" ")
        if checksum == b"%08x" % zlib.crc32(text):
            _take(text, raw, contents)
        else:
            contents.damaged += 1
            contents.whole = False
    if contents.damaged:
        _log.warning("%d of %d lines of the queue are damaged and were passed over", contents.damaged, contents.lines)
    return contents


def _take(text: bytes, raw: bytes, contents: Contents) -> None:
    try:
        apply(from_json(text, _Line, _decode_path).change, contents.items)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        _log.warning("a line of the queue is not understood and was passed over: %s", error)
        contents.strange.append(raw.decode(errors="replace") + "\n")


class Journal:
    """Writes changes to the file in a thread of its own, in their order. Of any number of processes one has it.

    As long as the file cannot be written, ``tell`` has a QueueUnsavedError and everything is kept in memory; when it can
    be again, it is written whole. ``tell`` is called in the journal's thread.
    """

    def __init__(self, path: Path, tell: Tell) -> None:
        """Raises QueueTakenError when another process has the file, QueueUnsavedError when it cannot be kept there."""
        self._path, self._tell = path, tell
        self._lock = FileLock(path.with_suffix(".lock"), thread_local=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise QueueTakenError() from error
        except (OSError, NotImplementedError) as error:  # a file system without locks
            raise _unsaved(error) from error
        try:
            contents = self._read()
        except OSError as error:
            self._lock.release()
            raise _unsaved(error) from error
        self.items = dict(contents.items)  # as the file was found
        self._items, self._strange, self._lines = contents.items, contents.strange, contents.lines
        self._whole = not contents.whole  # the next thing to be written is all of it
        self._failed = False
        self._pending: list[Change] = []
        self._urgent = self._closing = False
        self._added = self._written = 0  # counts of changes
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="antara-queue-journal", daemon=True)
        self._thread.start()

    def add(self, change: Change, sync: bool = True) -> None:
        """Has a change written soon; ``sync``: so that it outlives a failure of the power. Returns at once."""
        with self._news:
            self._pending.append(change)
            self._urgent |= sync
            self._added += 1
            self._news.notify_all()

    def flush(self) -> None:
        """Waits until everything up to now is in the file, or could not be written."""
        with self._news:
            wanted = self._added
            self._news.wait_for(lambda: self._written >= wanted or not self._thread.is_alive())

    def close(self) -> None:
        """Writes what is left, and lets go of the file."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._thread.join()
        self._lock.release()

    def _read(self) -> Contents:
        for part in self._path.parent.glob(f".{self._path.name}-*"):  # of a program that was killed while it wrote
            part.unlink(missing_ok=True)
        try:
            return read(read_small(self._path, _LARGEST))
        except FileNotFoundError:
            return Contents(whole=False)
        except ValueError as error:
            _log.warning("%s is set aside: %s", self._path, error)
            self._path.replace(self._path.with_name(f"{self._path.name}.bad"))
            return Contents(whole=False)

    def _run(self) -> None:
        closing = False
        while not closing:
            with self._news:
                self._news.wait_for(lambda: self._pending or self._closing, _RETRY_S if self._failed else None)
                changes, urgent, closing = self._pending, self._urgent, self._closing
                self._pending, self._urgent = [], False
            if changes or self._failed:
                self._save(changes, urgent)
            with self._news:
                self._written += len(changes)
                self._news.notify_all()

    def _save(self, changes: list[Change], sync: bool) -> None:
        for change in changes:
            apply(change, self._items)
        try:
            if self._whole or self._lines > 2 * len(self._items) + _SPARE_LINES:
                self._write_whole()
            else:
                self._append([line for change in changes for line in lines(change)], sync)
        except (OSError, ValueError) as error:  # ValueError: text that cannot be encoded
            self._whole = True  # what was lost is known only in sum
            if not self._failed:
                _log.warning("the queue cannot be saved: %s", error)
                self._failed = True
                self._tell(_unsaved(error))
        else:
            if self._failed:
                self._failed = False
                self._tell(None)

    def _write_whole(self) -> None:
        now = lines(Change(tuple(self._items.values())))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, "".join([*self._strange, *now]))
        self._whole, self._lines = False, len(self._strange) + len(now)

    def _append(self, new: Sequence[str], sync: bool) -> None:
        try:
            file = self._path.open("r+b", buffering=0)
        except FileNotFoundError:  # someone removed it
            self._write_whole()
            return
        with file:
            file.seek(0, os.SEEK_END)
            data = "".join(new).encode()
            while data:  # one write, if the system takes all at once
                data = data[file.write(data) or 0 :]
            if sync:
                os.fsync(file.fileno())
        self._lines += len(new)


def _unsaved(error: Exception) -> QueueUnsavedError:
    return QueueUnsavedError(reason=getattr(error, "strerror", None) or str(error))
