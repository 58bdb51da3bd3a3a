"""Runs programs and measures them from outside: time, processor time, memory, and what else the machine did meanwhile.

The process that measures must stay small: Linux gives a child its parent's peak memory to start with, so nothing here may
import a runtime or hold a song. Whatever does runs in a process of its own.
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
GB = 1e9

_POLL_S = 0.1
_CALM_SHARE = 0.1  # of the machine's processor time
_CALM_LIMIT_S = 60
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
MEMORY_LEFT = 1e9  # a program that leaves the machine less is ended, before the system ends another one
_LIMIT_S = 600

Command = Sequence[str | Path]


class CommandFailedError(Exception):
    """A measured command ended with an error or had to be ended; the first line says how, the rest is what it said."""


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    wall_s: float
    cpu_s: float  # of it and its children
    largest_bytes: int  # the peak of its largest process, as the system counts it (ru_maxrss)
    others: float  # processors that everything else on the machine kept busy meanwhile
    answer: str  # what it wrote to standard output
    trace: tuple[tuple[float, int], ...]  # seconds since the start, and the sum over its processes then


def run(command: Command, environment: Mapping[str, str], folder: Path, limit_s: float = _LIMIT_S) -> Run:
    """Runs a command in ``folder`` to its end. Raises CommandFailedError."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as said:
        others, start = Others(), time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=said,
        )
        watch = _TreeWatch(child.pid, start, limit_s)
        watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
        if child.returncode or watch.ended:
            why = watch.ended or _ending(child.returncode)
            raise CommandFailedError(f"{why}\n{_text(answer)[-1000:]}\n{_text(said)[-2000:]}")
        cpu_s = usage.ru_utime + usage.ru_stime
        largest = usage.ru_maxrss * _MAXRSS_UNIT
        return Run(wall_s, cpu_s, largest, others.busy(), _text(answer), tuple(watch.trace))


class Others:
    """What the rest of the machine does from now on, while children of this process run."""

    def __init__(self) -> None:
        self._start, self._busy, self._own = time.perf_counter(), _busy_s(), _own_s()

    def busy(self) -> float:
        """How many processors it kept busy on average. Children count once they have ended."""
        busy = _busy_s() - self._busy - (_own_s() - self._own)
        return max(busy, 0) / (time.perf_counter() - self._start)


def answer_of(run: Run) -> Any:
    """The JSON of the last line that a command wrote to standard output."""
    return json.loads(run.answer.splitlines()[-1])


def ask(command: Command, environment: Mapping[str, str]) -> Any:
    """Runs one of the bench's own scripts; returns the JSON of its last line. Raises CommandFailedError."""
    try:
        return answer_of(run(command, environment, ROOT))
    except CommandFailedError as error:
        name = " ".join(Path(part).name for part in command[:4])  # folders are no one's business
        raise CommandFailedError(f"{name}: {error}") from error


def wait_until_calm() -> None:
    """Waits, at most a minute, until other programs leave the processors alone."""
    began, told = time.monotonic(), False
    while psutil.cpu_percent(interval=1) > 100 * _CALM_SHARE:
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
    """Polls the memory of a process and of all its descendants; ends them when they take all memory or too long."""

    def __init__(self, pid: int, start: float, limit_s: float) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._start, self._limit_s = start, limit_s
        self._over = threading.Event()
        self.trace: list[tuple[float, int]] = []
        self.ended = ""  # why it had to be

    def run(self) -> None:
        with suppress(psutil.NoSuchProcess):
            while not self.ended and not self._over.wait(_POLL_S):
                processes = [self._root, *self._root.children(recursive=True)]
                seconds, held = time.perf_counter() - self._start, sum(map(_resident, processes))
                self.trace.append((seconds, held))
                self.ended = self._excess(seconds, held)
                if self.ended:
                    for process in processes:
                        with suppress(psutil.Error):
                            process.kill()

    def _excess(self, seconds: float, held: int) -> str:
        if seconds > self._limit_s:
            return f"ended after {seconds:.0f} s"
        left = psutil.virtual_memory().available
        if left < min(MEMORY_LEFT, held):
            return f"ran out of memory: ended after {seconds:.0f} s, when it held {held / GB:.1f} GB"
        return ""

    def stop(self) -> None:
        self._over.set()
        self.join()


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _ending(code: int) -> str:
    return f"exit status {code}" if code > 0 else f"ended by signal {-code}"


def _busy_s() -> float:
    """Processor time that the whole machine has spent on anything, in seconds."""
    times = psutil.cpu_times()._asdict()
    return sum(times[kind] for kind in ("user", "nice", "system", "irq", "softirq") if kind in times)


def _own_s() -> float:
    """Processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
