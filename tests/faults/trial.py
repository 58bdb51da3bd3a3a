"""Songs through the whole program, each with a watch over its time, its memory and what it leaves behind.

The program runs in a process of its own; where that ends by itself, the song it was at is to blame, and another one goes on
with the next.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soundfile

from tests.faults.corpus import Case

SECONDS = 30  # for one song, at most
MOST_MB = 1500
ROOT = Path(__file__).resolve().parents[2]


class Outcome(msgspec.Struct, frozen=True):
    """What became of one case: the error's code, "" where there was none, "died" where the program ended."""

    index: int
    code: str
    said: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0
    left: tuple[str, ...] = ()  # files that should not be there


def run(way: str, cases: Sequence[Case], folder: Path, tell: Callable[[str], None] = lambda _: None) -> list[Outcome]:
    """Hands the cases in by ``way`` ("cli" or "queue"). Works in ``folder``."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(cases):
        first = len(outcomes)
        results = folder / f"{way}-{first}.jsonl"
        (folder / "cases.json").write_text(json.dumps([_plain(case) for case in cases]))
        command = [sys.executable, "-m", f"tests.faults.through_{way}", folder / "cases.json", str(first), results]
        with (folder / f"{way}.log").open("ab") as log:
            ended = subprocess.run(command, cwd=ROOT, env=_environment(folder), stdout=log, stderr=log, check=False)
        lines = results.read_text().splitlines() if results.exists() else []
        outcomes += [msgspec.json.decode(line, type=Outcome) for line in lines]
        if len(outcomes) < len(cases):
            tell(f"{cases[len(outcomes)].name}: the program ended with {ended.returncode}")
            outcomes.append(Outcome(len(outcomes), "died", f"exit status {ended.returncode}"))
    return outcomes


def read(arguments: Sequence[str]) -> tuple[list[Case], int, Path]:
    """What ``run`` told the program: all cases, the first one that is its own, where the outcomes go."""
    listed = json.loads(Path(arguments[0]).read_text())
    cases = [Case(Path(path), sound, meanwhile, long) for path, sound, meanwhile, long in listed]
    return cases, int(arguments[1]), Path(arguments[2])


def faults(case: Case, outcome: Outcome) -> list[str]:
    """Everything about an outcome that must not be."""
    found = []
    if outcome.code in ("died", "unexpected"):
        found.append(f"{outcome.code}: {outcome.said}")
    if "Traceback" in outcome.said:
        found.append("a traceback")
    if outcome.code and outcome.code != "died" and len(outcome.said.splitlines()) != 1:
        found.append(f"not one sentence: {outcome.said!r}")
    if case.sound is not None and case.sound == bool(outcome.code):
        found.append(f"{outcome.code or 'no error'}, but it is {'whole' if case.sound else 'no song'}")
    if outcome.left:
        found.append(f"left behind: {', '.join(outcome.left)}")
    if outcome.seconds > SECONDS:
        found.append(f"took {outcome.seconds:.0f} s")
    if outcome.peak_mb > MOST_MB:
        found.append(f"took {outcome.peak_mb:.0f} MB")
    return [f"{case.name!r}: {fault}" for fault in found]


def peak_mb() -> float:
    """The most memory since ``forget_peak``, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


def forget_peak() -> float:
    """Begins anew with what is held now, which is returned. proc_pid_clear_refs(5)."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


def not_as_expected(folder: Path, whole: bool) -> tuple[str, ...]:
    """What is wrong in the output folder of a song: after a success all but two stems, else everything."""
    files = sorted(path for path in folder.rglob("*") if not path.is_dir()) if folder.exists() else []
    if not whole:
        return tuple(path.name for path in files)
    if [path.stem for path in files] != ["accompaniment", "vocals"]:
        return ("not two stems", *(path.name for path in files))
    # As bytes: soundfile opens no path that is not text.
    stems = [soundfile.read(io.BytesIO(path.read_bytes()), always_2d=True)[0] for path in files]
    if len(stems[0]) != len(stems[1]) or not all(np.isfinite(stem).all() for stem in stems):
        return ("stems that do not fit",)
    return ()


def remains(folder: Path) -> tuple[str, ...]:
    """Files of the program's own that should be gone when nothing runs."""
    return tuple(
        str(path.relative_to(folder))
        for place in (folder / "tmp", folder / "cache" / "antara" / "sessions")
        for path in (place.rglob("*") if place.exists() else ())
        if path.is_file() and path.suffix != ".lock"
    )


def _plain(case: Case) -> list[Any]:
    return [str(case.path), case.sound, case.meanwhile, case.long]


def _environment(folder: Path) -> dict[str, str]:
    """Folders of its own, and none of the user's."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    own = {f"XDG_{name.upper()}_HOME": str(folder / name) for name in ("cache", "data", "config", "state")}
    return {**os.environ, **own, "TMPDIR": str(folder / "tmp"), "QT_QPA_PLATFORM": "offscreen", "PYTHONUNBUFFERED": "1"}
