"""``evaluate`` as a user meets it: figures, files, exit status, and what it says."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import cli
from core.cli import evaluate as command
from core.evaluation.results import METRICS
from tests.support import songs

pytestmark = pytest.mark.usefixtures("warm")

ROOT = Path(__file__).parents[2]

Run = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two songs of two stems."""
    root = tmp_path_factory.mktemp("true")
    for seed, name in enumerate(("1 गीत", "2 song")):
        (root / name).mkdir()
        songs.write(root / name / "vocals.wav", songs.music(2.1, 2 * seed) / 2)
        songs.write(root / name / "backing.wav", songs.music(2.1, 2 * seed + 1) / 2)
    return root


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs ``evaluate`` with the built-in model: the status, the lines of standard output and error."""

    def evaluate(*arguments: object) -> tuple[int, list[str], list[str]]:
        engine = ("--model", "builtin", "--engine", "openvino", "--device", "cpu", "--precision", "f32")
        status = cli.main(["evaluate", *engine, *map(str, arguments)])
        captured = capfd.readouterr()
        return status, captured.out.splitlines(), captured.err.splitlines()

    return evaluate


def test_a_table_compares_the_model_with_the_baselines(run: Run, folder: Path) -> None:
    status, said, complained = run(folder)
    assert status == 0
    assert complained == ["builtin: Runs on the CPU with OpenVINO, as chosen."]
    assert said[0].split() == "median of 2 songs SDR SIR SAR ISR plain SDR SI-SDR".split()
    assert [line.split()[0] for line in said[1:9]] == [
        *("Vocals", "mixture", "centre", "builtin"),
        *("Instrumental", "mixture", "centre", "builtin"),
    ]
    assert all(re.fullmatch(r"  \w+( +-?[\d.]+){6}", line) for line in (*said[2:5], *said[6:9]))


def test_only_the_metrics_that_are_asked_for_are_shown(run: Run, folder: Path) -> None:
    _, said, _ = run(folder, "--metric", "si-sdr", "--metric", "sdr", "-d", "1")
    assert said[0].split() == "median of 2 songs SDR SI-SDR".split()


def test_the_figures_of_each_song_are_shown_when_asked_for(run: Run, folder: Path) -> None:
    _, said, _ = run(folder, "--metric", "plain", "--verbose")
    heads = [line.removesuffix("plain SDR").strip() for line in said if line.endswith("SDR")]
    assert heads == ["1 गीत", "2 song", "median of 2 songs"]


def test_the_json_and_the_plot_are_written_and_named(run: Run, folder: Path, tmp_path: Path) -> None:
    figures, drawing = tmp_path / "new" / "figures.json", tmp_path / "new" / "plot.svg"
    arguments = (folder, "--metric", "plain", "--json", figures, "--plot", drawing, "--frames", "--window", "0.5")
    status, said, _ = run(*arguments)
    assert status == 0
    assert said[-2:] == [str(figures), str(drawing)]
    found = json.loads(figures.read_text("utf-8"))
    assert (found["window_s"], found["mode"]) == (0.5, "full")
    (contest,) = found["contests"]
    assert [song["name"] for song in contest["songs"]] == ["1 गीत", "2 song"]
    assert len(contest["songs"][0]["frames"]["builtin"]["vocals"]["plain"]) == 4
    assert drawing.read_text("utf-8").startswith("<svg")
    before = figures.read_bytes()
    status, _, complained = run(*arguments)
    assert (status, complained) == (1, ["“figures.json” exists already; choose another folder or allow overwriting."])
    assert run(*arguments, "--overwrite")[0] == 0
    assert figures.read_bytes() == before


def test_a_song_that_is_not_complete_is_one_line_and_stops_no_other(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    songs.write(tmp_path / "half" / "backing.wav", songs.music(1.0))
    (tmp_path / "whole").mkdir()
    for path in (folder / "2 song").iterdir():
        (tmp_path / "whole" / path.name).write_bytes(path.read_bytes())
    status, said, complained = run(tmp_path, "--metric", "plain")
    assert status == 1
    assert said[0].startswith("1 song")
    assert complained[0] == "“half” is not complete (vocals missing); add what is missing or move the song away."


def test_a_folder_without_songs_is_one_sentence(run: Run, tmp_path: Path) -> None:
    status, said, complained = run(tmp_path)
    assert (status, said) == (1, [])
    assert complained == [
        f"“{tmp_path.name}” holds no songs with true stems (vocals and backing, or drums, bass, other); choose another."
    ]


def test_a_model_that_has_no_truth_to_be_held_against_is_one_sentence_a_song(run: Run, folder: Path, tmp_path: Path) -> None:
    builtin = ROOT / "resources" / "models" / "builtin"
    (tmp_path / "weights").mkdir()
    shutil.copy(builtin / "weights.npz", tmp_path / "weights")
    configuration = json.loads((builtin / "config.json").read_text("utf-8"))
    changed = {"instrument_list": ["drums"], "model_dir": str(tmp_path / "weights")}
    (tmp_path / "drummer.json").write_text(json.dumps(configuration | changed), "utf-8")
    status, said, complained = run(folder, "--model", tmp_path / "drummer.json", "--metric", "plain")
    assert status == 1
    assert said[0].startswith("median of 2 songs")  # of the built-in model
    assert [line for line in complained if "Runs on" not in line] == [
        f"“{name}” has no true “drums” to hold the model “drummer” against; choose another model."
        for name in ("1 गीत", "2 song")
    ]


def test_models_of_one_name_and_of_a_baselines_stand_side_by_side(run: Run, folder: Path, tmp_path: Path) -> None:
    builtin = ROOT / "resources" / "models" / "builtin"
    configuration = json.loads((builtin / "config.json").read_text("utf-8"))
    written = []
    for name in ("first/config.json", "second/config.json", "first/mixture.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(builtin / "weights.npz", path.parent)
        extras = {"masks": "direct", "residual": "accompaniment", "expander": path.name == "mixture.json"}
        path.write_text(json.dumps(configuration | {"model_dir": str(path.parent), "antara": extras}), "utf-8")
        written += ["--model", path]
    status, said, _ = run(folder, *written, *written[:2], "--model", "builtin", "--metric", "plain", "-d", "1")
    assert status == 0
    names = [line.strip().rpartition("  ")[0].strip() for line in said]
    assert names[2:8] == ["mixture", "centre", "builtin", "config", "config (2)", "mixture (2)"]


def test_without_a_choice_all_installed_models_with_true_stems_are_compared(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, networks in (("mine", ["vocals"]), ("drummer", ["drums"])):
        own = tmp_path / name
        own.mkdir()
        for file in ("config.json", "weights.npz"):
            shutil.copy(ROOT / "resources" / "models" / "builtin" / file, own)
        configuration = json.loads((own / "config.json").read_text("utf-8"))
        extras = {"masks": "direct", "residual": "accompaniment", "expander": True}
        (own / "config.json").write_text(
            json.dumps(configuration | {"instrument_list": networks, "antara": extras}), "utf-8"
        )
        assert cli.main(["models", "add", str(own)]) == 0
    capfd.readouterr()
    assert cli.main(["evaluate", str(folder), "--metric", "plain"]) == 0
    rows = [line.split() for line in capfd.readouterr().out.splitlines() if line.startswith("  ")]
    assert [row[0] for row in rows] == ["mixture", "centre", "builtin", "mine"] * 2
    assert rows[2][1:] == rows[3][1:]  # the same weights


@pytest.mark.parametrize("wrong", [("--metric", "nice"), ("--window", "0"), ("--window", "x"), ("-d", "-1")])
def test_wrong_usage_is_refused(wrong: tuple[str, str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["evaluate", str(folder), *wrong])
    assert caught.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_the_metrics_of_the_command_are_those_that_there_are() -> None:
    assert command._METRICS == METRICS


@pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C can be sent to another process alone")
def test_ctrl_c_ends_it_with_one_sentence(tmp_path: Path) -> None:
    song = tmp_path / "song"
    song.mkdir()
    for seed, name in enumerate(("vocals.wav", "backing.wav")):
        songs.write(song / name, np.tile(songs.music(5.0, seed), (20, 1)))
    program = [sys.executable, "main.py", "evaluate", song, "--model", "builtin", "--json", tmp_path / "figures.json"]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Runs on" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate()
    assert process.returncode == cli.EXIT_CANCELLED
    assert (said, complained) == ("", "Cancelled; nothing unfinished was written.\n")
    assert not (tmp_path / "figures.json").exists()
