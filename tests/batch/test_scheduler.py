"""A scheduler of the user's own: what is said when it goes away in the middle of a run, and that another one goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.batch import receipts
from tests.support import dask_cluster, songs
from tests.support.dask_cluster import ROOT, wait_for

OPTIONS = "--model builtin --engine openvino --precision f32 --threads 1".split()
SONGS = 24


@pytest.mark.skipif(sys.platform != "linux", reason="kills processes as Linux does")
def test_a_scheduler_that_dies_is_one_sentence_and_another_one_goes_on(tmp_path: Path) -> None:
    album, out = tmp_path / "album", tmp_path / "out"
    album.mkdir()
    for seed in range(SONGS):
        songs.write(album / f"song {seed:02}.flac", 0.5 * songs.music(3, seed=seed))
    own = {name: str(tmp_path / name) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
    environment = os.environ | own | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "main.py", "batch", str(album), "-o", str(out), *OPTIONS, "--scheduler"]

    with (
        dask_cluster.scheduler(tmp_path, environment) as (address, scheduler),
        dask_cluster.worker(address, "one", tmp_path / "one", environment),
        subprocess.Popen([*command, address], cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE) as run,
    ):
        wait_for(lambda: bool(list(out.glob(f"*/{receipts.FILE}"))), "the first song")
        scheduler.kill()
        _, said = run.communicate(timeout=dask_cluster.PATIENCE_S)
    assert run.returncode == 1
    assert said.splitlines() == [
        f"The scheduler at “{address}” does not answer (it went away); start it, or leave --scheduler out."
    ]
    done = {path: path.stat().st_mtime_ns for path in out.glob(f"*/{receipts.FILE}")}
    assert 0 < len(done) < SONGS

    with (
        dask_cluster.scheduler(tmp_path, environment) as (address, _),
        dask_cluster.worker(address, "two", tmp_path / "two", environment),
    ):
        assert subprocess.call([*command, address], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) == 0
    assert len(list(out.glob(f"*/{receipts.FILE}"))) == SONGS
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert [path.name for path in (out / ".antara").iterdir()] == ["ledger.sqlite"]
