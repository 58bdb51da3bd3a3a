"""Programs that are killed at random moments, and what must hold afterwards.

Each kind of work is done again and again by a program of its own, which is killed after a time drawn from a fixed seed. Then
everything that it may have left is looked at, the work is done once more, and no leftover may stay.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import paths
from core.audio import part_file
from core.queue import Queue
from core.queue_journal import Journal
from core.session import remove_stale_sessions
from tests.faults import victim
from tests.support import queue_writer

ROOT = Path(__file__).resolve().parents[2]
_LATEST_S = 1.0  # the kill comes so long after the program's first line at the latest


@dataclass(frozen=True)
class Work:
    """A program that does it without end, and what must hold after it was killed. Both get the place where it is done."""

    program: tuple[str, ...]
    check: Callable[[Path, list[str]], None]  # with the lines that the program printed


def kill_at_random(work: Work, place: Path, times: int, seed: int = 0) -> None:
    """Kills the program ``times`` times, all in one place. An AssertionError says what does not hold."""
    rng = np.random.default_rng((seed, *" ".join(work.program).encode()))
    for _ in range(times):
        command = [sys.executable, "-m", *work.program, str(place)]
        work.check(place, _killed(command, float(rng.uniform(0, _LATEST_S))))


def _killed(command: list[str], after_s: float) -> list[str]:
    """Kills the program so long after its first line; the whole lines that it printed."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout
        first = program.stdout.readline()
        time.sleep(after_s)
        ended = program.poll()
        program.kill()
        rest, said = program.communicate()
    assert ended is None, f"it ended by itself with {ended}: {said}"
    return [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


def _check_stems(folder: Path, lines: list[str]) -> None:
    """Nothing in part under a stem's name; what was there before is as it was; the next run leaves nothing else."""
    output, whole = folder / "out", victim.fingerprints(folder)
    for path in (output / "songs").iterdir():
        if not path.name.startswith(".antara-"):
            assert victim.fingerprint(path) in whole[path.name], f"{path.name} is not whole"
    assert (output / "earlier" / "vocals.wav").read_bytes() == victim.EARLIER
    waited_s, part_file._OLD_S = part_file._OLD_S, 0.0  # else the next run leaves what may be a living program's
    try:
        for work in victim.WORKS.values():
            work(folder, 0, output / "songs")
    finally:
        part_file._OLD_S = waited_s
    left = {path.name for path in (output / "songs").iterdir()} - whole.keys()
    assert not left, f"left behind: {left}"
    remove_stale_sessions()
    assert list(paths.sessions_folder().iterdir()) == []


def _check_queue(folder: Path, lines: list[str]) -> None:
    """Every song that the program had on the disk is there, in order, and nothing runs or holds the file."""
    queue = Queue(Journal(folder / "queue.jsonl", lambda error: None))
    try:
        items = sorted(queue.items, key=lambda item: item.id)
        assert [item.song for item in items] == [queue_writer.song(number) for number in range(1, len(items) + 1)]
        assert len(items) >= int(lines[-1])
        assert not any(item.state == "running" for item in items)
        queue.remove([item.id for item in items])
    finally:
        queue.close()
    assert {path.name for path in folder.iterdir() if path.is_file()} <= {"queue.jsonl", "queue.lock", "prints.json"}


KINDS: Mapping[str, Work] = {
    "separation": Work(("tests.faults.victim", "separate"), _check_stems),
    "export": Work(("tests.faults.victim", "export"), _check_stems),
    "queue": Work(("tests.support.queue_writer",), _check_queue),
}
