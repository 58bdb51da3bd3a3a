"""Keeps what is chosen in passing, in the background: a disk that is slow or full has no part in it."""

import logging

from PySide6.QtCore import QObject

from core import settings
from core.errors import AntaraError, OutputError
from gui import failures
from gui.worker import BackgroundJob

_log = logging.getLogger(__name__)


class SettingsKeeper(QObject):
    """Writes one change after the other: of two that follow each other quickly, the last one counts."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: dict[str, object] = {}
        self._writing: BackgroundJob | None = None
        self._failed = False  # the last time

    def keep(self, **fields: object) -> None:
        """Has these settings saved soon."""
        self._waiting |= fields
        if self._writing is None:
            self._next()

    def close(self, **fields: object) -> None:
        """Saves these and what is left, before it returns. Where that cannot be, the log says why."""
        if self._writing:
            self._writing.wait()
        try:
            settings.change(**self._waiting | fields)
        except OutputError as error:
            _log.warning("the settings cannot be kept: %s", error)

    def _next(self) -> None:
        fields, self._waiting = self._waiting, {}
        self._writing = BackgroundJob(lambda cancel, report, notify: settings.change(**fields) and None, self)
        self._writing.failed.connect(lambda error: self._on_failed(fields, error))
        self._writing.finished.connect(self._on_finished)
        self._failed = False
        self._writing.start()

    def _on_failed(self, fields: dict[str, object], error: AntaraError) -> None:
        self._waiting, self._failed = fields | self._waiting, True
        failures.tell_unless_foreseen("the settings cannot be kept", error)

    def _on_finished(self) -> None:
        assert self._writing
        self._writing.deleteLater()
        self._writing = None
        if self._waiting and not self._failed:  # else with the next one that is chosen
            self._next()
