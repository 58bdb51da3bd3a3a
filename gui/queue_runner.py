"""Runs the queue: one song after the other, in the background."""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from core import queue_jobs
from core.cancel import CancelToken
from core.engines import Notify
from core.engines.cache import EngineCache
from core.jobs import Report
from core.queue import Queue
from core.queue_items import Item
from core.settings import Settings
from core.turns import Turns
from gui.messages import stem_name
from gui.worker import BackgroundJob

State = Literal["idle", "running", "pausing"]


class QueueRunner(QObject):
    """At most one song is being separated, and its end is on the disk before the next one begins.

    Songs that are added, moved or cancelled meanwhile count when the next one is chosen.
    """

    item_changed = Signal(object)  # Item, when its separation began or ended
    progress = Signal(int, object)  # id, Progress
    noticed = Signal(int, object)  # id, Notice
    done = Signal(object, object)  # Item, {stem: Path}
    state_changed = Signal()
    finished_all = Signal()  # nothing waits any more

    def __init__(
        self, queue: Queue, engines: EngineCache, turns: Turns, settings: Callable[[], Settings], parent: QObject
    ) -> None:
        """``settings`` is called for each song, in the thread that separates it."""
        super().__init__(parent)
        self._queue, self._engines, self._turns, self._settings = queue, engines, turns, settings
        self._job: BackgroundJob | None = None
        self._current = 0  # the id of the item that the job is about
        self._going_on = False
        self._cancelled = False  # by the user, the song of the job
        self._unwanted: set[int] = set()  # ids, to be removed when they have ended

    @property
    def state(self) -> State:
        if self._job is None:
            return "idle"
        return "running" if self._going_on else "pausing"

    @property
    def current(self) -> Item | None:
        """The song that is being separated."""
        return self._queue.get(self._current) if self._job else None

    def start(self) -> None:
        """Begins, or goes on after a pause."""
        self._going_on = True
        if self._job is None:
            self._next()
        self.state_changed.emit()

    def pause(self) -> None:
        """Stops after the song that is being separated."""
        self._going_on = False
        self.state_changed.emit()

    def cancel(self, ids: Collection[int]) -> None:
        """Ends these, whether they run or wait."""
        self._queue.cancel(ids)
        if self._job and self._current in ids:
            self._cancelled = True
            self._job.cancel()

    def cancel_all(self) -> None:
        """Ends everything."""
        self.cancel([item.id for item in self._queue.items])

    def remove(self, ids: Collection[int]) -> None:
        """Takes these out of the queue; one that runs is cancelled first."""
        if self._job and self._current in ids:
            self._unwanted.add(self._current)
            self.cancel([self._current])
        self._queue.remove(ids)

    def close(self) -> None:
        """Cancels the song that is being separated and waits for its end: it is to wait for the next start."""
        self.blockSignals(True)
        self._going_on = False
        if self._job:
            self._job.cancel()
            self._job.wait()
            self._queue.remove(self._unwanted)
            if not self._cancelled:
                self._queue.interrupt([self._current])

    def _next(self) -> None:
        item = self._queue.take() if self._going_on else None
        if item is None:
            self._going_on = False
            return
        self._current, self._cancelled = item.id, False
        self._job = BackgroundJob(partial(self._work, item), self)
        self._job.progressed.connect(partial(self.progress.emit, item.id))
        self._job.noticed.connect(partial(self.noticed.emit, item.id))
        self._job.finished.connect(self._on_finished)
        self._job.start()
        self.item_changed.emit(item)

    def _work(self, item: Item, cancel: CancelToken, report: Report, notify: Notify) -> None:
        def separate() -> dict[str, Path]:
            return queue_jobs.separate_item(
                item, self._settings(), self._engines, self._turns, cancel, report, notify, stem_name
            )

        queue_jobs.run_item(self._queue, item, separate)

    def _on_finished(self) -> None:
        assert self._job
        self._job.deleteLater()
        self._job = None
        self._queue.cancelled(self._current)  # if it was before it began
        going_on, item = self._going_on, self._queue.get(self._current)
        if item:
            self._tell(item)
        if self._job is None:  # else whoever was told has gone on already
            self._next()
        self.state_changed.emit()
        if going_on and self._job is None and not self._queue.waiting:
            self.finished_all.emit()

    def _tell(self, item: Item) -> None:
        self.item_changed.emit(item)
        if item.state == "done":
            self.done.emit(item, item.files)
        if item.id in self._unwanted:
            self._unwanted.discard(item.id)
            self._queue.remove([item.id])
