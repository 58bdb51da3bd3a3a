"""The catalogue and the loading of weights: never a run on missing or damaged ones."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import paths, tensorflow_runtime
from core.engines import EngineOptions, choice
from core.errors import ModelDamagedError, ModelMissingError, UnknownModelError
from core.models import catalogue, weights
from tests.support import spleeter_reference

BUILTIN = catalogue.find("builtin")
ON_CPU = EngineOptions(device="cpu")


def test_the_catalogue_has_spleeters_models_with_their_stems_and_bands() -> None:
    stems = {name: model.stems for name, model in catalogue.models().items()}
    assert stems["builtin"] == stems["spleeter:2stems"] == ("vocals", "accompaniment")
    assert stems["spleeter:4stems"] == ("vocals", "drums", "bass", "other")
    assert stems["spleeter:5stems-16kHz"] == ("vocals", "piano", "drums", "bass", "other")
    assert catalogue.find("4stems").bins == 1024
    assert catalogue.find("4stems-16kHz").bins == 1536
    assert catalogue.find("4stems-16kHz").folder == Path("4stems")


def test_an_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(UnknownModelError) as caught:
        catalogue.find("3stems")
    assert "spleeter:4stems" in str(caught.value.parameters["known"])


def test_a_model_that_is_not_on_disk_is_missing() -> None:
    assert not catalogue.find("2stems").installed
    with pytest.raises(ModelMissingError):
        choice.choose(catalogue.find("2stems"))


def test_the_built_in_model_is_the_default_when_nothing_else_is_installed() -> None:
    assert catalogue.default().name == "builtin"


@pytest.mark.parametrize("place", ["MODEL_PATH", "pretrained_models", "data"])
def test_official_weights_are_found_where_spleeter_and_antara_keep_them(
    place: str, checkpoints: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = checkpoints("2stems") / "2stems"
    if place == "MODEL_PATH":
        monkeypatch.setenv("MODEL_PATH", str(source.parent))
    elif place == "pretrained_models":
        monkeypatch.delenv("MODEL_PATH")
        monkeypatch.chdir(tmp_path)
        shutil.copytree(source, tmp_path / "pretrained_models" / "2stems")
    else:
        shutil.copytree(source, paths.models_folder() / "2stems")
    assert catalogue.default().name == "spleeter:2stems"
    loaded = weights.load(catalogue.default())
    assert loaded["conv2d/kernel"].shape == (5, 5, 2, 16)
    assert loaded["conv2d_transpose_11/kernel"].shape == (5, 5, 1, 32)
    assert not any("global_step" in name for name in loaded)


@pytest.fixture
def own_copy(checkpoints: Callable[[str], Path], tmp_path: Path) -> Path:
    """A checkpoint folder that a test may spoil."""
    source = checkpoints("2stems") / "2stems"
    return Path(shutil.copytree(source, tmp_path / "pretrained_models" / "2stems", ignore=shutil.ignore_patterns("*.graph")))


def spoil_data_missing(folder: Path) -> None:
    next(folder.glob("*.data-*")).unlink()


def spoil_data_cut_off(folder: Path) -> None:
    path = next(folder.glob("*.data-*"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def spoil_one_byte(folder: Path) -> None:
    path = next(folder.glob("*.data-*"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def spoil_index_cut_off(folder: Path) -> None:
    path = next(folder.glob("*.index"))
    path.write_bytes(path.read_bytes()[:100])


def spoil_index_missing(folder: Path) -> None:
    next(folder.glob("*.index")).unlink()


def spoil_everything(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_data_missing,
        spoil_data_cut_off,
        spoil_one_byte,
        spoil_index_cut_off,
        spoil_index_missing,
        spoil_everything,
    ],
)
def test_a_damaged_checkpoint_is_refused(spoil: Callable[[Path], None], own_copy: Path) -> None:
    spoil(own_copy)
    with pytest.raises(ModelDamagedError):
        choice.choose(catalogue.find("2stems"), ON_CPU)


def test_a_checkpoint_with_fewer_networks_than_stems_is_refused(own_copy: Path) -> None:
    five = dataclasses.replace(catalogue.find("2stems"), networks=("vocals", "drums", "accompaniment"))
    with pytest.raises(ModelDamagedError, match="missing"):
        choice.choose(five, ON_CPU)


def test_weights_of_another_shape_are_refused() -> None:
    wider = dataclasses.replace(BUILTIN, function_params={})
    with pytest.raises(ModelDamagedError, match="shape"):
        choice.choose(wider, ON_CPU)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut off"])
def test_a_damaged_weights_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(ModelDamagedError):
        weights.load(dataclasses.replace(BUILTIN, weights_file=path))


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    arrays = dict(weights.load(BUILTIN))
    arrays["conv2d/kernel"] = np.full_like(arrays["conv2d/kernel"], np.nan)
    path = tmp_path / "weights.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    with pytest.raises(ModelDamagedError, match="finite"):
        weights.load(dataclasses.replace(BUILTIN, weights_file=path))


def test_a_pickle_in_the_weights_file_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, evil=np.array([{"an": "object"}], dtype=object))
    with pytest.raises(ModelDamagedError):
        weights.load(dataclasses.replace(BUILTIN, weights_file=path))


def test_loading_equals_tensorflows_own_reading(checkpoints: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root = checkpoints("2stems")
    monkeypatch.setenv("MODEL_PATH", str(root))
    tf = tensorflow_runtime.load()
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(root / "2stems")))
    loaded = weights.load(catalogue.find("2stems"))
    assert len(loaded) == 2 * (13 * 2 + 12 * 4)
    for name, array in loaded.items():
        np.testing.assert_array_equal(array, reader.get_tensor(name))
    assert spleeter_reference.configuration("2stems")["instrument_list"] == list(catalogue.find("2stems").networks)
