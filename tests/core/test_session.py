"""The stems of an open song on disk: exact at any place, from any thread, and gone afterwards."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import paths
from core.errors import DiskFullError, OutputNotWritableError
from core.separation.separator import StemBlock
from core.session import Session, StemReader, remove_stale_sessions

STEMS = ("vocals", "accompaniment")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the sessions, in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return paths.sessions_folder()


@pytest.fixture
def session(root: Path) -> Iterator[Session]:
    session = Session(Path("song.mp3"), STEMS, 44100)
    with contextlib.closing(session):
        yield session


def expected(start: int, count: int) -> dict[str, np.ndarray]:
    """Samples that say where they belong: (n, 2), different in each stem and channel, exact in float32."""
    places = np.arange(start, start + count, dtype=np.float32)
    columns = np.stack([places, -places], axis=1)
    return {"vocals": columns, "accompaniment": columns + np.float32(0.5)}


def block(start: int, count: int) -> StemBlock:
    return StemBlock(start, expected(start, count))


def read(reader: StemReader, start: int, count: int) -> tuple[int, dict[str, np.ndarray]]:
    into = {stem: np.full((count, 2), np.nan, np.float32) for stem in STEMS}
    return reader.read(start, into), into


def check(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    for stem in STEMS:
        np.testing.assert_array_equal(found[stem], wanted[stem])


def test_what_is_appended_is_read_back_at_any_place(session: Session) -> None:
    start = 0
    for count in (1, 999, 7, 5000):
        session.append(block(start, count))
        start += count
    assert session.frames == start == 6007
    with contextlib.closing(session.reader()) as reader:
        for first, count in [(0, 6007), (0, 1), (998, 4), (5000, 1007), (6006, 1), (3, 0)]:
            real, found = read(reader, first, count)
            assert real == count
            check(found, expected(first, count))


def test_what_is_not_there_yet_is_silence(session: Session) -> None:
    session.append(block(0, 100))
    with contextlib.closing(session.reader()) as reader:
        real, found = read(reader, 90, 50)
        assert real == 10
        check({stem: samples[:10] for stem, samples in found.items()}, expected(90, 10))
        assert all(not samples[10:].any() for samples in found.values())
        real, found = read(reader, 1000, 50)
        assert real == 0
        assert all(not samples.any() for samples in found.values())
        session.append(block(100, 100))
        assert read(reader, 90, 50)[0] == 50


def test_samples_that_are_not_contiguous_in_memory_are_stored_too(session: Session) -> None:
    turned = {stem: np.asfortranarray(samples) for stem, samples in expected(0, 50).items()}
    session.append(StemBlock(0, turned))
    with contextlib.closing(session.reader()) as reader:
        check(read(reader, 0, 50)[1], expected(0, 50))


def test_all_of_it_comes_in_blocks(session: Session) -> None:
    session.append(block(0, 1000))
    blocks = list(session.blocks(size=300))
    assert [(part.start, part.end) for part in blocks] == [(0, 300), (300, 600), (600, 900), (900, 1000)]
    for part in blocks:
        check(dict(part.stems), expected(part.start, part.end - part.start))


def test_a_part_of_it_comes_in_blocks(session: Session) -> None:
    session.append(block(0, 1000))
    parts = list(session.blocks(150, 620, size=300))
    assert [(part.start, part.end) for part in parts] == [(150, 450), (450, 620)]
    for part in parts:
        check(dict(part.stems), expected(part.start, part.end - part.start))
    assert [(part.start, part.end) for part in session.blocks(900, 5000)] == [(900, 1000)]
    assert list(session.blocks(700, 700)) == []


def test_it_knows_the_peaks_of_its_stems(session: Session) -> None:
    samples = np.zeros((10, 2), np.float32)
    samples[3, 1] = -1.5
    session.append(StemBlock(0, dict.fromkeys(session.stems, samples / 2)))
    session.append(StemBlock(10, {stem: samples * (index + 1) for index, stem in enumerate(session.stems)}))
    assert list(session.peaks.values()) == [1.5 * (index + 1) for index in range(len(session.stems))]


def test_readers_in_other_threads_find_all_that_frames_counts(session: Session) -> None:
    total, step = 40 * 1000, 1000
    faults: list[str] = []
    started = threading.Barrier(4)

    def follow(seed: int) -> None:
        rng = np.random.default_rng(seed)
        with contextlib.closing(session.reader()) as reader:
            started.wait()
            frames = 0
            while frames < total:
                frames = session.frames
                if not frames:
                    continue
                first = int(rng.integers(0, frames))
                real, found = read(reader, first, min(500, frames - first))
                wanted = expected(first, min(500, frames - first))
                if real != len(wanted["vocals"]) or any(not np.array_equal(found[stem], wanted[stem]) for stem in STEMS):
                    faults.append(f"{frames} frames, read at {first}")
                    return

    threads = [threading.Thread(target=follow, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    started.wait()
    for start in range(0, total, step):
        session.append(block(start, step))
    for thread in threads:
        thread.join()
    assert faults == []


def test_frames_grows_only_once_every_stem_is_in_its_file(session: Session) -> None:
    session.append(block(0, 10))
    grown: list[tuple[int, int]] = []

    class Watched(dict[str, np.ndarray]):
        def __getitem__(self, stem: str) -> np.ndarray:
            grown.append((session.frames, session.path(stem).stat().st_size))
            return super().__getitem__(stem)

    session.append(StemBlock(10, Watched(expected(10, 10))))
    assert grown == [(10, 80), (10, 80)]
    assert session.frames == 20
    assert {session.path(stem).stat().st_size for stem in STEMS} == {160}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_and_what_was_there_stays_readable(session: Session) -> None:
    session.append(block(0, 100))
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        os.dup2(full.fileno(), session._files["accompaniment"].fileno())
    with pytest.raises(DiskFullError):
        session.append(block(100, 100))
    assert session.frames == 100
    with contextlib.closing(session.reader()) as reader:
        check(read(reader, 0, 100)[1], expected(0, 100))


def test_a_cache_that_cannot_be_made_is_said(root: Path) -> None:
    root.parent.parent.mkdir(parents=True, exist_ok=True)
    root.parent.write_text("a file")
    with pytest.raises(OutputNotWritableError):
        Session(Path("song.mp3"), STEMS, 44100)


def test_two_sessions_of_one_song_do_not_meet(session: Session) -> None:
    with contextlib.closing(Session(session.song, STEMS, 44100)) as other:
        other.append(StemBlock(0, {stem: np.ones((5, 2), np.float32) for stem in STEMS}))
        session.append(block(0, 5))
        assert other.folder != session.folder
        with contextlib.closing(session.reader()) as reader:
            check(read(reader, 0, 5)[1], expected(0, 5))


def test_close_removes_the_stems_and_the_lock(root: Path) -> None:
    session = Session(Path("song.mp3"), STEMS, 44100)
    session.append(block(0, 10))
    assert len(list(root.iterdir())) == 2
    session.close()
    assert list(root.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_others_cannot_look_into_the_stems(session: Session) -> None:
    assert session.folder.stat().st_mode & 0o077 == 0


# A program with an open session: prints its folder, and waits.
PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from core.separation.separator import StemBlock
from core.session import Session
session = Session(Path("song.mp3"), ["vocals"], 44100)
session.append(StemBlock(0, {"vocals": np.ones((1000, 2), np.float32)}))
print(session.folder, flush=True)
sys.stdin.read()
"""


def start_program() -> tuple[Path, "subprocess.Popen[str]"]:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], **pipes)
    assert program.stdout is not None
    return Path(program.stdout.readline().strip()), program


def test_stems_of_a_program_that_was_killed_are_removed_and_those_of_a_living_one_stay(root: Path, session: Session) -> None:
    folders, programs = zip(*(start_program() for _ in range(2)), strict=True)
    killed = programs[0]
    try:
        killed.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        killed.wait()
        assert {folder.parent for folder in folders} == {root}
        remove_stale_sessions()
        left = {path.with_suffix("") for path in root.iterdir()}
        assert left == {folders[1], session.folder}
        assert (folders[1] / "0.f32").stat().st_size == 8000
        session.append(block(0, 10))
    finally:
        for program in programs:
            program.kill()
            program.communicate()
    remove_stale_sessions()
    assert {path.with_suffix("") for path in root.iterdir()} == {session.folder}


def test_there_may_be_nothing_to_remove(root: Path) -> None:
    remove_stale_sessions()
    root.mkdir(parents=True)
    remove_stale_sessions()
    (root / "of another program").mkdir()
    remove_stale_sessions()
    assert (root / "of another program").is_dir()
