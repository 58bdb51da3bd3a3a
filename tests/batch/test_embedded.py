"""Workers of one's own: a song that kills them, Ctrl-C, and what is missing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from core import batch, cli
from core.batch import cluster, report, sources
from core.batch.coordinator import Coordinator, Plan
from core.batch.ledger import Ledger
from core.batch.places import Folder
from core.cancel import CancelToken
from core.queue_items import Failure
from core.recipe import Recipe
from tests.support import poison, songs
from tests.support.dask_cluster import ROOT, wait_for

OPTIONS = "--model builtin --engine openvino --precision f32 --workers 1".split()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_song_that_ends_its_workers_stops_no_other_one(album: Path, tmp_path: Path, changed: Callable[[], None]) -> None:
    changed()
    (tmp_path / "more").mkdir()
    songs.write(tmp_path / "more" / "poison.flac", songs.music(1, seed=7))
    songs.write(tmp_path / "more" / "zz.flac", songs.music(1, seed=8))
    output, place, failed = str(tmp_path / "out"), Folder(tmp_path / "out"), list[tuple[str, Failure]]()
    plan = Plan(output, Recipe(engine="openvino", precision="f32", threads=1), False, 2)
    with closing(Ledger(output, place)) as ledger, cluster.embedded(cluster.spread(1)) as client:
        run = Coordinator(
            client,
            ledger,
            plan,
            lambda name: "builtin",
            CancelToken(),
            lambda tally: None,
            lambda *failure: failed.append(failure),
            poison.work,
        )
        run.run(sources.entries([str(tmp_path / "more"), str(album)], CancelToken()))
        place.clean()
        figures = report.write(place, ledger, run.tally)
    assert [(Path(source).name, failure.code) for source, failure in failed] == [("poison.flac", "worker_lost")]
    assert (run.tally.done, run.tally.failed) == (4, 1)
    assert {receipt.name for receipt in place.receipts()} == {"zz", "गीत 1", "गीत 2", "गीत 1 (2)/vocals"}
    assert figures.codes == [("worker_lost", 1)]
    assert sum(figures.songs_by_step) == 4
    assert sum(count for _, count, _ in figures.workers) == 4


def test_ctrl_c_stops_at_once_leaves_nothing_half_and_the_next_run_goes_on(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    album, out = tmp_path / "album", tmp_path / "out"
    album.mkdir()
    songs.write(album / "1.flac", songs.music(1))
    songs.write(album / "2.flac", songs.music(1))
    songs.write(album / "3.wav", np.tile(songs.music(5), (100, 1)))
    command = [sys.executable, "main.py", "batch", str(album), "-o", str(out), *OPTIONS]
    run = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: len(list(out.glob("*/antara-receipt.json"))) == 2 and _parts(out) != [], "the third song")
    children = psutil.Process(run.pid).children(recursive=True)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    _, complained = run.communicate(timeout=120)
    assert run.returncode == 130
    assert complained == "Stopped; the same command goes on with what is not in “out” yet.\n"
    assert not psutil.wait_procs(children, timeout=60)[1]
    assert _parts(out) == []
    assert sorted(path.name for path in out.iterdir()) == [".antara", "1", "2", "report"]
    assert "stopped before the end" in (out / "report" / "summary.txt").read_text("utf-8")


def _parts(out: Path) -> list[Path]:
    return list((out / ".antara" / "parts").glob("*"))


def test_without_the_extra_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(batch, "find_spec", lambda name: None if name == "distributed" else json.__spec__)
    assert cli.main(["batch", str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    expected = "Catalogues need distributed, which is not installed; run “pip install -r requirements-batch.txt”.\n"
    assert capsys.readouterr().err == expected
    assert not (tmp_path / "out").exists()


def test_each_worker_has_a_gpu_of_its_own_where_there_are_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / "proc/driver/nvidia/gpus" / name).mkdir(parents=True)
    assert cluster.gpus(tmp_path) == ["0", "1"]
    assert [cluster.worker_environment(n, ["0", "1"])["CUDA_VISIBLE_DEVICES"] for n in range(3)] == ["0", "1", "0"]
    assert "CUDA_VISIBLE_DEVICES" not in cluster.worker_environment(0, ["0"])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-a")
    assert cluster.gpus(tmp_path) == ["3", "GPU-a"]
