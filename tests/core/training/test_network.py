"""The network in PyTorch against the one that the engines run, and against Spleeter's own."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")

import msgspec
import torch

from core import cli
from core.engines import EngineOptions, choice
from core.models import catalogue, tf_checkpoint
from core.separation.separator import separate
from core.training import export
from core.training.config import Configuration
from core.training.network import Shape, UNets, new_weights, shape_of
from tests.support import songs, spleeter_reference

FILTERS = (2, 3, 4, 5, 6, 7)
SHAPES = {
    "one stem": ({}, 1),
    "two stems, Spleeter's of 4 stems": ({"conv_activation": "ELU", "deconv_activation": "ELU"}, 2),
    "other activations": ({"conv_activation": "ReLU", "deconv_activation": "LeakyReLU"}, 1),
    "roots": ({"input_roots": 2}, 2),
}


def lively_weights(shape: Shape, seed: int = 0) -> dict[str, np.ndarray]:
    """New weights whose biases and statistics are random, too, so that nothing passes for want of being used."""
    rng = np.random.default_rng(seed)
    arrays = new_weights(shape, seed)
    for name, array in arrays.items():
        if not name.endswith("/kernel"):
            arrays[name] = (array + rng.uniform(0.05, 0.3, array.shape)).astype(np.float32)
    return arrays


def configuration_of(params: dict[str, Any], networks: int, function: str = "unet.unet", **more: Any) -> Configuration:
    names = ["vocals", "drums", "bass"][:networks]
    model = {"type": function, "params": {"conv_n_filters": list(FILTERS), **params}}
    return msgspec.convert({"instrument_list": names, "T": 64, "F": 128, "model": model, **more}, Configuration)


@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize("kind", SHAPES)
def test_it_gives_what_the_engine_gives_with_the_same_weights(kind: str, softmax: bool, tmp_path: Path) -> None:
    params, networks = SHAPES[kind]
    configuration = configuration_of(params, networks, "unet.softmax_unet" if softmax else "unet.unet")
    shape = shape_of(networks, configuration.model.type, configuration.model.params)
    arrays = {
        name: array.astype(np.float16).astype(np.float32) if name.endswith("/kernel") else array
        for name, array in lively_weights(shape).items()
    }
    export.write_model(tmp_path / "model", configuration, arrays)
    model = catalogue.read_configuration(tmp_path / "model" / "config.json", "trained")
    mix = np.random.default_rng(1).random((2, 64, 128), np.float32)
    (expected,) = choice.choose(model, EngineOptions(engine="onnx", device="cpu", precision="f32")).estimates([mix])
    masks = UNets(shape, arrays).masks(torch.from_numpy(mix)[None])[:, 0].detach().numpy()
    np.testing.assert_allclose(masks * mix, expected, atol=1e-5)


def test_the_weights_come_out_as_they_went_in() -> None:
    arrays = lively_weights(Shape(2, FILTERS))
    given = UNets(Shape(2, FILTERS), arrays).weights()
    assert given.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(given[name], array)


def test_the_first_model_runs_in_it(shared: Path) -> None:
    first = shared / "models" / "builtin-v0"
    vector = np.load(first / "test_vector.npz")
    with np.load(first / "weights.npz") as arrays:
        nets = UNets(Shape(1, (8, 16, 32, 64, 128, 256)), dict(arrays))
    mix = torch.from_numpy(vector["mix"].transpose(2, 0, 1).copy())
    found = (nets.masks(mix[None])[0, 0] * mix).detach().numpy()
    np.testing.assert_allclose(found.transpose(1, 2, 0), vector["vocals"], atol=1e-5)


def test_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="conv2d/kernel"):
        UNets(Shape(1), new_weights(Shape(1, FILTERS), 0))


def test_spleeter_separates_with_the_exported_checkpoint_as_antara_does_with_the_weights(tmp_path: Path) -> None:
    configuration = configuration_of({}, 1, F=1024, T=512)
    shape = shape_of(1, configuration.model.type, configuration.model.params)
    arrays = {name: array.astype(np.float16).astype(np.float32) for name, array in lively_weights(shape).items()}
    export.write_model(tmp_path / "antara", configuration, arrays)
    path = export.write_spleeter_model(tmp_path / "spleeter", configuration, arrays)
    song = songs.music(3, seed=2)
    params = msgspec.json.decode(path.read_bytes())
    with spleeter_reference.separator(params, tmp_path / "spleeter") as separated:
        expected = separated(song)
    model = catalogue.read_configuration(tmp_path / "antara" / "config.json", "trained")
    engine = choice.choose(model, EngineOptions(engine="onnx", device="cpu", precision="f32"))
    blocks = list(separate(iter([song]), engine, model, "reference"))
    for stem in ("vocals", "accompaniment"):
        found = np.concatenate([block.stems[stem] for block in blocks])
        assert np.abs(found).max() > 1e-2
        np.testing.assert_allclose(found, expected[stem][: len(found)], atol=1e-4)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"model": {"type": "unet.unet", "params": {"input_roots": 2}}}, "input_roots"),
        ({"instrument_list": ["vocals", "drums"], "training": {"residual": "other"}}, "residual"),
        ({"training": {"expander": True}}, "expander"),
    ],
)
def test_what_spleeter_cannot_run_is_refused_before_the_training(
    more: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.json").write_text(json.dumps({"instrument_list": ["vocals"], **more}))
    arguments = ["train", str(tmp_path / "train.json"), "-d", str(tmp_path), "--out", str(tmp_path / "out"), "--spleeter"]
    assert cli.main(arguments) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("expander", [False, True])
def test_a_model_is_run_with_an_expander_if_its_training_says_so(expander: bool, tmp_path: Path) -> None:
    configuration = configuration_of({}, 1, training={"expander": expander})
    export.write_model(tmp_path / "model", configuration, lively_weights(Shape(1, FILTERS)))
    assert catalogue.read_configuration(tmp_path / "model" / "config.json", "trained").expander is expander


def test_a_training_of_two_networks_with_an_expander_is_refused() -> None:
    with pytest.raises(ValueError, match="expander"):
        configuration_of({}, 2, training={"expander": True})


def test_antara_reads_the_checkpoint_that_it_writes(tmp_path: Path) -> None:
    arrays = lively_weights(Shape(1, FILTERS))
    export.write_spleeter_model(tmp_path / "model", configuration_of({}, 1), arrays)
    prefix = tf_checkpoint.latest(tmp_path / "model")
    assert prefix is not None
    assert not tf_checkpoint.problem(prefix)
    read = tf_checkpoint.read(prefix, lambda name: name in arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)


def test_the_spleeter_command_separates_with_the_exported_checkpoint_as_antara_does(tmp_path: Path) -> None:
    command = Path(__file__).parents[3] / ".venv-spleeter" / "bin" / "spleeter"
    if not command.is_file():
        pytest.skip("no environment with Spleeter's own pins (python3 dev.py bench makes one)")
    configuration = configuration_of({}, 1, F=1024, T=512)
    arrays = lively_weights(shape_of(1, configuration.model.type, configuration.model.params))
    arrays = {name: array.astype(np.float16).astype(np.float32) for name, array in arrays.items()}
    export.write_model(tmp_path / "antara", configuration, arrays)
    path = export.write_spleeter_model(tmp_path / "spleeter", configuration, arrays)
    song = songs.music(5, seed=3)
    soundfile.write(tmp_path / "song.wav", song, 44100)
    song, _ = soundfile.read(tmp_path / "song.wav", dtype="float32")
    arguments = [command, "separate", "-p", path, "-o", tmp_path / "out", tmp_path / "song.wav"]
    subprocess.run(arguments, cwd=tmp_path, check=True, capture_output=True)
    model = catalogue.read_configuration(tmp_path / "antara" / "config.json", "trained")
    engine = choice.choose(model, EngineOptions(engine="onnx", device="cpu", precision="f32"))
    blocks = list(separate(iter([song]), engine, model, "reference"))
    for stem in ("vocals", "accompaniment"):
        expected, _ = soundfile.read(tmp_path / "out" / "song" / f"{stem}.wav", dtype="float32")
        found = np.concatenate([block.stems[stem] for block in blocks])[: len(expected)]
        assert np.abs(found).max() > 1e-2
        np.testing.assert_allclose(found, expected[: len(found)], atol=1e-4)
