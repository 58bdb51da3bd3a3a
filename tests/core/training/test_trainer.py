"""The training: it learns, and goes on after a kill as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")

import msgspec
import torch

from core import cli
from core.errors import TrainingBegunError, TrainingDataError
from core.models import catalogue, weights
from core.separation.geometry import Geometry
from core.separation.stft import framed, transformed
from core.training import state
from core.training.config import Configuration
from core.training.pack import Pack
from core.training.spectra import Transform
from core.training.trainer import Progress, Trainer
from core.training.validation import second_sdrs
from tests.core.training.test_data import RATE, make_pack, noise

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "instrument_list": ["vocals"],
    "frame_length": 1024,
    "frame_step": 256,
    "sample_rate": RATE,
    "T": 128,
    "F": 256,
    "batch_size": 2,
    "learning_rate": 1e-3,
    "train_max_steps": 8,
    "save_checkpoints_steps": 2,
    "model": {"params": {"conv_n_filters": [2, 2, 2, 2, 2, 2]}},
    "training": {"validate_steps": 2, "validation_examples": 2, "warm_up_steps": 2},
}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def configuration(**more: object) -> Configuration:
    return msgspec.convert({**SETTINGS, **more}, Configuration)


def same_files(first: Path, second: Path) -> None:
    one, two = (state.read(folder / "state.npz") for folder in (first, second))
    assert one.arrays.keys() == two.arrays.keys()
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, two.arrays[name], err_msg=name)
    rows = [[line.split(",") for line in (folder / "log.csv").read_text().splitlines()] for folder in (first, second)]
    minutes = rows[0][0].index("minutes")
    assert [[cell for n, cell in enumerate(row) if n != minutes] for row in rows[0]] == [
        [cell for n, cell in enumerate(row) if n != minutes] for row in rows[1]
    ]


def test_resumed_it_goes_on_bit_for_bit(tmp_path: Path) -> None:
    pack = make_pack(tmp_path / "pack")
    Trainer(configuration(), pack, tmp_path / "whole").run()
    stopping = Trainer(configuration(), pack, tmp_path / "parts")
    with pytest.raises(KeyboardInterrupt):
        stopping.run(report=stop_at(5))  # after the checkpoint at 4: the fifth step is lost
    resumed = Trainer(configuration(), Pack(tmp_path / "pack"), tmp_path / "parts", resume=True)
    assert resumed.step == 4
    resumed.run()
    same_files(tmp_path / "whole", tmp_path / "parts")


def stop_at(step: int) -> "object":
    def stop(progress: Progress) -> None:
        if progress.step == step:
            raise KeyboardInterrupt

    return stop


def test_killed_it_goes_on_bit_for_bit(tmp_path: Path) -> None:
    make_pack(tmp_path / "pack")
    (tmp_path / "config.json").write_text(json.dumps({**SETTINGS, "train_max_steps": 16}))
    command = [sys.executable, "main.py", "train", tmp_path / "config.json", "-d", tmp_path / "pack", "--threads", "1"]
    subprocess.run([*command, "--out", tmp_path / "whole", "--device", "cpu"], cwd=ROOT, check=True, capture_output=True)
    killed = subprocess.Popen(
        [*command, "--out", tmp_path / "killed", "--device", "cpu"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    while not (tmp_path / "killed" / "state.npz").exists():
        assert killed.poll() is None
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    resumed = [*command, "--out", tmp_path / "killed", "--device", "cpu", "--resume"]
    subprocess.run(resumed, cwd=ROOT, check=True, capture_output=True)
    same_files(tmp_path / "whole", tmp_path / "killed")


def test_ctrl_c_saves_the_state_and_it_goes_on_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_pack(tmp_path / "pack")
    more = {"save_checkpoints_steps": 100, "training": {**SETTINGS["training"], "validate_steps": 1}}
    (tmp_path / "config.json").write_text(json.dumps({**SETTINGS, **more}))

    def train(out: str, *more: str) -> int:
        arguments = ["train", str(tmp_path / "config.json"), "-d", str(tmp_path / "pack"), "--out", str(tmp_path / out)]
        return cli.main([*arguments, "--device", "cpu", "--threads", "1", *more])

    def press(progress: Progress) -> None:  # at a known step, where nothing would be saved otherwise
        if progress.step == 3:
            signal.raise_signal(signal.SIGINT)

    assert train("whole") == 0
    with monkeypatch.context() as pressed:
        pressed.setattr(cli.train, "_said", press)
        assert train("parts", "--spleeter") == 130
    assert "after step 3" in capsys.readouterr().err
    assert state.read(tmp_path / "parts" / "state.npz").numbers["step"] == 3
    assert not (tmp_path / "parts" / "spleeter.json").exists()
    assert train("parts", "--resume") == 0
    same_files(tmp_path / "whole", tmp_path / "parts")


def test_it_learns_and_its_model_can_be_used(tmp_path: Path) -> None:
    from core.training.pack import PackWriter

    time_s = np.arange(4 * RATE) / RATE
    low, high = (
        np.repeat(0.3 * np.sin(2 * np.pi * pitch * time_s)[:, None], 2, 1).astype(np.float32) for pitch in (300, 3000)
    )
    with PackWriter(tmp_path / "pack", RATE) as writer:
        for split in ("train", "validation"):
            writer.add(split, split, {"vocals": high, "accompaniment": low})  # type: ignore[arg-type]
    quiet = dict.fromkeys(("silence", "second", "speed", "equaliser", "reverb", "pan", "effects"), 0.0)
    options = {"validate_steps": 40, "validation_examples": 2, "ema": 0.8, "warm_up_steps": 5, "mixing": quiet}
    model = {"params": {"conv_n_filters": [8] * 6}}
    learning = configuration(train_max_steps=80, learning_rate=5e-3, training=options, model=model)
    scores: list[float] = []

    def report(progress: Progress) -> None:
        if progress.scores:
            scores.append(progress.scores["vocals"])

    Trainer(learning, Pack(tmp_path / "pack"), tmp_path / "out").run(report=report)
    assert scores[-1] > 6
    assert "<polyline" in (tmp_path / "out" / "log.svg").read_text()
    found = catalogue.read_configuration(tmp_path / "out" / "model" / "config.json", "mine")
    assert found.stems == ("vocals", "accompaniment")
    assert found.masks == "direct"
    assert weights.load(found)["conv2d/kernel"].shape == (5, 5, 2, 8)


def test_nothing_that_was_begun_is_overwritten_without_being_asked(tmp_path: Path) -> None:
    pack = make_pack(tmp_path / "pack")
    Trainer(configuration(train_max_steps=1), pack, tmp_path / "out").run()
    with pytest.raises(TrainingBegunError):
        Trainer(configuration(), pack, tmp_path / "out")


@pytest.mark.parametrize("damage", ["another network", "cut off"])
def test_a_state_that_does_not_fit_is_refused(damage: str, tmp_path: Path) -> None:
    pack = make_pack(tmp_path / "pack")
    Trainer(configuration(train_max_steps=1), pack, tmp_path / "out").run()
    model = SETTINGS["model"]
    if damage == "cut off":
        path = tmp_path / "out" / "state.npz"
        path.write_bytes(path.read_bytes()[:1000])
    else:
        model = {"params": {"conv_n_filters": [3] * 6}}
    with pytest.raises(TrainingDataError):
        Trainer(configuration(model=model), pack, tmp_path / "out", resume=True)


def test_the_command_trains_on_a_folder_of_songs_and_exports_for_spleeter(tmp_path: Path) -> None:
    for split in ("train", "validation"):
        for number, stem in enumerate(("vocals", "accompaniment")):
            (tmp_path / "songs" / split / "a").mkdir(parents=True, exist_ok=True)
            soundfile.write(tmp_path / "songs" / split / "a" / f"{stem}.wav", noise(3, number), RATE)
    (tmp_path / "config.json").write_text(json.dumps({**SETTINGS, "train_max_steps": 2}))
    out = tmp_path / "out"
    arguments = ["train", str(tmp_path / "config.json"), "-d", str(tmp_path / "songs"), "--out", str(out), "--device", "cpu"]
    assert cli.main([*arguments, "--spleeter", "--threads", "1"]) == 0
    spleeters = catalogue.read_configuration(out / "spleeter.json", "mine")
    assert spleeters.networks == ("vocals", "accompaniment")
    assert weights.load(spleeters)["conv2d_13/kernel"].shape == (4, 4, 1, 2)
    mine = catalogue.read_configuration(out / "model" / "config.json", "mine")
    np.testing.assert_array_equal(weights.load(spleeters)["conv2d/kernel"], weights.load(mine)["conv2d/kernel"])


def test_the_command_begins_with_another_model_that_has_the_same_networks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_pack(tmp_path / "pack")

    def train(out: str, rate: float, filters: int, *more: str) -> int:
        model = {"params": {"conv_n_filters": [filters] * 6}}
        settings = {**SETTINGS, "model": model, "train_max_steps": 1, "learning_rate": rate}
        (tmp_path / "config.json").write_text(json.dumps(settings))
        arguments = ["train", str(tmp_path / "config.json"), "-d", str(tmp_path / "pack"), "--out", str(tmp_path / out)]
        return cli.main([*arguments, "--device", "cpu", "--threads", "1", *more])

    def kernel(out: str) -> np.ndarray:
        found = catalogue.read_configuration(tmp_path / out / "model" / "config.json", "mine")
        return weights.load(found)["conv2d_2/kernel"]

    assert train("first", 1e-2, 8) == 0
    start = ["--start", str(tmp_path / "first" / "model" / "config.json")]
    assert train("second", 1e-9, 8, *start) == 0
    assert train("random", 1e-9, 8) == 0
    np.testing.assert_allclose(kernel("second"), kernel("first"), atol=1e-6)
    assert np.abs(kernel("random") - kernel("first")).max() > 1e-3
    assert train("other", 1e-9, 4, *start) == 1
    assert "its networks are not those of" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_it_ends_when_it_gets_no_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.validation.Judge.scores", lambda judge, nets, stems: {"vocals": 1.0})
    more = {"validate_steps": 1, "patience": 2}
    trainer = Trainer(configuration(training=more), make_pack(tmp_path / "pack"), tmp_path / "out")
    trainer.run()
    assert trainer.step == 3


def test_its_transform_is_that_of_the_separation() -> None:
    sizes = Geometry(1024, 256, 64, 256, 2.0)
    samples = noise(1, 0)
    (chunk, *_) = transformed(framed([samples], sizes), sizes)
    padded = np.concatenate([np.zeros((1024, 2), np.float32), samples])[: Transform.samples(sizes, 64)]
    transform = Transform(sizes, "cpu")
    found = transform.forward(torch.from_numpy(padded.T.copy()))
    np.testing.assert_allclose(found.abs()[..., :256].numpy(), chunk.magnitude, atol=1e-4)
    back = transform.inverse(found).numpy().T
    np.testing.assert_allclose(back[1024:-1024], padded[1024:-1024], atol=1e-5)


def test_the_sdr_of_a_known_error() -> None:
    truth = np.ones((2, 3 * RATE), np.float32)
    assert second_sdrs(truth, truth * 0.9, RATE) == pytest.approx([20, 20, 20], abs=1e-3)
    assert second_sdrs(truth * 0, truth, RATE) == []


def test_without_pytorch_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["train", str(tmp_path / "config.json"), "-d", str(tmp_path)]) == 1
    assert "requirements-train.txt" in capsys.readouterr().err
