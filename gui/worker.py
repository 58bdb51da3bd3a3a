"""Runs core's jobs on a thread of their own."""

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QMetaMethod, QObject, QThread, Signal

from core.cancel import CancelToken
from core.engines import Notify
from core.errors import AntaraError, CancelledError
from gui.failures import tell_unless_foreseen, unexpected

Job = Callable[[CancelToken, Callable[[Any], None], Notify], None]  # what it reports is for whoever started it

_log = logging.getLogger(__name__)


class _Thread(QThread):
    """Runs one job. It lives in the window's thread, and nothing of ours in the one that it runs.

    An object destroyed there would wait for Python's lock while it holds one of Qt's, and the window the other way round.
    """

    progressed = Signal(object)
    noticed = Signal(object)
    returned = Signal()
    cancelled = Signal()
    failed = Signal(object)

    def __init__(self, job: Job, token: CancelToken, parent: QObject) -> None:
        super().__init__(parent)
        self._job, self._token = job, token

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
            self.failed.emit(unexpected(error))
        else:
            self.returned.emit()


class BackgroundJob(QObject):
    """A running job. Exactly one of ``returned``, ``cancelled`` and ``failed`` is emitted, then ``finished``.

    A mistake in a job whose ``failed`` is connected to nothing is told by the last resort.
    """

    progressed = Signal(object)  # core.progress.Progress, mostly
    noticed = Signal(object)  # core.messages.Notice
    returned = Signal()
    cancelled = Signal()
    failed = Signal(object)  # AntaraError
    finished = Signal()

    def __init__(self, job: Job, parent: QObject) -> None:
        super().__init__(parent)
        self._token = CancelToken()
        self._thread = _Thread(job, self._token, self)
        self._thread.failed.connect(self._on_failed)
        for name in ("progressed", "noticed", "returned", "cancelled", "finished"):
            getattr(self._thread, name).connect(getattr(self, name))

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
        self._thread.wait()

    def _on_failed(self, error: AntaraError) -> None:
        if self.isSignalConnected(QMetaMethod.fromSignal(self.failed)):
            self.failed.emit(error)
        else:
            tell_unless_foreseen("a job failed", error)


def start_detached(job: Job) -> BackgroundJob:
    """Starts a job that may outlive the widget that wants its results: the end of the program waits for it, nothing else."""
    application = QCoreApplication.instance()
    assert application
    running = BackgroundJob(job, application)
    application.aboutToQuit.connect(running.cancel)
    application.aboutToQuit.connect(running.wait)
    running.finished.connect(running.deleteLater)
    running.start()
    return running
