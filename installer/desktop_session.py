"""A display and a sound device of one's own on Linux (Xvfb, PulseAudio's null sink), and a user: for the smoke test."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

RATE = 44100
TOOLS = ("Xvfb", "xdotool", "pulseaudio", "parec")
PATIENCE_S = 120.0

_SINK = "vsink"
_Found = TypeVar("_Found")


def missing_tools() -> list[str]:
    """Those that are not installed here."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


def wait_for(what: str, find: Callable[[], _Found], patience_s: float = PATIENCE_S) -> _Found:
    """The first true answer of ``find``. Raises TimeoutError, which says what was waited for."""
    end = time.monotonic() + patience_s
    while not (found := find()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {patience_s:.0f} s")
        time.sleep(0.02)
    return found


class DesktopSession:
    """``with`` starts display and sound and ends them. ``environment`` is what a program needs to use them.

    The folder's name must have no spaces: PulseAudio takes them for the end of it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[bytes]] = []
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        read_end, write_end = os.pipe()
        display = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
        self._start(display, pass_fds=[write_end])
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            self.environment["DISPLAY"] = f":{answer.readline().strip()}"
        socket = self.folder / "native"
        sink = f"module-null-sink sink_name={_SINK} rate={RATE} channels=2 format=float32le"
        modules = [f"module-native-protocol-unix auth-anonymous=1 socket={socket}", sink, "module-always-sink"]
        server = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"]
        own = {**os.environ, "XDG_RUNTIME_DIR": str(self.folder), "HOME": str(self.folder)}
        self._start([*server, *(part for module in modules for part in ("-L", module))], env=own)
        alsa = self.folder / "asound.conf"
        device = f'{{ type pulse server "unix:{socket}" }}'
        alsa.write_text(f"</usr/share/alsa/alsa.conf>\npcm.!default {device}\nctl.!default {device}\n")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.folder}/none"  # or a bus is started that stays
        self.environment |= {"PULSE_SERVER": f"unix:{socket}", "ALSA_CONFIG_PATH": str(alsa), "PULSE_SINK": _SINK}
        wait_for("PulseAudio", socket.exists, 20)

    def __exit__(self, *exception: object) -> None:
        for process in self._started:
            process.terminate()
            process.wait()

    def _start(self, command: list[str], **options: object) -> None:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._started.append(subprocess.Popen(command, **silent, **options))  # type: ignore[call-overload]

    def window(self, title: str) -> str:
        """The window whose title matches, once it is there, with the keyboard on it."""
        window = wait_for(f"a window “{title}”", lambda: self._find(title)).splitlines()[-1]
        self._tool("windowfocus", "--sync", window)
        return window

    def press(self, key: str) -> None:
        """A key as xdotool names it, to the window that has the keyboard."""
        self._tool("key", "--clearmodifiers", key)

    def record(self, file: Path) -> subprocess.Popen[bytes]:
        """Records what is played, as raw float32 stereo, until it is terminated."""
        form = ["--raw", "--format=float32le", f"--rate={RATE}", "--channels=2", "--latency-msec=20"]
        with file.open("wb") as sink:
            command = ["parec", "-d", f"{_SINK}.monitor", *form]
            recorder = subprocess.Popen(command, stdout=sink, env={**os.environ, **self.environment})
        wait_for("the recorder", lambda: file.stat().st_size > RATE)
        return recorder

    def _find(self, title: str) -> str:
        command = ["xdotool", "search", "--onlyvisible", "--name", title]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **self.environment}).stdout.strip()

    def _tool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], check=True, env={**os.environ, **self.environment})
