"""Starts the window."""

import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from core import __version__, logs, session, settings
from gui import fonts, i18n, icons, theme
from gui.failures import LastResort
from gui.file_open import FileOpenFilter
from gui.main_window import MainWindow
from gui.single_instance import Listener, hand_over

_log = logging.getLogger(__name__)

SWITCH_S = 0.001  # how long PortAudio's callback may wait for Python's lock while a separation has it


def run(arguments: Sequence[str]) -> int:
    """Shows the window with the given files, or hands them to the one that is there. Returns the exit status at its end."""
    logging.basicConfig(level=logging.WARNING)
    _log.setLevel(logging.INFO)
    # Ctrl-C in the terminal ends the program: Python's own handler would wait for the event loop to run Python code.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.setswitchinterval(SWITCH_S)
    application = QApplication([sys.argv[0]])
    application.setApplicationName("Antara")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("antara")
    chosen = settings.load()
    theme.apply(application, theme.SCHEMES[chosen.theme])
    fonts.install()
    i18n.install(application, chosen.language)
    application.setWindowIcon(icons.icon("antara", theme.LIGHT.accent))
    songs = [Path(argument) for argument in arguments]
    listener = Listener(application)
    if not listener.is_first and hand_over(songs):
        return 0
    if listener.is_first:  # one file is not for two programs to write
        logs.keep()  # to the end of the program
    window = MainWindow()
    FirstPaint(window)
    listener.files_received.connect(window.receive)
    listener.listen()
    if sys.platform == "darwin":
        opened = FileOpenFilter(application)
        opened.files_received.connect(window.receive)
    LastResort(window.message, window).install()
    window.show()
    threading.Thread(target=session.remove_stale_sessions, daemon=True).start()
    QTimer.singleShot(0, lambda: window.take(songs))
    status = application.exec()
    listener.close()
    return status


class FirstPaint(QObject):
    """Notes in the log when the window is there: whoever measures or tests the start waits for that line."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, lambda: _log.info("Antara %s: the window is there", __version__))
        return False
