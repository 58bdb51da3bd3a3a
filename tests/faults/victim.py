"""The programs that ``kill`` kills. Usage: ``python -m tests.faults.victim separate|export FOLDER``.

Each writes the stems of two songs over one another without end, and prints a line after each song.
"""

import contextlib
import hashlib
import io
import itertools
import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from core import cli, jobs
from core.audio.formats import Format
from core.audio.writer import Sound
from core.cancel import CancelToken
from core.engines import cache
from core.separation.separator import StemBlock
from core.session import Session
from tests.support import songs

EARLIER = b"what was there before"
STEMS = ("vocals", "accompaniment")
_PRINTS = "prints.json"
_SECONDS = 2.0


def prepare(folder: Path) -> None:
    """Two songs, the output of an earlier day, and the hashes of all that the programs may write."""
    (folder / "songs").mkdir(parents=True)
    for number in (0, 1):
        songs.write(_song(folder, number), 0.5 * songs.music(_SECONDS, number))
    earlier = folder / "out" / "earlier" / "vocals.wav"
    earlier.parent.mkdir(parents=True)
    earlier.write_bytes(EARLIER)
    found: dict[str, list[str]] = {}
    for work, number in itertools.product(WORKS.values(), (0, 1)):
        work(folder, number, folder / "whole")
        for path in (folder / "whole").iterdir():
            found.setdefault(path.name, []).append(fingerprint(path))
    (folder / _PRINTS).write_text(json.dumps(found))


def fingerprints(folder: Path) -> dict[str, list[str]]:
    """The hashes that a file of a name may have."""
    known: dict[str, list[str]] = json.loads((folder / _PRINTS).read_text())
    return known


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def separate(folder: Path, number: int, output: Path) -> None:
    """From the command line."""
    arguments = ["separate", "--offline", "--model", "builtin", "--engine", "openvino", "--precision", "f32", "--overwrite"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        status = cli.main([*arguments, "-f", "{stem}.{codec}", "-o", str(output), str(_song(folder, number))])
    if status:
        raise RuntimeError(said.getvalue())


def export(folder: Path, number: int, output: Path) -> None:
    """From an open song, as the window does it."""
    sound = 0.5 * songs.music(_SECONDS, 10 + number)
    with closing(Session(_song(folder, number), STEMS, songs.RATE)) as session:
        session.append(StemBlock(0, {stem: np.ascontiguousarray(sound * 0.5) for stem in STEMS}))
        for codec in ("flac", "mp3"):
            targets = {stem: output / f"{stem}.{codec}" for stem in STEMS}
            files = jobs.Files(targets, Sound(songs.RATE, 2, Format(codec)), overwrite=True)
            jobs.export(session, files, CancelToken(), lambda progress: None, lambda notice: None)


def _song(folder: Path, number: int) -> Path:
    return folder / "songs" / f"गीत {number}.flac"


WORKS: dict[str, Callable[[Path, int, Path], None]] = {"separate": separate, "export": export}


def main() -> None:
    work, folder = WORKS[sys.argv[1]], Path(sys.argv[2])
    engines = cache.EngineCache()
    cache.EngineCache = lambda: engines  # type: ignore[assignment,misc]  # so that most of the time goes to the songs
    for number in itertools.count():
        work(folder, number % 2, folder / "out" / "songs")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
