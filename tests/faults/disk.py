"""Everything that the program writes, on a disk that is full sooner or later.

Usage: ``python -m tests.faults.disk FOLDER WORK``. FOLDER must be a small disk of its own, WORK is what ``victim.prepare``
made. Prints a JSON object: what each kind of work came to, "well" or an error's code, and how often.
"""

import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from core import history, paths, settings
from core.errors import AntaraError
from core.queue import open_queue
from core.queue_journal import read
from tests.faults import trial, victim

_ALBUM = 200  # songs: more than fits into a block of the disk that is the file's already
_SENTENCES = {
    "disk_full": re.compile("The disk is full at “.*”; free some space and try again."),
    "output_not_writable": re.compile(r"“.*” cannot be written \(Input/output error\); choose another folder."),
}
_FREE_KB = (0, 4, 64, 300, 700, 1100, 1600, 2400)


def main() -> None:
    root, work = Path(sys.argv[1]), Path(sys.argv[2])
    use(root)
    found: dict[str, Counter[str]] = {}
    for kind, act in KINDS.items():
        act(work, root)  # the network in the form of its engine takes more room than all that comes then
        found[kind] = Counter(_on_a_full_disk(act, work, root, free_kb) for free_kb in _FREE_KB)
    sys.stdout.write(json.dumps(found))


def use(root: Path) -> None:
    """Everything of this program's own goes there."""
    for name in ("cache", "data", "config", "state"):
        os.environ[f"XDG_{name.upper()}_HOME"] = str(root / name)
    tempfile.tempdir = str(root / "tmp")
    Path(tempfile.tempdir).mkdir()


def _on_a_full_disk(act: Callable[[Path, Path], str], work: Path, root: Path, free_kb: int) -> str:
    """What it comes to with so much room; then it must go well with more, and leave nothing else."""
    filler = root / "filler"
    _fill(filler, free_kb)
    answer = act(work, root)
    filler.unlink()
    again = act(work, root)
    if again != "well":
        raise AssertionError(f"{act.__name__} with room again: {again}")
    left = [path.name for path in (root / "out").rglob(".*")] + list(trial.remains(root))
    if left:
        raise AssertionError(f"{act.__name__} with {free_kb} kB left behind {left}")
    return answer


def _fill(filler: Path, free_kb: int) -> None:
    with filler.open("wb", buffering=0) as file:
        while (spare := os.statvfs(filler.parent).f_bavail * os.statvfs(filler.parent).f_frsize - 1024 * free_kb) > 0:
            file.write(bytes(min(spare, 65536)))


def separate(work: Path, root: Path) -> str:
    try:
        victim.separate(work, 0, root / "out")
    except RuntimeError as error:  # what the command said
        lines = [line for line in str(error).splitlines() if not line.startswith("builtin: ")]
        said = [code for code, pattern in _SENTENCES.items() if len(lines) == 1 and pattern.match(lines[0])]
        return said[0] if said and _whole(work, root) == "well" else repr(lines)
    return _whole(work, root)


def export(work: Path, root: Path) -> str:
    try:
        victim.export(work, 0, root / "out")
    except AntaraError as error:
        return error.code if _whole(work, root) == "well" else "damaged"
    return _whole(work, root)


def _whole(work: Path, root: Path) -> str:
    known = victim.fingerprints(work)
    found = [path for path in (root / "out").iterdir() if not path.name.startswith(".antara-")]
    good = all(victim.fingerprint(path) in known[path.name] for path in found)
    return "well" if good else "damaged"


def keep_settings(work: Path, root: Path) -> str:
    """Those of before stay where new ones cannot be written."""
    before = settings.load()
    wanted = settings.Settings(model=f"{before.model}x")
    try:
        settings.save(wanted)
    except AntaraError as error:
        return error.code if settings.load() == before else "lost"
    return "well" if settings.load() == wanted else "lost"


def keep_history(work: Path, root: Path) -> str:
    before = history.load()
    try:
        history.add(Path(f"/songs/{len(before)}.mp3"), 1000, 44100, "builtin", victim.STEMS)
    except AntaraError as error:
        return error.code if history.load() == before else "lost"
    return "well" if history.load()[1:] == before else "lost"


def keep_queue(work: Path, root: Path) -> str:
    """What was in the queue stays; what is added is in the file, or it is said that not all of it is."""
    before, told = _queued(), []
    queue = open_queue(told.append)
    queue.add([Path(f"/songs/गीत {number}.mp3") for number in range(_ALBUM)])
    queue.close()
    after = _queued()
    if len(after) == len(before) + _ALBUM:
        return "well"
    return told[0].code if told and told[0] and after[: len(before)] == before else "lost"


def _queued() -> list[int]:
    file = paths.queue_file()
    return sorted(read(file.read_bytes()).items) if file.exists() else []


KINDS: dict[str, Callable[[Path, Path], str]] = {
    act.__name__: act for act in (separate, export, keep_settings, keep_history, keep_queue)
}

if __name__ == "__main__":
    main()
