"""A real display (Xvfb) and a real sound device (PulseAudio's null sink) for this folder's tests, started by themselves.

Run in a process of its own (``pytest tests/real``): Qt and PortAudio read their environment once.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import settings
from gui import i18n, theme
from gui.main_window import MainWindow

SINK = "vsink"
RATE = 44100
LATENCY_S = 0.2  # so that a moment in which the machine does something else is not heard in the samples

_started: list[subprocess.Popen[bytes]] = []
_missing: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.collectonly:
        _start_display()
        _start_sound()


def pytest_unconfigure(config: pytest.Config) -> None:
    for process in _started:
        process.terminate()
        process.wait()


def _start(command: list[str], **options: Any) -> None:
    """Starts a server that ends with this process, however that ends."""
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", *command]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    _started.append(subprocess.Popen(command, **silent, **options))


def _start_display() -> None:
    if not shutil.which("Xvfb"):
        _missing.append("Xvfb")
        return
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    _start(command, pass_fds=[write_end])
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        os.environ["DISPLAY"] = f":{answer.readline().strip()}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    os.environ.pop("WAYLAND_DISPLAY", None)


def _start_sound() -> None:
    if not shutil.which("pulseaudio") or not shutil.which("parec"):
        _missing.append("pulseaudio")
        return
    folder = Path(tempfile.mkdtemp(prefix="antara-sound-"))
    socket = folder / "native"
    sink = f"module-null-sink sink_name={SINK} rate={RATE} channels=2 format=float32le"
    modules = [f"module-native-protocol-unix auth-anonymous=1 socket={socket}", sink, "module-always-sink"]
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"]
    command += [part for module in modules for part in ("-L", module)]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    _start(command, env=environment)
    alsa = folder / "asound.conf"
    device = f'{{ type pulse server "unix:{socket}" }}'
    alsa.write_text(f"</usr/share/alsa/alsa.conf>\npcm.!default {device}\nctl.!default {device}\n")
    os.environ.update(PULSE_SERVER=f"unix:{socket}", ALSA_CONFIG_PATH=str(alsa), PULSE_SINK=SINK)
    for _ in range(100):
        if socket.exists():
            return
        time.sleep(0.05)
    _missing.append("a running pulseaudio")


@pytest.fixture
def display() -> None:
    """A test that needs a display; skipped where there is none."""
    if "Xvfb" in _missing:
        pytest.skip("no Xvfb on this machine: dev.py test installs it when run as root")


@pytest.fixture
def window(display: None, qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    theme.apply(qapp, Qt.ColorScheme.Light)
    i18n.install(qapp, "en")
    settings.change(output_latency_s=LATENCY_S)
    window = MainWindow()
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield window
    window.close()


@pytest.fixture
def sound() -> None:
    """A test that needs a sound device; skipped where there is none."""
    if any("pulseaudio" in what for what in _missing):
        pytest.skip("no PulseAudio on this machine: dev.py test installs it when run as root")


class Recorder:
    """Records what the null sink is given."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "recorded.f32"
        self._file = self._path.open("wb")
        format_ = ["--raw", "--format=float32le", f"--rate={RATE}", "--channels=2", "--latency-msec=20"]
        self._process = subprocess.Popen(["parec", "-d", f"{SINK}.monitor", *format_], stdout=self._file)

    def wait_for_sound(self) -> None:
        """The monitor delivers (silence) before anything is played."""
        while self._path.stat().st_size < RATE:
            time.sleep(0.01)

    def stop(self) -> np.ndarray:
        """What was recorded, (n, 2)."""
        self._process.terminate()
        self._process.wait()
        self._file.close()
        raw = np.fromfile(self._path, np.float32)
        return raw[: len(raw) // 2 * 2].reshape(-1, 2)


@pytest.fixture
def recorder(sound: None, tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path)
    recorder.wait_for_sound()
    yield recorder
    recorder.stop()


def locate(needle: np.ndarray, haystack: np.ndarray) -> int:
    """Where ``needle`` (n, 2) lies in ``haystack``, by the peak of the cross-correlation of the first channels."""
    size = 1 << (len(needle) + len(haystack)).bit_length()
    spectrum = np.conj(np.fft.rfft(needle[:, 0], size)) * np.fft.rfft(haystack[:, 0], size)
    return int(np.argmax(np.fft.irfft(spectrum)[: len(haystack)]))
