"""The models' networks in the form that runtimes read: built once, never used when damaged or of other weights."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from core import paths
from core.errors import ModelDamagedError, OutputNotWritableError
from core.files import crc32
from core.models import catalogue, graph, graph_cache, weights
from core.models.catalogue import Model

BUILTIN = catalogue.find("builtin")
SHORT = dataclasses.replace(BUILTIN, chunk_frames=64)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models whose graphs are built meanwhile."""
    names: list[str] = []
    build = graph.build

    def counted(model: Model, arrays: weights.Weights) -> onnx.ModelProto:
        names.append(model.name)
        return build(model, arrays)

    monkeypatch.setattr(graph, "build", counted)
    return names


def contents(graph_file: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in graph_file.parent.iterdir()}


def test_a_graph_is_built_once_and_is_a_sound_model(builds: list[str]) -> None:
    first = graph_cache.graph_of(SHORT)
    onnx.checker.check_model(str(first), full_check=True)
    assert graph_cache.graph_of(SHORT) == first
    assert builds == ["builtin"]
    inputs, outputs = onnx.load(first).graph.input, onnx.load(first).graph.output
    assert [dimension.dim_value for dimension in inputs[0].type.tensor_type.shape.dim] == [1, 2, 64, 1024]
    assert [dimension.dim_value for dimension in outputs[0].type.tensor_type.shape.dim] == [1, 2, 64, 1024]


def test_graphs_lie_beside_weights_in_antaras_own_folder_and_in_the_cache_for_all_others(
    checkpoints: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_PATH", str(checkpoints("2stems")))
    assert paths.graphs_folder() in graph_cache.graph_of(SHORT).parents
    model = dataclasses.replace(catalogue.find("2stems"), chunk_frames=64)
    folder = shutil.copytree(checkpoints("2stems") / "2stems", paths.models_folder() / "2stems")
    assert graph_cache.graph_of(model).parents[1] == folder
    shutil.rmtree(folder)
    assert paths.graphs_folder() in graph_cache.graph_of(model).parents


def test_a_graph_that_came_with_weights_from_elsewhere_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "download"
    folder.mkdir()
    assert SHORT.weights_file
    shutil.copyfile(SHORT.weights_file, folder / "weights.npz")
    model = dataclasses.replace(SHORT, name="mine", weights_file=None, folder=folder)
    built = graph_cache.graph_of(model).parent
    shutil.copytree(built, folder / built.name)  # whole, and of the right name
    (folder / built.name / graph_cache.GRAPH).write_bytes(b"crafted")
    checksums = {name: crc32(folder / built.name / name) for name in (graph_cache.GRAPH, graph_cache.ARRAYS)}
    (folder / built.name / graph_cache.CHECK).write_text(json.dumps(checksums))
    assert graph_cache.graph_of(model).parent == built


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [cut_off, flip_a_byte, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", [graph_cache.GRAPH, graph_cache.ARRAYS, graph_cache.CHECK])
def test_a_damaged_graph_is_built_again(spoil: Callable[[Path], None], name: str, builds: list[str]) -> None:
    place = graph_cache.graph_of(SHORT)
    whole = contents(place)
    spoil(place.with_name(name))
    again = graph_cache.graph_of(SHORT)
    assert contents(again) == whole
    assert len(builds) == 2


def test_other_weights_get_a_graph_of_their_own_and_the_old_one_goes(tmp_path: Path, builds: list[str]) -> None:
    arrays = dict(weights.load(SHORT))
    mine = tmp_path / "mine.npz"
    np.savez(mine, **arrays)  # type: ignore[arg-type]
    model = dataclasses.replace(SHORT, name="mine", weights_file=mine)
    first = graph_cache.graph_of(model)
    arrays["conv2d/bias"] = arrays["conv2d/bias"] + 1
    np.savez(mine, **arrays)  # type: ignore[arg-type]
    second = graph_cache.graph_of(model)
    assert first != second
    assert not first.exists()
    assert len(builds) == 2


def test_models_of_one_folder_do_not_share_a_graph(builds: list[str]) -> None:
    places = {graph_cache.graph_of(dataclasses.replace(SHORT, name="a", bins=bins)) for bins in (1024, 1536)}
    assert len(places) == 2
    assert all(place.exists() for place in places)


def test_weights_that_lack_an_array_or_have_another_shape_are_refused(tmp_path: Path) -> None:
    arrays = dict(weights.load(SHORT))
    for name, array, detail in (
        ("conv2d_transpose_5/kernel", None, "missing"),
        ("batch_normalization_11/gamma", np.zeros(2, np.float32), "shape"),
    ):
        changed = {key: value for key, value in arrays.items() if key != name}
        if array is not None:
            changed[name] = array
        with pytest.raises(ModelDamagedError, match=detail):
            graph.build(SHORT, changed)


def test_only_u_nets_of_whole_pictures_are_supported() -> None:
    assert all(graph_cache.supports(model) == (not name.startswith("demucs:")) for name, model in catalogue.models().items())
    assert not graph_cache.supports(dataclasses.replace(SHORT, function="blstm.apply_blstm"))
    assert not graph_cache.supports(dataclasses.replace(SHORT, chunk_frames=100))


def test_where_nothing_can_be_written_beside_the_weights_the_cache_is_used(
    checkpoints: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = checkpoints("2stems") / "2stems"
    folder = shutil.copytree(source, paths.models_folder() / "2stems")
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if folder in target.parents:
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    model = dataclasses.replace(catalogue.find("2stems"), chunk_frames=64)
    assert paths.graphs_folder() in graph_cache.graph_of(model).parents
    assert not list(folder.glob("*.graph*")) + list(folder.glob(".graph-*"))


def test_where_nothing_can_be_written_at_all_it_is_an_output_error(tmp_path: Path) -> None:
    blocked = paths.graphs_folder()
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file where the folder should be")
    with pytest.raises(OutputNotWritableError):
        graph_cache.graph_of(SHORT)


BUILD = """
import dataclasses
from core.models import catalogue, graph_cache
print(graph_cache.graph_of(dataclasses.replace(catalogue.find("builtin"), chunk_frames=64)))
"""


def test_processes_that_build_at_the_same_time_end_with_one_whole_graph() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", BUILD]
    programs = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) for _ in range(4)
    ]
    said = {program.communicate()[0].strip() for program in programs}
    assert all(program.returncode == 0 for program in programs)
    (place,) = said
    onnx.checker.check_model(place, full_check=True)
    assert [path.name for path in Path(place).parents[1].iterdir() if not path.name.endswith("lock")] == [
        Path(place).parent.name
    ]
