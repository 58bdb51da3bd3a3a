"""Runs programs and measures them from outside: time, processor time, memory, and what else the machine did meanwhile.

The process that measures must stay small: Linux gives a child its parent's peak memory to start with, so nothing here may
import TensorFlow or hold a song. Whatever does runs in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

ROOT = Path(__file__).resolve().parent.parent

_POLL_S = 0.1
_CALM_SHARE = 0.1  # of the machine's processor time
_CALM_LIMIT_S = 120
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024

Command = Sequence[str | Path]


class CommandFailedError(Exception):
    """A measured command ended with an error; the message holds the end of what it said."""


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    wall_s: float
    cpu_s: float  # of it and its children
    largest_bytes: int  # the peak of its largest process, as the system counts it (ru_maxrss)
    tree_bytes: int  # the peak of the sum over its processes, polled; memory that forked processes share counts again
    others: float  # processors that everything else on the machine kept busy meanwhile


def run(command: Command, environment: Mapping[str, str], folder: Path) -> Run:
    """Runs a command in ``folder`` to its end. Raises CommandFailedError."""
    with tempfile.TemporaryFile() as said:
        others, start = Others(), time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        watch = _TreeWatch(child.pid)
        watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
        if child.returncode:
            raise CommandFailedError(f"{Path(command[0]).name}: exit status {child.returncode}\n{_end_of(said)}")
    cpu_s = usage.ru_utime + usage.ru_stime
    largest = usage.ru_maxrss * _MAXRSS_UNIT
    return Run(wall_s, cpu_s, largest, max(watch.peak, largest), others.busy())


class Others:
    """What the rest of the machine does from now on, while children of this process run."""

    def __init__(self) -> None:
        self._start, self._busy, self._own = time.perf_counter(), _busy_s(), _own_s()

    def busy(self) -> float:
        """How many processors it kept busy on average. Children count once they have ended."""
        busy = _busy_s() - self._busy - (_own_s() - self._own)
        return max(busy, 0) / (time.perf_counter() - self._start)


def ask(command: Command, environment: Mapping[str, str]) -> Any:
    """Runs one of the bench's own scripts; returns the JSON of its last line. Raises CommandFailedError."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CommandFailedError(f"{command[1:3]}: exit status {done.returncode}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def wait_until_calm() -> None:
    """Waits, at most two minutes, until other programs leave the processors alone."""
    began, told = time.monotonic(), False
    while psutil.cpu_percent(interval=2) > 100 * _CALM_SHARE:
        if time.monotonic() > began + _CALM_LIMIT_S:
            say("they stay busy; going on")
            return
        if not told:
            say("waiting until other programs are less busy")
        told = True


def say(text: str) -> None:
    """What is going on, beside the report."""
    print(f"[{text}]", file=sys.stderr, flush=True)


class _TreeWatch(threading.Thread):
    """Polls the memory of a process and of all its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self.peak = 0

    def run(self) -> None:
        with suppress(psutil.NoSuchProcess):
            while not self._over.wait(_POLL_S):
                processes = [self._root, *self._root.children(recursive=True)]
                self.peak = max(self.peak, sum(map(_resident, processes)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _busy_s() -> float:
    """Processor time that the whole machine has spent on anything, in seconds."""
    times = psutil.cpu_times()._asdict()
    return sum(times[kind] for kind in ("user", "nice", "system", "irq", "softirq") if kind in times)


def _own_s() -> float:
    """Processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _end_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")[-2000:]
