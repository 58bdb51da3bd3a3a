"""Several starts of the program, as processes of their own."""

import getpass
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core import paths
from gui import single_instance
from gui.file_open import FileOpenFilter
from gui.single_instance import Listener, hand_over, raise_window

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="looks into the folder of the sockets")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def _own_runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="antara-", dir="/tmp") as folder:  # short: sockets have short names
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        monkeypatch.setenv("DISPLAY", ":77")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts another process; those that are left are killed in the end."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str | bytes) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.support.instance", *arguments]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.stdout.close()


def listening(qapp: QApplication) -> Listener:
    listener = Listener(qapp)
    listener.listen()
    return listener


@pytest.fixture
def listener(qtbot: QtBot, qapp: QApplication) -> Iterator[Listener]:
    listener = listening(qapp)
    assert listener.is_first
    assert listener.listening
    yield listener
    listener.close()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_without_a_first_start_nobody_takes_the_files(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "_WAIT_MS", 100)
    assert not hand_over([Path("/song.mp3")])


def test_a_second_start_hands_its_files_to_the_first(listener: Listener, start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    names = [b"song.mp3", "गीत ♪.flac".encode(), b"caf\xe9.wav", b"two\nlines.mp3"]
    with qtbot.waitSignal(listener.files_received, timeout=30_000) as received:
        second = start("hand-over", *names)
    assert received.args == [[ROOT / os.fsdecode(name) for name in names]]
    assert line(second) == "True"


def test_a_second_start_without_files_only_calls_the_window(listener: Listener, start: Start, qtbot: QtBot) -> None:
    with qtbot.waitSignal(listener.files_received, timeout=30_000) as received:
        start("hand-over")
    assert received.args == [[]]


def test_many_files_are_handed_over(start: Start, qapp: QApplication) -> None:
    first = start("listen")
    assert line(first) == "listening"
    paths = [Path(f"/music/{'long name ' * 15}{number}.mp3") for number in range(5000)]
    assert hand_over(paths)
    assert line(first) == str([os.fsencode(path) for path in paths])


def test_of_two_starts_at_the_same_time_one_takes_the_files_of_both(start: Start, qapp: QApplication) -> None:
    first = start("start")
    assert line(first) == "first"
    later = start("hand-over", "/song.mp3")  # before the first one has a window
    assert not Listener(qapp).is_first
    assert later.poll() is None
    assert first.stdin
    first.stdin.write("\n")
    first.stdin.flush()
    assert line(later) == "True"
    assert line(first) == "listening"
    assert line(first) == "[b'/song.mp3']"


def test_a_start_while_the_first_one_ends_is_a_first_one(listener: Listener, start: Start) -> None:
    later = start("start")
    assert line(later) == "later"
    listener.close()
    assert later.stdin
    later.stdin.write("\n")
    later.stdin.flush()
    assert line(later) == "listening"


def test_a_third_start_does_not_listen_beside_the_first(listener: Listener, start: Start, qapp: QApplication) -> None:
    assert line(start("listen")) == "not listening"
    other = listening(qapp)
    assert not other.is_first
    assert not other.listening
    other.close()
    assert listener.listening


def test_what_a_crashed_window_left_is_taken_over(
    start: Start, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed = start("listen")
    assert line(crashed) == "listening"
    crashed.send_signal(signal.SIGKILL)
    crashed.wait()
    assert Path(single_instance._address()).exists()
    monkeypatch.setattr(single_instance, "_WAIT_MS", 100)
    assert not hand_over([Path("/song.mp3")])
    listener = listening(qapp)
    assert listener.listening
    with qtbot.waitSignal(listener.files_received, timeout=30_000):
        start("hand-over", "/song.mp3")
    listener.close()


def test_a_window_that_hangs_does_not_hang_the_second_start_and_opens_nothing_later(
    start: Start, qapp: QApplication
) -> None:
    hung = start("listen")
    assert line(hung) == "listening"
    hung.send_signal(signal.SIGSTOP)
    assert not hand_over([Path("/late.mp3")])
    hung.send_signal(signal.SIGCONT)
    assert hand_over([Path("/in time.mp3")])
    assert line(hung) == "[b'/in time.mp3']"


@pytest.mark.parametrize(
    "garbage", [b"\n", b"GET / HTTP/1.1\r\n\r\n", b"\xff\0\n", b"WyJyZWxhdGl2ZSJd\n", b"eyJhIjoxfQ==\n", b"W1tbW1tb\n"]
)
def test_garbage_is_ignored(garbage: bytes, listener: Listener, qtbot: QtBot, start: Start) -> None:
    received: list[object] = []
    listener.files_received.connect(received.append)
    socket = visitor(qtbot)
    socket.write(garbage)
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert received == []
    with qtbot.waitSignal(listener.files_received, timeout=30_000):
        start("hand-over", "/song.mp3")


def visitor(qtbot: QtBot) -> QLocalSocket:
    socket = QLocalSocket()
    socket.connectToServer(single_instance._address())
    qtbot.waitUntil(socket.canReadLine)
    assert socket.readLine() == b"antara 1\n"
    return socket


def test_a_message_without_end_is_not_kept(listener: Listener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "_LONGEST", 1000)
    socket = visitor(qtbot)
    socket.write(b"A" * 5000)
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)


def test_a_visitor_who_says_nothing_has_to_go(listener: Listener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "_TALK_MS", 10)
    socket = visitor(qtbot)
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)


def test_another_display_is_another_window(listener: Listener, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    monkeypatch.setenv("DISPLAY", ":78")
    monkeypatch.setattr(single_instance, "_WAIT_MS", 100)
    assert not hand_over([])
    other = listening(qapp)
    assert other.listening
    other.close()


def test_nobody_else_can_talk_to_the_window(listener: Listener) -> None:
    assert Path(single_instance._address()).stat().st_mode & 0o077 == 0


def test_where_somebody_else_has_made_the_folder_the_users_own_is_taken(
    qapp: QApplication, start: Start, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without XDG_RUNTIME_DIR Qt would take one in /tmp, which anyone can make first; it refuses that, and so do we."""
    with tempfile.TemporaryDirectory(prefix="antara-", dir="/tmp") as shared:
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        monkeypatch.setenv("TMPDIR", shared)
        monkeypatch.setenv("XDG_CACHE_HOME", str(Path(shared) / "home"))
        monkeypatch.chdir(shared)
        (Path(shared) / f"runtime-{getpass.getuser()}").write_text("squatted")
        listener = listening(qapp)
        address = Path(single_instance._address())
        assert listener.listening
        assert address.parent == paths.sockets_folder()
        assert address.parent.stat().st_mode & 0o077 == 0
        assert list(Path(shared).glob("antara*")) == []  # nothing in the working folder
        with qtbot.waitSignal(listener.files_received, timeout=30_000):
            start("hand-over", "/song.mp3")
        listener.close()


def test_a_window_that_was_minimized_is_shown(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.showMinimized()
    raise_window(window)
    assert window.isVisible()
    assert not window.isMinimized()


def test_files_that_the_system_sends_come_together(qapp: QApplication, qtbot: QtBot) -> None:
    filter_ = FileOpenFilter(qapp)
    with qtbot.waitSignal(filter_.files_received) as received:
        for name in ("/a.mp3", "/गीत b.mp3"):
            QCoreApplication.sendEvent(qapp, QFileOpenEvent(QUrl.fromLocalFile(name)))
        QCoreApplication.sendEvent(qapp, QFileOpenEvent(QUrl("https://example.org/c.mp3")))
    assert received.args == [[Path("/a.mp3"), Path("/गीत b.mp3")]]
    qapp.removeEventFilter(filter_)
    filter_.deleteLater()
