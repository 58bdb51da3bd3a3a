"""Shows a file in the system's file manager."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QProcess, QUrl
from PySide6.QtGui import QDesktopServices


def show_in_folder(path: Path) -> None:
    """Opens the folder of ``path``, the file selected where the system can do that."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer.exe", ["/select,", str(path)])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(path)])
    elif os.environ.get("DBUS_SESSION_BUS_ADDRESS"):  # without one Qt would start a bus, and wait for it
        _ask_file_manager(path)
    else:
        _open_folder(path)


def _open_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _ask_file_manager(path: Path) -> None:
    """Asks the one of the desktop (freedesktop.org, File Manager D-Bus interface), and waits for nothing."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

    name = "org.freedesktop.FileManager1"
    message = QDBusMessage.createMethodCall(name, f"/{name.replace('.', '/')}", name, "ShowItems")
    message.setArguments([[bytes(QUrl.fromLocalFile(str(path)).toEncoded().data()).decode()], ""])
    call = QDBusPendingCallWatcher(QDBusConnection.sessionBus().asyncCall(message), QCoreApplication.instance())

    def on_answer() -> None:
        if call.isError():
            _open_folder(path)
        call.deleteLater()

    call.finished.connect(on_answer)
