"""A night with everything that can happen to a catalogue, on a real scheduler with three real workers.

A worker is killed in the middle of a song, the coordinator in the middle of the run, another worker's disk is full, and one
song in twenty is none. The next run goes on; at its end everything must be as if one process had separated song after song.
The evening before, a few of the songs are done by a good worker and the one whose disk is full, and nothing is killed.
"""

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import cli
from core.batch import receipts
from tests.support import dask_cluster, songs
from tests.support.dask_cluster import ROOT, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes as Linux does")

SONGS, BAD = 20, 1
EVENING_SONGS = 8  # more than one worker is given at once
OPTIONS = "--model builtin --engine openvino --precision f32 --threads 1".split()
STEMS = ("vocals", "accompaniment")


@dataclass
class Night:
    """What was there before, and what is there after it."""

    album: Path
    out: Path
    full_disk: bool
    evening: list[dict[str, str]]
    first_status: int
    status: int
    rows: list[dict[str, str]]
    again: list[dict[str, str]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    album, out = folder / "album", folder / "out"
    album.mkdir()
    for seed in range(SONGS - BAD):
        songs.write(album / f"song {seed}.flac", 0.5 * songs.music(2.5, seed=seed))
    (album / "bad.mp3").write_text("These are the words.\n" * 100)
    own = {name: str(folder / name) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
    environment = os.environ | own | {"PYTHONPATH": str(ROOT)}
    with ExitStack() as opened:
        full, full_disk = _with_a_full_disk(folder, environment, opened)
        address, _ = opened.enter_context(dask_cluster.scheduler(folder, environment))
        opened.enter_context(dask_cluster.worker(address, "full", folder / "full", full))
        opened.enter_context(dask_cluster.worker(address, "two", folder / "two", environment))
        dask_cluster.wait_for_workers(address, 2)
        batch = [sys.executable, "main.py", "batch", "--scheduler", address, *OPTIONS]
        few = [str(album / f"song {seed}.flac") for seed in range(EVENING_SONGS)]
        subprocess.call([*batch, *few, "-o", str(folder / "evening")], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        one = opened.enter_context(dask_cluster.worker(address, "one", folder / "one", environment))
        dask_cluster.wait_for_workers(address, 3)
        command = [*batch, str(album), "-o", str(out)]
        first = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        wait_for(lambda: _is_at_work(out, one.pid), "a song in the worker that is to be killed")
        one.kill()
        wait_for(lambda: len(_done(out)) >= 3, "some songs")
        first.kill()
        first_status = first.wait()
        status = subprocess.call(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rows = _rows(out)
        subprocess.call(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield Night(album, out, full_disk, _rows(folder / "evening"), first_status, status, rows, _rows(out))


def _with_a_full_disk(folder: Path, environment: dict[str, str], opened: ExitStack) -> tuple[dict[str, str], bool]:
    """The environment of a worker that has almost no room for what it works on; whether there is such a one."""
    cache = folder / "small" / "antara"
    sessions = cache / "sessions"
    sessions.mkdir(parents=True)
    (Path(environment["XDG_CACHE_HOME"]) / "antara" / "graphs").mkdir(parents=True)
    (cache / "graphs").symlink_to(Path(environment["XDG_CACHE_HOME"]) / "antara" / "graphs")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(sessions)]
    if os.geteuid() != 0 or subprocess.call(mount, stderr=subprocess.DEVNULL):
        return environment, False
    opened.callback(subprocess.call, ["umount", "-l", str(sessions)])
    return environment | {"XDG_CACHE_HOME": str(folder / "small")}, True


def _is_at_work(out: Path, pid: int) -> bool:
    return any((out / ".antara" / "parts").glob(f"{pid}-*/*"))


def _done(out: Path) -> list[Path]:
    return list(out.glob(f"*/{receipts.FILE}"))


def _rows(out: Path) -> list[dict[str, str]]:
    with (out / "report" / "songs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_coordinator_and_worker_were_killed_and_the_next_run_said_that_something_failed(night: Night) -> None:
    assert night.first_status == -signal.SIGKILL
    assert night.status == 1


def test_every_good_song_is_as_a_single_process_makes_it(night: Night, tmp_path: Path) -> None:
    good = sorted(map(str, night.album.glob("*.flac")))
    assert cli.main(["separate", *good, "-o", str(tmp_path / "one"), *OPTIONS]) == 0
    for song in night.album.glob("*.flac"):
        for stem in STEMS:
            name = Path(song.stem, f"{stem}.wav")
            assert (night.out / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_every_bad_song_has_its_error_and_every_good_one_its_receipt(night: Night) -> None:
    assert len(night.rows) == SONGS
    failed = [row for row in night.rows if row["state"] not in ("done", "skipped")]
    assert [(Path(row["source"]).name, row["state"], row["code"]) for row in failed] == [("bad.mp3", "failed", "not_audio")]


def test_nothing_is_there_twice_and_nothing_half(night: Night) -> None:
    whole = {f"song {seed}/{name}" for seed in range(SONGS - BAD) for name in (*(f"{s}.wav" for s in STEMS), receipts.FILE)}
    found = {path.relative_to(night.out).as_posix() for path in night.out.rglob("*") if path.is_file()}
    assert {name for name in found if not name.startswith((".antara/", "report/"))} == whole
    assert [path.name for path in (night.out / ".antara").iterdir()] == ["ledger.sqlite"]


def test_the_songs_of_a_worker_whose_disk_is_full_are_done_by_another_one(night: Night) -> None:
    if not night.full_disk:
        pytest.skip("needs root, to make a small disk")
    assert [row["state"] for row in night.evening] == ["done"] * EVENING_SONGS
    again = [row for row in night.evening if int(row["attempts"]) > 1]
    assert again
    assert len({row["worker"] for row in night.evening}) == 1


def test_a_further_run_finds_everything_done(night: Night) -> None:
    assert {row["state"] for row in night.again} == {"skipped", "failed"}
    assert sum(row["state"] == "skipped" for row in night.again) == SONGS - BAD
