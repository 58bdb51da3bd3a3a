"""Starts the window."""

import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core import __version__, session, settings
from gui import fonts, i18n, icons, theme
from gui.failures import LastResort
from gui.main_window import MainWindow

SWITCH_S = 0.001  # how long PortAudio's callback may wait for Python's lock while a separation has it


def run(arguments: Sequence[str]) -> int:
    """Shows the window, opens the first of the given files, and returns the exit status when it is closed."""
    logging.basicConfig(level=logging.WARNING)
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
    window = MainWindow()
    LastResort(window.message, window).install()
    window.show()
    threading.Thread(target=session.remove_stale_sessions, daemon=True).start()
    if arguments:
        QTimer.singleShot(0, lambda: window.work.open_song(Path(arguments[0])))
    return application.exec()
