"""A model from anywhere: its files are weights and a description, take bounded memory, and lead nowhere else."""

import dataclasses
import json
import os
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from core import paths
from core.cancel import CancelToken
from core.errors import ModelConfigurationError, ModelDamagedError
from core.models import catalogue, graph_cache, records, store, weights
from core.models.catalogue import Model
from core.models.records import FileRecord, Record
from tests.support.archives import Member, packed

BUILTIN = catalogue.find("builtin")
MOST_MEMORY = 50_000_000


def npy(shape: str, data: bytes = b"", kind: str = "<f4", version: bytes = b"\x01\x00") -> bytes:
    """An array file that says of itself what it likes."""
    head = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}}}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(head)) + head + data


def npz(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def load(path: Path) -> weights.Weights:
    return weights.load(dataclasses.replace(BUILTIN, weights_file=path))


def refused(path: Path) -> str:
    """Why; in little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(ModelDamagedError) as caught:
            load(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    return str(caught.value.parameters["detail"])


@pytest.mark.parametrize(
    "content",
    [
        npy("(1000000000000,)"),
        npy("(9223372036854775807, 9223372036854775807)"),
        npy("(-1,)", b"1234"),
        npy("(2,)", b"1234"),
        npy("(1,)", b"12345"),
        npy("()", b"12345678", "|O"),
        npy("(1,)", b"1234", "|V4"),
        npy("(1,)", b"1234", "<U1"),
        npy("(1,)", b"12345678", "<c8"),
        npy("(1,)", b"12345678", "<m8"),
        npy("(1,)", b"1234", version=b"\x09\x00"),
        npy("(" * 90 + ")" * 90),
        npy("__import__('os')"),
        npy("(1,"),
        b"\x93NUMPY",
        b"",
        b"GIF89a",
    ],
    ids=range(17),
)
def test_an_array_that_is_not_what_it_says_is_refused_without_making_room_for_it(content: bytes, tmp_path: Path) -> None:
    refused(npz(tmp_path / "weights.npz", {"conv2d/kernel": content}))


def test_whole_arrays_of_all_sizes_of_numbers_are_read(tmp_path: Path) -> None:
    arrays = {"a": np.float16([1.5]), "b": np.arange(6.0).reshape(2, 3), "c": np.asfortranarray(np.eye(3, dtype=np.float32))}
    np.savez_compressed(tmp_path / "weights.npz", **arrays)  # type: ignore[arg-type]
    found = load(tmp_path / "weights.npz")
    assert all(np.array_equal(found[name], array) and found[name].dtype == np.float32 for name, array in arrays.items())


def test_a_bomb_of_zeros_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "LARGEST", 40_000_000)
    zeros = npy("(5000000,)", bytes(20_000_000))
    assert load(npz(tmp_path / "one.npz", {"a": zeros}))["a"].shape == (5_000_000,)
    assert refused(npz(tmp_path / "three.npz", {"a": zeros, "b": zeros, "c": zeros})) == "it holds too much"
    assert (tmp_path / "three.npz").stat().st_size < 100_000


@pytest.mark.parametrize("kind", ["encrypted", "unknown", "damaged", "lying"])
def test_odd_archives_are_refused(kind: str, tmp_path: Path) -> None:
    path = npz(tmp_path / "weights.npz", {"a": npy("(1000,)", bytes(range(250)) * 16)})
    data = bytearray(path.read_bytes())
    central = data.rfind(b"PK\x01\x02")
    if kind == "encrypted":
        data[6] |= 1
        data[central + 8] |= 1
    elif kind == "unknown":
        data[8:10] = data[central + 10 : central + 12] = b"\x63\x00"
    elif kind == "damaged":
        data[60:90] = bytes(range(30))
    else:
        data[central + 24 : central + 28] = struct.pack("<I", 100)
    path.write_bytes(data)
    refused(path)


CONFIGURATION: dict[str, Any] = json.loads((Path(str(BUILTIN.weights_file)).parent / "config.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "changes",
    [
        {"T": 10**9},
        {"T": 2**70},
        {"frame_length": 2**40},
        {"frame_length": 2**40, "F": 2**39},
        {"sample_rate": 10**12},
        {"separation_exponent": 1e308},
        {"separation_exponent": -1},
        {"separation_exponent": 0},
        {"instrument_list": [f"stem {number}" for number in range(1000)]},
        {"instrument_list": ["../../outside"]},
        {"instrument_list": ["<img src=x>"]},
        {"instrument_list": ["\u202eslacov"]},
        {"model": {"type": "unet.unet", "params": {"input_roots": 10**9}}},
    ],
    ids=str,
)
def test_a_configuration_that_would_take_all_memory_or_deceive_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIGURATION | {"model_dir": "x"} | changes))
    with pytest.raises(ModelConfigurationError):
        catalogue.find(str(path))


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"instrument_list":' * 50_000,
        b'{"T":' + b"9" * 500_000 + b"}",
        b'{"T":1e999}',
        b'{"T":NaN}',
        b"\xff\xfe{",
    ],
    ids=range(6),
)
def test_a_configuration_that_is_no_sound_json_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ModelConfigurationError):
        catalogue.find(str(tmp_path / "config.json"))


def test_a_configuration_without_end_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "config.json").open("wb") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(ModelConfigurationError, match="too large"):
        catalogue.find(str(tmp_path / "config.json"))


def own_archive(tmp_path: Path, *more: Member) -> Path:
    members = [
        Member("mine/config.json", json.dumps(CONFIGURATION).encode()),
        Member("mine/weights.npz", Path(str(BUILTIN.weights_file)).read_bytes()),
    ]
    path = tmp_path / "mine.tar.gz"
    path.write_bytes(packed([*members, *more]))
    return path


def add(source: Path) -> Model:
    return store.add(source, CancelToken(), lambda transfer: None, "mine")[0]


def test_of_an_archive_only_the_model_is_kept_and_no_ready_made_graph(tmp_path: Path) -> None:
    key = graph_cache.weights_key(add(own_archive(tmp_path)))
    store.remove(catalogue.find("mine"))
    graph = f"mine/mine-512x1024-{key}.graph"
    crafted = [Member(f"{graph}/{name}", b"crafted") for name in (graph_cache.GRAPH, graph_cache.ARRAYS, graph_cache.CHECK)]
    model = add(own_archive(tmp_path, *crafted, Member("mine/antara.json", b"{}"), Member("mine/README", b"read me")))
    folder = model.locate_weights()
    assert {path.name for path in folder.iterdir()} == {"config.json", "weights.npz", "README", "antara.json"}
    store.verify(model, CancelToken())


@pytest.mark.parametrize(
    "name", ["/dev/zero", "../neighbour/weights.npz", "a/../../neighbour", "/etc/passwd", "", "..", "a\0b"], ids=ascii
)
def test_a_record_leads_to_no_file_outside_its_folder(name: str, tmp_path: Path) -> None:
    """/dev/zero would be read for ever."""
    (tmp_path / "model").mkdir()
    record = Record("here", "2026-11-21", {name: FileRecord(0, "0" * 64)})
    (tmp_path / "model" / records.FILE).write_bytes(msgspec.json.encode(record))
    assert records.read(tmp_path / "model") is None
    assert records.problem(tmp_path / "model") == f"{records.FILE} is damaged"


def test_a_record_without_end_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / records.FILE).open("wb") as file:
        file.truncate(1 << 40)
    assert records.read(tmp_path) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_what_stands_in_a_folder_as_weights_may_be_no_pipe(tmp_path: Path) -> None:
    """Opening one would wait for ever."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIGURATION))
    os.mkfifo(tmp_path / "weights.npz")
    with pytest.raises(ModelDamagedError):
        add(tmp_path)
    assert list(paths.models_folder().glob("mine")) == []
