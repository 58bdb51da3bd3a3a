"""Everything that the program writes, on a disk of which changes fail: each one by itself, and all from each one on.

Usage: ``python -m tests.faults.dying_disk FOLDER WORK MOST``. FOLDER is empty, WORK is what ``victim.prepare`` made, with
``tiny.tar.gz`` and the catalogue ``models.json`` that offers it. At most MOST moments are tried of each kind of work. Prints
a JSON object: what each kind came to at which moments, "well", an error's code, or what must not be.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.audio import part_file
from core.cancel import CancelToken
from core.errors import AntaraError
from core.models import catalogue, store
from core.models.download import Patience
from core.session import remove_stale_sessions
from tests.faults import disk, trial
from tests.support.archive_server import ArchiveServer

ROOT = Path(__file__).resolve().parents[2]
NO_FUSE = 77  # the exit status where no such disk can be had
_FOR_EVER = 1_000_000
_Act = Callable[[Path, Path], str]


class Disk:
    """One that is mounted."""

    def __init__(self, program: "subprocess.Popen[str]") -> None:
        self._program = program

    def plan(self, first: int = 0, last: int = 0) -> int:
        """Which of the next changes fail, none by default; how many there were since the last plan."""
        assert self._program.stdin
        assert self._program.stdout
        self._program.stdin.write(f"{first} {last}\n")
        self._program.stdin.flush()
        return int(self._program.stdout.readline())


@contextmanager
def mounted(folder: Path, mountpoint: Path) -> Iterator[Disk]:
    """``folder`` at ``mountpoint`` while the block runs."""
    command = [sys.executable, "-m", "tests.faults.failing_folder", str(folder), str(mountpoint)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin
        assert program.stdout
        if program.stdout.readline() != "mounted\n":
            sys.exit(NO_FUSE)
        try:
            yield Disk(program)
        finally:
            program.stdin.close()


def main() -> None:
    folder, work, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    part_file._OLD_S = 0.0  # else what was kept aside may be a living program's
    text = (work / "models.json").read_text("utf-8")
    catalogue.source = lambda: text
    backing, root = folder / "backing", folder / "disk"
    backing.mkdir()
    root.mkdir()
    with mounted(backing, root) as dying:
        disk.use(root)
        found = {kind: _tried(act, work, root, dying, most) for kind, act in KINDS.items()}
    sys.stdout.write(json.dumps(found))


def _tried(act: _Act, work: Path, root: Path, dying: Disk, most: int) -> dict[str, list[str]]:
    act(work, root)  # so that there is something to lose
    dying.plan()
    act(work, root)
    changes, found = dying.plan(), defaultdict[str, list[str]](list)
    for first in np.unique(np.linspace(1, changes, min(most, changes)).round().astype(int)).tolist():
        for last in (first, _FOR_EVER):
            dying.plan(first, last)
            answer = _answer(act, work, root)
            dying.plan()
            again = _answer(act, work, root)
            remove_stale_sessions()
            left = [path.name for path in (root / "out").rglob(".*")] + list(trial.remains(root))
            troubles = [f"then {again}"] * (again != "well") + [f"left behind {name}" for name in left]
            found["; ".join([answer, *troubles])].append(f"{first} of {changes}" + " and all after it" * (last != first))
    return found


def _answer(act: _Act, work: Path, root: Path) -> str:
    try:
        return act(work, root)
    except Exception as error:  # what must not be is to be said with its moment
        return f"{type(error).__name__}: {error}"


def download(work: Path, root: Path) -> str:
    """A model is there as a whole or not at all, and as it was where it cannot be taken away."""
    model, folder = catalogue.find("tiny"), root / "data" / "antara" / "models" / "tiny"
    with ArchiveServer() as server:
        server.serve("/tiny.tar.gz", (work / "tiny.tar.gz").read_bytes())
        try:
            if folder.exists():
                store.remove(model)
            store.download(model, CancelToken(), lambda transfer: None, server.url, Patience(attempts=1))
            code = "well"
        except AntaraError as error:
            code = error.code
    if folder.exists():
        store.verify(model, CancelToken())
    return code


KINDS: dict[str, _Act] = {**disk.KINDS, "download": download}
if __name__ == "__main__":
    main()
