"""Runs core's jobs on a thread of their own."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal, Slot

from core.cancel import CancelToken
from core.engines import Notify
from core.errors import AntaraError, CancelledError, UnexpectedError
from core.jobs import Report

Job = Callable[[CancelToken, Report, Notify], None]

_log = logging.getLogger(__name__)


class _Worker(QObject):
    progressed = Signal(object)
    noticed = Signal(object)
    returned = Signal()
    cancelled = Signal()
    failed = Signal(object)
    finished = Signal()

    def __init__(self, job: Job, token: CancelToken) -> None:
        super().__init__()
        self._job, self._token = job, token

    @Slot()
    def run(self) -> None:
        try:
            self._token.raise_if_cancelled()
            self._job(self._token, self.progressed.emit, self.noticed.emit)
        except CancelledError:
            self.cancelled.emit()
        except AntaraError as error:
            self.failed.emit(error)
        except Exception as error:  # noqa: BLE001 - the last resort: a thread has no one else to tell
            _log.exception("a job failed unexpectedly")
            self.failed.emit(UnexpectedError(detail=f"{type(error).__name__}: {error}"))
        else:
            self.returned.emit()
        self.finished.emit()


class BackgroundJob(QObject):
    """A running job. Exactly one of ``returned``, ``cancelled`` and ``failed`` is emitted, then ``finished``."""

    progressed = Signal(object)  # core.progress.Progress
    noticed = Signal(object)  # core.messages.Notice
    returned = Signal()
    cancelled = Signal()
    failed = Signal(object)  # AntaraError
    finished = Signal()

    def __init__(self, job: Job, parent: QObject) -> None:
        super().__init__(parent)
        self._token = CancelToken()
        self._thread = QThread()
        self._worker = _Worker(job, self._token)
        self._worker.moveToThread(self._thread)
        for name in ("progressed", "noticed", "returned", "cancelled", "failed"):
            getattr(self._worker, name).connect(getattr(self, name))
        self._worker.finished.connect(self._thread.quit)
        self._thread.started.connect(self._worker.run)
        self._thread.finished.connect(self._worker.deleteLater)
        self._thread.finished.connect(self.finished)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Asks the job to stop; it does so between two chunks."""
        self._token.cancel()

    @property
    def is_running(self) -> bool:
        return self._thread.isRunning()

    def wait(self) -> None:
        """Blocks until the thread has ended."""
        self._thread.quit()
        self._thread.wait()
