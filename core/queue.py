"""The songs to be separated one after another: what is asked of them, how far they are, how they ended."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from core import paths
from core.errors import AntaraError, QueueError
from core.queue_items import Change, Failure, Item, State, apply, moved
from core.queue_journal import Journal, Tell
from core.separation.care import Care

Listener = Callable[[Change], None]


class Queue:
    """Items in their order. All methods may be called from any thread, return at once and raise nothing.

    With a journal everything is kept for the next start; ``flush`` waits until it is. What was being separated when the
    program ended waits again, and is marked. Ids that are not there, or in a state that does not fit, are passed over.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._lock = threading.RLock()
        self._items: dict[int, Item] = dict(journal.items) if journal else {}
        self._listeners: list[Listener] = []
        self._next_id = max(self._items, default=0) + 1
        self.interrupt([item.id for item in self._items.values() if item.state == "running"])

    @property
    def items(self) -> list[Item]:
        with self._lock:
            return list(self._items.values())

    @property
    def waiting(self) -> bool:
        """Whether there is anything to be run."""
        with self._lock:
            return any(item.state == "waiting" for item in self._items.values())

    def get(self, item_id: int) -> Item | None:
        with self._lock:
            return self._items.get(item_id)

    def listen(self, listener: Listener) -> list[Item]:
        """Has ``listener`` called with each change from now on, in the thread that makes it; what is there now.

        The calls come one at a time and in order, while the queue is locked: they must return at once.
        """
        with self._lock:
            self._listeners.append(listener)
            return self.items

    def unlisten(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.remove(listener)

    def add(self, songs: Iterable[Path], model: str | None = None) -> list[Item]:
        """Puts songs at the end; the new items."""
        now, found = time.time(), list(songs)
        with self._lock:
            items = [Item(item_id, song, model, added=now) for item_id, song in enumerate(found, self._next_id)]
            self._next_id += len(items)
            self._commit(Change(tuple(items)))
        return items

    def move(self, ids: Collection[int], index: int) -> None:
        """Puts items, in the order that they have, before what is at ``index`` now."""
        with self._lock:
            order = moved(self._items, ids, index)
            if order != list(self._items):
                self._commit(Change(order=tuple(order)))

    def remove(self, ids: Iterable[int]) -> None:
        """Takes items out; one that is running stays."""
        with self._lock:
            gone = [item.id for item in self._found(ids) if item.state != "running"]
            self._commit(Change(removed=tuple(gone)))

    def clear_done(self) -> None:
        with self._lock:
            self.remove([item.id for item in self._items.values() if item.state == "done"])

    def cancel(self, ids: Iterable[int]) -> None:
        """Items that wait will not be run."""
        self._update(ids, "waiting", state="cancelled", interrupted=False, finished=time.time())

    def retry(self, ids: Iterable[int]) -> None:
        """Items that failed or were cancelled wait again, where they are."""
        self._update(ids, "failed", "cancelled", state="waiting", failure=None, finished=None)

    def retry_failed(self) -> None:
        with self._lock:
            self.retry([item.id for item in self._items.values() if item.state == "failed"])

    def set_model(self, ids: Iterable[int], model: str | None) -> None:
        """Of items that wait."""
        self._update(ids, "waiting", model=model)

    def set_care(self, ids: Iterable[int], care: Care | None) -> None:
        """Of items that wait."""
        self._update(ids, "waiting", care=care)

    def set_lengths(self, lengths: Mapping[int, float]) -> None:
        """Lengths in seconds, by id."""
        with self._lock:
            changed = [replace(item, length_s=lengths[item.id]) for item in self._found(lengths)]
            self._commit(Change(tuple(changed)), sync=False)

    def take(self) -> Item | None:
        """The first item that waits, which is running from now on; None if nothing waits."""
        with self._lock:
            first = next((item for item in self._items.values() if item.state == "waiting"), None)
            if first is None:
                return None
            self._update([first.id], "waiting", state="running", interrupted=False)
            return self._items[first.id]

    def done(self, item_id: int, files: Mapping[str, Path]) -> None:
        """What was running has been written, by stem."""
        self._update([item_id], "running", state="done", files=dict(files), finished=time.time())

    def failed(self, item_id: int, error: AntaraError) -> None:
        """What was running could not be separated."""
        self._update([item_id], "running", state="failed", failure=Failure.of(error), finished=time.time())

    def cancelled(self, item_id: int) -> None:
        """What was running was cancelled."""
        self._update([item_id], "running", state="cancelled", finished=time.time())

    def interrupt(self, ids: Iterable[int]) -> None:
        """What was running, or was cancelled only because the program ends, is to wait for the next start."""
        self._update(ids, "running", "cancelled", state="waiting", interrupted=True, finished=None)

    def flush(self) -> None:
        """Waits until everything up to now is on the disk, if it can be. Not for the window's thread."""
        if self._journal:
            self._journal.flush()

    def close(self) -> None:
        """Writes what is left. Nothing may be changed afterwards."""
        if self._journal:
            self._journal.close()

    def _found(self, ids: Iterable[int]) -> list[Item]:
        return [self._items[item_id] for item_id in ids if item_id in self._items]

    def _update(self, ids: Iterable[int], *states: State, **fields: Any) -> None:
        with self._lock:
            chosen = [item for item in self._found(ids) if item.state in states]
            self._commit(Change(tuple(replace(item, **fields) for item in chosen)))

    def _commit(self, change: Change, sync: bool = True) -> None:
        if change == Change():
            return
        apply(change, self._items)
        if self._journal:
            self._journal.add(change, sync)
        for listener in self._listeners:
            listener(change)


def open_queue(tell: Tell) -> Queue:
    """The queue of the last start. Where it cannot be kept, one in memory, and ``tell`` has the QueueError.

    So it is in a second window: the first one keeps the queue. ``tell`` is called again, from another thread, when the
    file cannot be written any more, and with None when it can be again.
    """
    try:
        return Queue(Journal(paths.queue_file(), tell))
    except QueueError as error:
        tell(error)
        return Queue()
