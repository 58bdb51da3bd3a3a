"""Tries a frozen program as users will meet it, and holds what it makes against the source tree's.

    python -m installer.smoke_test TREE [--song FILE] [--engine NAME] [--cold TIMES] [--window-s SECONDS] [--only CHECK]

TREE is the folder with the program, ``Antara.app``, or what an AppImage holds. Run in the environment of ``dev.py package``
or in a developer's: the source tree separates the same song there. What this system cannot try is named. Exit status 0: all
that was tried holds.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from core import __version__, logs, paths
from installer import confined
from installer.desktop_session import PATIENCE_S, RATE, DesktopSession, missing_tools, wait_for

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "resources" / "demo" / "antara-demo.ogg"

TOLERANCE = 1e-4  # of samples; between the frozen program and the source tree
READY = "the window is there"
MOST_MEMORY_MB = {"openvino": 900, "onnx": 900, "tensorflow": 2500}
_AWKWARD = Path("a folder, अंतरा और गाने")
_EXACT = ["--precision", "f32", "--depth", "float", "--offline"]
_SETTINGS = {"precision": "f32", "language": "en", "theme": "light", "output": {"depth": 32}}


class SmokeError(Exception):
    """Something does not hold; the message says what."""


@dataclass(frozen=True)
class Program:
    """A frozen program: the tree, and its two ways to be started."""

    tree: Path
    window: Path
    console: Path

    def moved(self, tree: Path) -> "Program":
        """The same in another place."""
        return Program(tree, tree / self.window.relative_to(self.tree), tree / self.console.relative_to(self.tree))


@dataclass(frozen=True)
class Trial:
    """What all checks share."""

    program: Program
    song: Path
    expected: Mapping[str, np.ndarray]  # the source tree's stems, (n, 2)
    folder: Path  # empty at first
    engine: str = "openvino"  # named, because which one is the fastest is measured, and may come out differently twice
    window_s: float = 0
    cold: int = 0  # starts with nothing of the program in memory


def main(arguments: Sequence[str]) -> int:
    """Runs all checks and says how each went."""
    options = _parser().parse_args(arguments)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="antara-smoke-") as name:
        folder = Path(name)
        expected = source_stems(options.song, folder / "source", options.engine)
        program = find_program(options.tree.resolve())
        trial = Trial(program, options.song, expected, folder, options.engine, options.window_s, options.cold)
        for what in options.only or CHECKS:
            try:
                outcome = CHECKS[what](trial)
            except (SmokeError, TimeoutError, OSError, subprocess.SubprocessError) as error:
                failed += 1
                outcome = f"FAILED: {error}"
            print(f"{what}: {outcome}", flush=True)
    return 1 if failed else 0


def find_program(tree: Path) -> Program:
    """The programs in a tree, as they are called on its system."""
    if tree.suffix == ".app":
        return Program(tree, tree / "Contents/MacOS/Antara", tree / "Contents/MacOS/antara-cli")
    if (tree / "Antara.exe").exists():
        return Program(tree, tree / "Antara.exe", tree / "antara-cli.exe")
    if (tree / "AppRun").exists():
        return Program(tree, tree / "AppRun", tree / "AppRun")
    return Program(tree, tree / "Antara", tree / "antara")


def exact(engine: str) -> list[str]:
    """The options with which the same comes out everywhere."""
    return ["--engine", engine, *_EXACT]


def source_stems(song: Path, out: Path, engine: str) -> dict[str, np.ndarray]:
    """The stems that the source tree makes."""
    command = [sys.executable, ROOT / "main.py", "separate", *exact(engine), "-o", out, song]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return _stems(out / song.stem)


def check_version(trial: Trial) -> str:
    said = subprocess.run([trial.program.console, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    _hold(said == f"Antara {__version__}", f"it says {said!r}, the source says {__version__}")
    return said


def check_licences(trial: Trial) -> str:
    indexes = list(trial.program.tree.rglob("LICENCES.txt"))
    _hold(len(indexes) == 1, "there is no LICENCES.txt")
    return f"{len(list(indexes[0].parent.iterdir()))} files in {indexes[0].parent.relative_to(trial.program.tree)}"


def check_console(trial: Trial) -> str:
    """The command line, at a place and in conditions that are as awkward as this system allows."""
    home, log = trial.folder / "console home", trial.folder / "console.strace"
    with _awkward(trial, "console", log) as (program, wrapped, conditions):
        environment = confined.environment(home, {})
        command = wrapped([program.console, "separate", *exact(trial.engine), "-o", home / "out", trial.song])
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
    _hold(done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-2000:]}")
    return f"{_compared(_stems(home / 'out' / trial.song.stem), trial.expected)}; {conditions}{_writes(log, home)}"


def check_offscreen(trial: Trial) -> str:
    """The window without any display."""
    return _started(trial, [_start(trial, "offscreen", {"QT_QPA_PLATFORM": "offscreen"}, cold=False)])


def check_start(trial: Trial) -> str:
    """How soon the window is there: with nothing of it in memory, if we may empty the system's cache, and after that."""
    with _desktop(trial, "start") as environment:
        cold = [_start(trial, f"cold start {number}", environment, cold=True) for number in range(trial.cold)]
        warm = [_start(trial, f"start {number}", environment, cold=False) for number in range(3)]
    load = f"; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors" if hasattr(os, "getloadavg") else ""
    return f"{f'cold {_started(trial, cold)}; then ' if cold else ''}{_started(trial, warm)}{load}"


def check_window(trial: Trial) -> str:
    """A user at a real display: opens the song, separates, listens, exports, quits; no network, nothing to write to."""
    if sys.platform != "linux" or missing_tools():
        return f"not tried here ({', '.join(missing_tools()) or sys.platform})"
    home, log = trial.folder / "window home", trial.folder / "window.strace"
    _write_settings(home, engine=trial.engine, export_folder=str(home / "exports"))
    with DesktopSession(trial.folder / "window-session") as session, _awkward(trial, "window", log) as awkward:
        program, wrapped, conditions = awkward
        environment = confined.environment(home, session.environment)
        process = subprocess.Popen(wrapped([program.window, trial.song]), cwd=home, env=environment)
        try:
            heard = _use(trial, session, home)
            peak_mb = _peak_mb(program.tree)
            session.press("ctrl+q")
            _hold(process.wait(PATIENCE_S) == 0, f"it ended with {process.returncode}")
        finally:
            process.kill()
    _hold(peak_mb < MOST_MEMORY_MB[trial.engine], f"it took {peak_mb:.0f} MB")
    left = list((home / ".cache" / "antara" / "sessions").iterdir())
    _hold(not left, f"it left {left}")
    same = _compared(_stems(home / "exports" / trial.song.stem), trial.expected)
    return f"exported {same}; heard {heard}; at most {peak_mb:.0f} MB; {conditions}{_writes(log, home)}"


CHECKS: Mapping[str, Callable[[Trial], str]] = {
    "version": check_version,
    "licences": check_licences,
    "start": check_start,
    "start without a display": check_offscreen,
    "command line": check_console,
    "window": check_window,
}


def _use(trial: Trial, session: DesktopSession, home: Path) -> str:
    """What a user does with the keyboard; gives how what was heard compares with the stems."""
    session.window(f"^{re.escape(trial.song.stem)} .*Antara$")
    session.press("ctrl+Return")
    size = 2 * 4 * len(next(iter(trial.expected.values())))
    sessions = home / ".cache" / "antara" / "sessions"

    def separated() -> bool:
        stems = list(sessions.glob("*/*.f32"))
        return len(stems) == len(trial.expected) and all(stem.stat().st_size == size for stem in stems)

    wait_for("the separated song", separated)
    time.sleep(1)  # the window hears of it, and has the transport ready
    recording = home / "recorded.f32"
    recorder = session.record(recording)
    session.press("space")
    time.sleep(5)
    session.press("space")
    recorder.terminate()
    recorder.wait()
    heard = _heard(np.fromfile(recording, np.float32), sum(trial.expected.values()))
    session.press("ctrl+e")
    session.window("^Export")
    time.sleep(1)  # the dialog looks whether there are such files already
    session.press("Return")
    target = home / "exports" / trial.song.stem
    wait_for("the exported files", lambda: len(list(target.glob("[!.]*.wav"))) == len(trial.expected))
    time.sleep(0.5)
    session.window("Antara$")
    return heard


def _heard(recorded: np.ndarray, mix: np.ndarray) -> str:
    """Looks for each fifth of a second of what was recorded in the sum of the stems: a busy machine may leave gaps."""
    sound = recorded[: len(recorded) // 2 * 2].reshape(-1, 2)
    loud = np.flatnonzero(np.abs(sound).max(axis=1) > 1e-4)
    _hold(len(loud) > 2 * RATE, "no sound came out")
    pieces = [sound[start : start + RATE // 5] for start in range(loud[0], loud[-1] - RATE // 5, RATE // 5)]
    size = 1 << (len(mix) + RATE).bit_length()
    spectrum = np.fft.rfft(mix[:, 0], size)
    energies = np.concatenate([[0], np.cumsum(mix[:, 0].astype(float) ** 2)])
    differences = [_difference(piece, mix, spectrum, energies) for piece in pieces]
    right = [difference for difference in differences if difference <= TOLERANCE]
    _hold(len(right) > len(pieces) / 2, f"of {len(pieces)} fifths of a second only {len(right)} are as they should be")
    return f"{len(right)} of {len(pieces)} fifths of a second as they should be, within {max(right):.0e}"


def _difference(piece: np.ndarray, mix: np.ndarray, spectrum: np.ndarray, energies: np.ndarray) -> float:
    """Of a piece from what comes closest to it in the mix, by the sum of the squares of the first channels' differences."""
    size, places = 2 * (len(spectrum) - 1), len(mix) - len(piece)
    products = np.fft.irfft(np.conj(np.fft.rfft(piece[:, 0], size)) * spectrum)[:places]
    found = int(np.argmin((energies[len(piece) :] - energies[: -len(piece)])[:places] - 2 * products))
    return float(np.abs(mix[found : found + len(piece)] - piece).max())


@dataclass(frozen=True)
class Start:
    """What it took until the window was there."""

    seconds: float
    waited_s: float  # of it, for a processor that other programs had
    memory_mb: float


def _started(trial: Trial, starts: Sequence[Start]) -> str:
    """What some starts took. Raises SmokeError where the median is too long, without what other programs took."""
    own_s = [start.seconds - start.waited_s for start in starts]
    waited = f" and {', '.join(f'{start.waited_s:.2f}' for start in starts)} s of waiting for a processor"
    said = f"{', '.join(f'{seconds:.2f}' for seconds in own_s)} s{waited if any(start.waited_s for start in starts) else ''}"
    _hold(statistics.median(own_s) <= trial.window_s, f"the window took {said}")
    return f"{said}, {max(start.memory_mb for start in starts):.0f} MB"


def _start(trial: Trial, name: str, environment: Mapping[str, str], *, cold: bool) -> Start:
    """Starts the window and ends it."""
    home = trial.folder / f"{name} home"
    whole = confined.environment(home, environment)
    if cold:
        _forget_files()
    before, began = _log(home).count(READY), time.monotonic()
    process = subprocess.Popen([trial.program.window], env=whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for("the window", lambda: process.poll() is not None or _log(home).count(READY) > before)
        seconds = time.monotonic() - began
        _hold(process.poll() is None, f"it ended with {process.returncode}: {_log(home)}")
        start = Start(seconds, _waited_s(process.pid), _peak_mb(trial.program.tree))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    return start


def _log(home: Path) -> str:
    """The program's log. Windows takes no word from the environment for where the user's folders are."""
    folders = [paths.logs_folder()] if sys.platform == "win32" else (file.parent for file in home.rglob(logs.LOG))
    files = [folder / logs.LOG for folder in folders if (folder / logs.LOG).is_file()]
    return "".join(file.read_text("utf-8", "replace") for file in files)


def _peak_mb(tree: Path) -> float:
    """The most memory that processes of the program have taken; 0 where the system does not tell so simply."""
    peaks = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            started = status.with_name("cmdline").read_bytes().split(b"\0")[0].decode("utf-8", "replace")
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            if found and Path(started).is_relative_to(tree):
                peaks.append(int(found[1]) * 1024 / 1e6)
    return max(peaks)


def _waited_s(process: int) -> float:
    """How long the main thread could have run while other programs had the processors; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0


def _forget_files() -> None:
    """Empties the system's cache of files. Needs root."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")


@contextlib.contextmanager
def _desktop(trial: Trial, name: str) -> Iterator[Mapping[str, str]]:
    """What a window needs to be shown."""
    if sys.platform != "linux":
        yield {}
    elif missing_tools():
        yield {"QT_QPA_PLATFORM": "offscreen"}
    else:
        with DesktopSession(trial.folder / f"{name}-session") as session:
            yield session.environment


Wrapped = Callable[[Sequence[str | Path]], Sequence[str | Path]]


@contextlib.contextmanager
def _awkward(trial: Trial, name: str, log: Path) -> Iterator[tuple[Program, Wrapped, str]]:
    """The program at a place with spaces and Devanagari; where that can be, read-only, without a network, and watched."""
    place = trial.folder / name / _AWKWARD / trial.program.tree.name
    if confined.can_confine():
        tree = trial.program.tree
        conditions = "read-only, no network, path with spaces and Devanagari"
        yield trial.program.moved(place), lambda command: confined.confined(tree, place, log, command), conditions
        return
    shutil.copytree(trial.program.tree, place, symlinks=True)
    try:
        yield trial.program.moved(place), lambda command: command, "path with spaces and Devanagari"
    finally:
        shutil.rmtree(place)


def _writes(log: Path, home: Path) -> str:
    """What is to be said of the files that were written. Raises SmokeError where they are not the user's."""
    if not log.exists():
        return "; what it writes was not watched"
    outside = confined.written_outside(log, home, [home])
    _hold(not outside, f"it wrote to {sorted(outside)}")
    return f"; {len(set(confined.written(log, home)))} files written or removed, all below the user's folder"


def _stems(folder: Path) -> dict[str, np.ndarray]:
    return {file.stem: soundfile.read(file, dtype="float32", always_2d=True)[0] for file in sorted(folder.glob("*.wav"))}


def _compared(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> str:
    _hold(found.keys() == expected.keys() and bool(found), f"stems: {sorted(found)}, not {sorted(expected)}")
    for stem, samples in expected.items():
        _hold(samples.shape == found[stem].shape, f"{stem} has {found[stem].shape[0]} frames, not {samples.shape[0]}")
    difference = max(float(np.abs(samples - found[stem]).max()) for stem, samples in expected.items())
    _hold(difference <= TOLERANCE, f"it differs by {difference:.1e} from the source tree")
    return f"within {difference:.0e} of the source tree"


def _write_settings(home: Path, **more: object) -> None:
    file = home / ".config" / "antara" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(_SETTINGS | more), "utf-8")


def _hold(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SmokeError(otherwise)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Tries a frozen program.")
    parser.add_argument("tree", type=Path, metavar="TREE")
    parser.add_argument("--song", type=Path, default=DEMO, metavar="FILE", help="at 44.1 kHz, of at least 10 s")
    parser.add_argument("--engine", default="openvino", choices=list(MOST_MEMORY_MB), help="what separates (openvino)")
    parser.add_argument("--cold", type=int, default=0, metavar="TIMES", help="start with the system's cache emptied (root)")
    parser.add_argument("--only", action="append", choices=list(CHECKS), metavar="CHECK", help="one of all checks")
    parser.add_argument("--window-s", type=float, default=2.5, metavar="SECONDS", help="until the window is there (2.5)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
