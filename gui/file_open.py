"""Files that the system gives to the running program: "Open with" and the Dock on macOS."""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent

from gui.dropped import local_path


class FileOpenFilter(QObject):
    """Watches an application for them. Several files come as several events, and are told together.

    To be made on macOS only: it costs a call of Python for every event of the program.
    """

    files_received = Signal(list)  # of paths

    def __init__(self, application: QObject) -> None:
        super().__init__(application)
        self._files: list[Path] = []
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._tell)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.FileOpen or not isinstance(event, QFileOpenEvent):
            return False
        url = event.url()
        if url.isLocalFile():
            self._files.append(local_path(url))
            self._timer.start()
        return True

    def _tell(self) -> None:
        files, self._files = self._files, []
        self.files_received.emit(files)
