"""The section about the window: starts ``bench/window.py`` in processes of its own and reports what it says."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from bench import measure
from bench.material import Song
from bench.report import middle
from bench.setting import Setting

_MODEL = "spleeter:2stems"


def report_window(setting: Setting) -> None:
    """Starts the window again and again, then has it separate and cancel."""
    report = setting.report
    report.heading("The window")
    with _displays() as platforms:
        rows, slowest = [], 0.0
        for name, environment in platforms:
            seconds, lazy = _window_starts(setting, environment)
            slowest = max(slowest, median(seconds))
            rows.append((name, f"{middle(seconds, 2)} s", "none" if lazy else "SOME"))
        report.text("From the start of the process to the end of the window's first paint:")
        report.table(("Qt platform", "time", "runtimes imported by then"), rows)
        report.target("the window within 1.5 s", slowest <= 1.5)
        name, environment = platforms[-1]
        _report_work(setting, name, environment)


def _window_starts(setting: Setting, environment: dict[str, str]) -> tuple[list[float], bool]:
    seconds, lazy = [], True
    for number in range(setting.runs + 1):
        started_at = time.perf_counter()
        seen = measure.ask([sys.executable, "-m", "bench.window", "start"], {**setting.environment, **environment})
        if number:  # the first one reads the files from the disk
            seconds.append(seen["painted_at"] - started_at)
            lazy = lazy and not seen["runtimes"]
    return seconds, lazy


def _report_work(setting: Setting, platform: str, environment: dict[str, str]) -> None:
    """Separates the song in the window, with a 5 ms timer in its event loop; cancels the long one some times."""
    measure.wait_until_calm()
    measure.say("the window while it separates")
    environment = {**setting.environment, **environment}
    song, long = setting.material.song, setting.material.long
    _report_stalls(setting, platform, [_drive("stalls", song, setting, environment) for _ in range(setting.runs)])
    separating = [seconds for _ in range(setting.runs) for seconds in _drive("cancels", long, setting, environment)]
    _report_cancels(setting, separating, [_drive("load", long, setting, environment) for _ in range(setting.runs)])


def _drive(what: str, song: Song, setting: Setting, environment: dict[str, str]) -> Any:
    return measure.ask([sys.executable, "-m", "bench.window", what, _MODEL, song.path], environment)


def _report_stalls(setting: Setting, platform: str, runs: list[Any]) -> None:
    report = setting.report
    length = setting.material.song.length
    report.text(f"The longest time between two ticks of a 5 ms timer in the event loop ({platform}, 2 stems, {length}):")
    rows = []
    for phase, done, stall in (
        ("idle for 2 s", None, "idle_stall_s"),
        ("up to the first stems", "load_s", "load_stall_s"),
        ("from there to the end", "all_s", "separate_stall_s"),
    ):
        after = f"{middle([run[done] for run in runs])} s" if done else ""
        rows.append((phase, after, f"{middle([1000 * run[stall] for run in runs], 0)} ms"))
    report.table(("Phase", "done after", "longest stall"), rows)
    worst = max(max(run["load_stall_s"], run["separate_stall_s"]) for run in runs)
    report.target(f"no stall of 100 ms (worst of all runs: {1000 * worst:.0f} ms)", worst < 0.1)


def _report_cancels(setting: Setting, separating: list[float], loading: list[float]) -> None:
    report = setting.report
    report.text("From `cancel()` until the window is ready for the next song:")
    rows = [("while separating", f"{middle(separating, 2)} s"), ("while the engine loads", f"{middle(loading, 2)} s")]
    report.table(("Cancelled", "time"), rows)
    report.target("cancelled within 0.5 s, while separating", max(separating) <= 0.5)
    report.target("cancelled within 0.5 s, while the engine loads", max(loading) <= 0.5)


@contextmanager
def _displays() -> Iterator[list[tuple[str, dict[str, str]]]]:
    """Qt platforms to try: offscreen, and a real X server where Xvfb is installed."""
    offscreen = ("offscreen", {"QT_QPA_PLATFORM": "offscreen"})
    if not shutil.which("Xvfb"):
        yield [offscreen]
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            display = f":{answer.readline().strip()}"
        yield [offscreen, ("X11 (Xvfb)", {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display})]
    finally:
        server.terminate()
        server.wait()
