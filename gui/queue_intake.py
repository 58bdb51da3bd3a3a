"""Takes songs into the queue in the background: finds them in folders, and then how long they are."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core import queue_jobs
from core.cancel import CancelToken
from core.engines import Notify
from core.queue import Queue
from gui.worker import BackgroundJob, Job


class Intake(QObject):
    """One drop after the other; lengths are found out beside them, once for each song."""

    added = Signal(int)  # how many songs were in what was dropped
    busy_changed = Signal()

    def __init__(self, queue: Queue, parent: QObject) -> None:
        super().__init__(parent)
        self._queue = queue
        self._drops: list[Job] = []
        self._adding: BackgroundJob | None = None
        self._measuring: BackgroundJob | None = None
        self._measured: set[int] = set()  # ids, also of songs that do not say how long they are

    @property
    def busy(self) -> bool:
        """Whether a drop is being looked through."""
        return self._adding is not None

    @property
    def idle(self) -> bool:
        """Whether nothing at all goes on."""
        return self._adding is None and self._measuring is None

    def add(self, paths: Sequence[Path], model: str | None = None, skip: Collection[Path] = ()) -> None:
        """Adds the songs in ``paths``, but not those in the folders of ``skip``."""

        def work(cancel: CancelToken, report: Callable[[int], None], notify: Notify) -> None:
            report(queue_jobs.take_in(self._queue, paths, model, skip, cancel))

        self._drops.append(work)
        self._next()

    def cancel(self) -> None:
        """Looks no further; what is in the queue stays."""
        self._drops.clear()
        if self._adding:
            self._adding.cancel()

    def measure(self) -> None:
        """Finds out how long the songs are of which that is not known."""
        items = [item for item in self._queue.items if item.length_s is None and item.id not in self._measured]
        if self._measuring or not items:
            return
        self._measured.update(item.id for item in items)
        job = BackgroundJob(lambda cancel, report, notify: queue_jobs.measure(self._queue, items, cancel), self)
        self._measuring = job
        job.finished.connect(self._on_measured)
        job.start()

    def close(self) -> None:
        """Cancels everything and waits for its end; nothing is told any more."""
        self.blockSignals(True)
        self._drops.clear()
        jobs = [job for job in (self._adding, self._measuring) if job]
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.wait()

    def _next(self) -> None:
        if self._adding or not self._drops:
            return
        self._adding = BackgroundJob(self._drops.pop(0), self)
        self._adding.progressed.connect(self.added.emit)
        self._adding.finished.connect(self._on_added)
        self._adding.start()
        self.busy_changed.emit()

    def _on_added(self) -> None:
        assert self._adding
        self._adding.deleteLater()
        self._adding = None
        self._next()
        self.measure()
        self.busy_changed.emit()

    def _on_measured(self) -> None:
        assert self._measuring
        self._measuring.deleteLater()
        self._measuring = None
        self.measure()
