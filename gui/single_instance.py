"""One window for each user and display: a second start hands its files over to the first."""

import base64
import getpass
import hashlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from PySide6.QtCore import QDeadlineTimer, QObject, QStandardPaths, QThread, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QWidget

from core.decoding import from_json
from core.files import path_text, text_path
from core.paths import sockets_folder

_log = logging.getLogger(__name__)

# The first one greets, the second one sends one line with the files, the first one thanks. One that hangs does not greet,
# so it never opens late what has been opened elsewhere by then.
_GREETING = b"antara 1\n"
_THANKS = b"thanks\n"

_WAIT_MS = 2500  # for all of it, and for a first one that does not listen yet
_RETRY_MS = 20
_LONGEST = 4_000_000  # bytes of the line with the files; no command line is longer
_TALK_MS = 5000  # after that a visitor who says nothing has to go


def hand_over(paths: Sequence[Path]) -> bool:
    """Has the window that runs take these files and come to the front. False where there is none that answers in time.

    There must be a QCoreApplication; its event loop need not run.
    """
    deadline = QDeadlineTimer(_WAIT_MS)
    socket = QLocalSocket()
    while not _connected(socket):  # it may be starting, just as this one
        if deadline.hasExpired():
            return False
        QThread.msleep(_RETRY_MS)
    if _line(socket, deadline) != _GREETING:
        return False
    _let_come_to_front()
    texts = [path_text(path.absolute()) for path in paths]
    socket.write(base64.b64encode(msgspec.json.encode(texts)) + b"\n")
    return _line(socket, deadline) == _THANKS


class Listener(QObject):
    """Hears from later starts, as long as it is the only one of its kind."""

    files_received = Signal(list)  # of whole paths; may be empty: the window is only to come to the front

    def __init__(self, parent: QObject) -> None:
        """Claims the place of the first start, which ``is_first`` tells of; ``listen`` when there is a window."""
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_visitors)
        self._lock = FileLock(_folder() / f"{Path(_address()).name}.lock", thread_local=False)
        self.is_first = self._claim()

    def listen(self) -> None:
        """From now on; not while the first window lives, even if it does not answer."""
        self._claim()  # the first one may have ended in the meantime
        if not self._lock.is_locked:
            return
        address = _address()
        QLocalServer.removeServer(address)  # of one that crashed: its lock is free
        if not self._server.listen(address):
            _log.warning("later starts cannot hand over their files: %s", self._server.errorString())

    @property
    def listening(self) -> bool:
        return self._server.isListening()

    def close(self) -> None:
        """The next start is a first one."""
        self._server.close()
        self._lock.release()

    def _claim(self) -> bool:
        """Whether no other start has the lock; so it is where there are no locks, too."""
        try:
            if not self._lock.is_locked:
                self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except (OSError, NotImplementedError) as error:
            _log.warning("later starts cannot hand over their files: %s", error)
        return True

    def _on_visitors(self) -> None:
        while self._server.hasPendingConnections():
            _Visit(self._server.nextPendingConnection(), self)


class _Visit(QObject):
    """One conversation with a later start, or with who knows what."""

    def __init__(self, socket: QLocalSocket, listener: Listener) -> None:
        super().__init__(socket)
        self._socket, self._listener = socket, listener
        socket.setParent(listener)
        socket.setReadBufferSize(_LONGEST + 1)
        socket.readyRead.connect(self._on_bytes)
        socket.disconnected.connect(socket.deleteLater)
        QTimer.singleShot(_TALK_MS, self, socket.abort)
        socket.write(_GREETING)

    def _on_bytes(self) -> None:
        socket = self._socket
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.abort()
            return
        paths = _paths(bytes(socket.readLine().data()))
        if paths is None:
            socket.abort()
            return
        socket.readyRead.disconnect(self._on_bytes)
        socket.write(_THANKS)
        socket.flush()  # whoever is told of the files may be busy for a while
        socket.disconnectFromServer()
        self._listener.files_received.emit(paths)


def raise_window(window: QWidget) -> None:
    """Brings a window to the front, as far as the system lets programs do that."""
    if window.isMinimized():
        window.showNormal()
    window.show()
    window.raise_()
    window.activateWindow()


def _paths(line: bytes) -> list[Path] | None:
    """What a line of ``hand_over`` says; None for anything else."""
    try:
        texts = from_json(base64.b64decode(line.strip(), validate=True), list[str])
        paths = [text_path(text) for text in texts]
    except (ValueError, RecursionError):
        return None
    return paths if all(path.is_absolute() for path in paths) else None


def _connected(socket: QLocalSocket) -> bool:
    socket.connectToServer(_address())
    return socket.waitForConnected(_RETRY_MS)


def _line(socket: QLocalSocket, deadline: QDeadlineTimer) -> bytes:
    """The next line, or what came of it in time."""
    while not socket.canReadLine() and socket.waitForReadyRead(deadline.remainingTime()):
        pass
    return bytes(socket.readLine().data())


def _address() -> str:
    """Where the window of this user on this display listens: a file, on Windows the name of a pipe."""
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or os.environ.get("SESSIONNAME") or ""
    user = getpass.getuser() if sys.platform == "win32" else str(os.getuid())
    name = f"antara-{hashlib.sha256(f'{user}|{display}'.encode()).hexdigest()[:16]}"
    return name if sys.platform == "win32" else str(_folder() / name)


def _folder() -> Path:
    """One that belongs to this user alone. Qt names none where somebody else has made the one in /tmp that it would take."""
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation)
    folder = Path(found) if found else sockets_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _let_come_to_front() -> None:
    """On Windows only the program that the user has just started may raise a window, or let another one do that."""
    if sys.platform == "win32":
        import ctypes

        any_process = -1
        ctypes.windll.user32.AllowSetForegroundWindow(any_process)
