"""The reader of TensorFlow's checkpoints: what TensorFlow reads, or a CheckpointError, whatever happened to the files."""

import random
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import pytest

from core import tensorflow_runtime
from core.models import tf_checkpoint
from core.models.tf_checkpoint import CheckpointError

ROOT = Path(__file__).parents[2]
SMALL = {
    "a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a/bias": np.float32(-1.5),
    "b/kernel": np.ones(9, np.float32),
}


def save(prefix: Path, arrays: Mapping[str, Any], slices: str = "") -> Path:
    """A checkpoint written by TensorFlow."""
    tf = tensorflow_runtime.load()
    tensors = [tf.constant(array) for array in arrays.values()]
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=list(arrays), shape_and_slices=[slices] * len(tensors), tensors=tensors
    )
    return prefix


def read_all(prefix: Path) -> dict[str, np.ndarray]:
    return dict(tf_checkpoint.read(prefix, lambda name: True))


def same(some: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Whether the arrays are bit-identical as float32."""
    return some.keys() == others.keys() and all(
        array.dtype == np.float32
        and array.flags.c_contiguous
        and array.shape == np.shape(others[name])
        and array.tobytes() == np.asarray(others[name]).astype(np.float32).tobytes()
        for name, array in some.items()
    )


def assert_read_as_tensorflow_does(prefix: Path, count: int) -> None:
    reader = tensorflow_runtime.load().train.load_checkpoint(str(prefix))
    expected = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    assert len(expected) == count
    assert same(read_all(prefix), expected)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return save(tmp_path / "small", SMALL)


# --- What TensorFlow writes


def test_spleeters_checkpoint_is_read_bit_for_bit_as_tensorflow_reads_it(checkpoints: Callable[[str], Path]) -> None:
    prefix = tf_checkpoint.latest(checkpoints("2stems") / "2stems")
    assert prefix is not None
    reader = tensorflow_runtime.load().train.load_checkpoint(str(prefix))
    names = [name for name in reader.get_variable_to_shape_map() if name != "global_step"]
    weights = tf_checkpoint.read(prefix, lambda name: name != "global_step")
    assert len(names) == 2 * (13 * 2 + 12 * 4)
    assert same(weights, {name: reader.get_tensor(name) for name in names})


def test_the_layout_of_spleeters_archives_is_read(tmp_path: Path) -> None:
    """Four files, a relative path in ``checkpoint``, and what macOS leaves beside them."""
    folder = tmp_path / "2stems"
    folder.mkdir()
    save(folder / "model", SMALL)
    (folder / "checkpoint").write_text('model_checkpoint_path: "model"\nall_model_checkpoint_paths: "model"\n')
    (folder / "model.meta").write_bytes(b"\n\x00")
    (folder / "._checkpoint").write_bytes(b"\x00\x05\x16\x07" + bytes(172))
    prefix = tf_checkpoint.latest(folder)
    assert prefix == folder / "model"
    assert same(read_all(prefix), SMALL)


def test_all_float_types_and_shapes_are_read_as_float32(tmp_path: Path) -> None:
    tf = tensorflow_runtime.load()
    values = np.array([[0.0, -0.0, 1.1, -np.inf], [np.nan, 3e-39, 65504, 1e-7]])
    arrays: dict[str, Any] = {
        dtype.name: tf.cast(values, dtype) for dtype in (tf.float32, tf.float64, tf.float16, tf.bfloat16)
    }
    arrays |= {
        "scalar": np.float32(2.5),
        "empty": np.zeros(0, np.float32),
        "empty, 3-D": np.zeros((3, 0, 2), np.float32),
        "many dimensions": np.arange(4, dtype=np.float32).reshape(1, 1, 2, 1, 1, 2, 1, 1),
        "अंतरा/kernel": np.ones(3, np.float32),
    }
    assert_read_as_tensorflow_does(save(tmp_path / "types", arrays), len(arrays))


def test_a_double_too_large_for_float32_is_infinite_and_no_warning(tmp_path: Path) -> None:
    read = read_all(save(tmp_path / "large", {"x": np.array([1e300, -1e300])}))
    assert read["x"].tolist() == [np.inf, -np.inf]


def test_an_index_of_several_blocks_is_read(tmp_path: Path) -> None:
    dice = random.Random(1)
    arrays = {f"{dice.getrandbits(1600):x}/{i}": np.full(i % 5, i, np.float32) for i in range(2000)}
    prefix = save(tmp_path / "many", arrays)
    assert Path(f"{prefix}.index").stat().st_size > 3 * 262144  # the size of a block
    assert_read_as_tensorflow_does(prefix, 2000)


def test_several_data_files_are_read(tmp_path: Path) -> None:
    tf = tensorflow_runtime.load()
    parts = [save(tmp_path / f"part{i}", {f"{i}/x": np.full(5, i, np.float32), f"{i}/y": np.float32(i)}) for i in range(3)]
    prefix = tmp_path / "merged"
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=[str(part) for part in parts], destination_prefix=str(prefix))
    assert len(list(tmp_path.glob("merged.data-0000?-of-00003"))) == 3
    assert_read_as_tensorflow_does(prefix, 6)
    (tmp_path / "merged.data-00001-of-00003").unlink()
    assert len(tf_checkpoint.read(prefix, lambda name: not name.startswith("1/"))) == 4
    with pytest.raises(CheckpointError, match=r"^merged\.data-00001-of-00003 is missing$"):
        read_all(prefix)


def test_only_wanted_tensors_are_read(small: Path) -> None:
    data = Path(f"{small}.data-00000-of-00001")
    damaged = bytearray(data.read_bytes())
    damaged[-1] ^= 1  # in b/kernel
    data.write_bytes(damaged)
    read = tf_checkpoint.read(small, lambda name: name.startswith("a/"))
    assert same(read, {name: SMALL[name] for name in ("a/kernel", "a/bias")})
    with pytest.raises(CheckpointError, match=r"^b/kernel is damaged$"):
        read_all(small)


# --- What is not supported


def test_values_that_are_no_floats_are_refused_where_they_are_wanted(tmp_path: Path) -> None:
    prefix = save(tmp_path / "step", {"global_step": np.int64(7), "text": np.array(["a", "b"]), "x": np.float32(1)})
    assert read_x(prefix) == 1
    for name in ("global_step", "text"):
        with pytest.raises(CheckpointError, match=f"^{name} has values of an unsupported type$"):
            tf_checkpoint.read(prefix, lambda other, name=name: other == name)  # type: ignore[misc]


def read_x(prefix: Path) -> float:
    return float(tf_checkpoint.read(prefix, lambda name: name == "x")["x"])


def test_a_tensor_in_slices_is_refused(tmp_path: Path) -> None:
    prefix = save(tmp_path / "sliced", {"x": np.zeros((2, 3), np.float32)}, slices="4 3 0,2:-")
    with pytest.raises(CheckpointError, match=r"^x is stored in slices"):
        tf_checkpoint.read(prefix, lambda name: name == "x")


# --- Indexes that TensorFlow would not write. ``table`` makes them, with checksums that are right.


def varint(number: int) -> bytes:
    return bytes([number & 0x7F | 0x80]) + varint(number >> 7) if number > 0x7F else bytes([number])


def masked(data: bytes) -> int:
    checksum = google_crc32c.value(data)
    return ((checksum >> 15 | checksum << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def stored(block: bytes, compression: int = 0) -> bytes:
    block += bytes([compression])
    return block + masked(block).to_bytes(4, "little")


def block(entries: Mapping[bytes, bytes]) -> bytes:
    content = b"".join(b"\0" + varint(len(key)) + varint(len(value)) + key + value for key, value in entries.items())
    return content + bytes(4) + (1).to_bytes(4, "little")


def table(*blocks: bytes, compression: int = 0) -> bytes:
    file, handles = b"", {}
    for last_key, data in zip((b"x", b"y"), blocks, strict=False):
        handles[last_key] = varint(len(file)) + varint(len(data))
        file += stored(data, compression)
    index = block(handles)
    return file + stored(index) + end(len(file), len(index))


def end(offset: int, size: int) -> bytes:
    return (bytes(2) + varint(offset) + varint(size)).ljust(40, b"\0") + 0xDB4775248B80FB57.to_bytes(8, "little")


def header(**fields: Any) -> bytes:
    tensorflow_runtime.load()
    from tensorflow.core.protobuf.tensor_bundle_pb2 import BundleHeaderProto

    message: bytes = BundleHeaderProto(**{"num_shards": 1, **fields}).SerializeToString()
    return message


def entry(data: bytes, shape: tuple[int, ...], **fields: int) -> bytes:
    from tensorflow.core.protobuf.tensor_bundle_pb2 import BundleEntryProto

    message = BundleEntryProto(**{"dtype": 1, "size": len(data), "crc32c": masked(data), **fields})
    for length in shape:
        message.shape.dim.add(size=length)
    serialized: bytes = message.SerializeToString()
    return serialized


def write(folder: Path, index: bytes, data: bytes) -> Path:
    (folder / "made.index").write_bytes(index)
    (folder / "made.data-00000-of-00001").write_bytes(data)
    return folder / "made"


ONE = np.float32(1).tobytes()


def test_the_tables_of_these_tests_are_tables(tmp_path: Path) -> None:
    entries = [{b"": header(), b"x": entry(ONE, ())}, {b"y": entry(2 * ONE, (2, 1))}]
    assert_read_as_tensorflow_does(write(tmp_path, table(*map(block, entries)), 2 * ONE), 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: table(block({b"": header(endianness=1)})), "big-endian"),
        (lambda: table(block({b"": header(version={"min_consumer": 2})})), "newer"),
        (lambda: table(block({b"": header(version={"producer": 2, "min_consumer": 1})})), None),
        (lambda: table(block({b"": header()}), compression=1), "compressed"),
        (lambda: table(block({b"x": entry(ONE, ())})), "damaged"),  # no header
        (lambda: table(), "damaged"),  # nothing at all
        (lambda: table(block({b"": header()}), block({b"": header()})), "damaged"),
        (lambda: table(block({b"": header(), b"y": entry(ONE, ()), b"x": entry(ONE, ())})), "damaged"),
        (lambda: table(block({b"": header(), b"x": b"\x0b\x0c"})), "damaged"),  # a group, which protobuf no longer has
        (lambda: table(block({b"": header(), b"x": b"\x08" + 10 * b"\x80" + b"\x00"})), "damaged"),  # a number too long
        (lambda: table(block({b"": header()}), block({b"x": entry(ONE, ())})[:-4] + 4 * b"\xff"), "damaged"),
        (lambda: table(block({b"": header()}), b""), "damaged"),
        (lambda: table(b"\x01\x00\x00" + block({b"": header()})), "damaged"),  # shares a byte with no key
        (lambda: stored(block({b"": varint(0)})) + end(2**63, 5), "too short"),
        (lambda: stored(block({b"": varint(0)})) + end(0, 2**63), "too short"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (), offset=2**62)})), "too short"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (), offset=-1)})), "too short"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (2**60,), size=2**62)})), "too short"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (), shard_id=7)})), "missing"),
        (lambda: table(block({b"": header(num_shards=0), b"x": entry(ONE, ())})), "damaged"),
        (lambda: table(block({b"": header(num_shards=2**31 - 1), b"x": entry(ONE, ())})), "missing"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (), crc32c=1)})), "x is damaged"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (2,))})), "x is damaged"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (-1,))})), "x is damaged"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (), dtype=0)})), "type"),
        (lambda: table(block({b"": header(), b"x": entry(b"", (0, -1))})), "shape"),
        (lambda: table(block({b"": header(), b"x": entry(b"", (0, 2**62, 2**62))})), "shape"),
        (lambda: table(block({b"": header(), b"x": entry(ONE, (1,) * 200)})), "shape"),
        (lambda: table(block({b"": header(), b"\x00\xff": b"?", b"x": entry(ONE, ())})), "damaged"),
    ],
)
def test_absurd_indexes_are_refused_without_delay_and_without_memory(
    make: Callable[[], bytes], message: str | None, tmp_path: Path
) -> None:
    prefix = write(tmp_path, make(), 2 * ONE)
    tracemalloc.start()
    try:
        if message is None:
            read_all(prefix)
        else:
            with pytest.raises(CheckpointError, match=message):
                read_all(prefix)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_tensors_that_are_all_the_same_bytes_are_counted_each(tmp_path: Path) -> None:
    entries = {f"x{number:03}".encode(): entry(ONE, ()) for number in range(100)}
    prefix = write(tmp_path, table(block({b"": header(), **entries})), ONE)
    assert len(tf_checkpoint.read(prefix, lambda name: True, 400)) == 100
    with pytest.raises(CheckpointError, match="too much"):
        tf_checkpoint.read(prefix, lambda name: True, 399)


def test_files_that_could_not_be_so_large_are_not_read(tmp_path: Path) -> None:
    prefix = write(tmp_path, table(block({b"": header(), b"x": entry(ONE, ())})), ONE)
    state = tmp_path / "checkpoint"
    state.write_text('model_checkpoint_path: "made"\n')
    assert tf_checkpoint.latest(tmp_path) == prefix
    for file in (state, Path(f"{prefix}.index")):
        with file.open("r+b") as grown:
            grown.truncate(1 << 40)  # sparse
    tracemalloc.start()
    try:
        assert tf_checkpoint.latest(tmp_path) is None
        assert tf_checkpoint.problem(prefix) == "the index is far too large"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_key_that_is_no_text_and_not_wanted_does_not_matter(tmp_path: Path) -> None:
    index = table(block({b"": header(), b"\x00\xff": b"?", b"x": entry(ONE, ())}))
    assert read_x(write(tmp_path, index, ONE)) == 1


def test_an_index_that_is_wrong_under_right_checksums_never_does_worse_than_a_checkpoint_error(tmp_path: Path) -> None:
    dice = random.Random(2)
    good = block({b"": header(), b"x": entry(ONE, ()), b"y": entry(2 * ONE, (2, 1)), b"z": entry(b"", (0, 3), offset=8)})
    prefix = write(tmp_path, table(good), 2 * ONE)
    refused = 0
    for _ in range(2000):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 3)):
            bad[dice.randrange(len(bad))] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
        Path(f"{prefix}.index").write_bytes(table(bytes(bad)))
        try:
            read_all(prefix)
        except CheckpointError:
            refused += 1
    assert refused > 1000


# --- Damage


def outcome(prefix: Path) -> bool:
    """Whether the tensors are what they were; False when they were refused."""
    try:
        read = read_all(prefix)
    except CheckpointError:
        return False
    assert same(read, SMALL)
    return True


def test_an_index_cut_off_anywhere_is_refused(small: Path) -> None:
    path = Path(f"{small}.index")
    whole = path.read_bytes()
    assert outcome(small)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert not outcome(small), length


def test_every_flipped_bit_of_the_index_is_noticed_except_where_nothing_is_kept(small: Path) -> None:
    path = Path(f"{small}.index")
    whole = path.read_bytes()
    unnoticed = set()
    for position in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[position] ^= 1 << bit
            path.write_bytes(flipped)
            if outcome(small):
                unnoticed.add(position)
    footer = len(whole) - 48
    unused = set(range(whole.index(stored(block({}))), footer)) | set(range(footer, footer + 40))
    assert unnoticed < unused  # the empty block, where it is, and the footer's padding
    assert len(unnoticed) < 13 + 40


@pytest.mark.parametrize("which", ["index", "data-00000-of-00001"])
def test_other_bytes_in_place_of_a_file_are_refused(which: str, small: Path) -> None:
    path = Path(f"{small}.{which}")
    size = path.stat().st_size
    for content in (b"", bytes(size), bytes(1 << 16), random.Random(3).randbytes(size), b"<!DOCTYPE html>" * 100):
        path.write_bytes(content)
        assert not outcome(small)


def test_data_cut_off_anywhere_are_refused(small: Path) -> None:
    path = Path(f"{small}.data-00000-of-00001")
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert not outcome(small), length


def test_every_flipped_bit_of_the_data_is_noticed(small: Path) -> None:
    path = Path(f"{small}.data-00000-of-00001")
    whole = path.read_bytes()
    for position in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[position // 8] ^= 1 << position % 8
        path.write_bytes(flipped)
        assert not outcome(small), position


def test_missing_files_are_named(small: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"^nothing\.index is missing$"):
        read_all(tmp_path / "nothing")
    with pytest.raises(CheckpointError, match=r"is missing$"):
        read_all(tmp_path / "no\0name")
    Path(f"{small}.data-00000-of-00001").unlink()
    with pytest.raises(CheckpointError, match=r"^small\.data-00000-of-00001 is missing$"):
        read_all(small)


def test_a_file_that_cannot_be_opened_is_the_systems_error(tmp_path: Path) -> None:
    (tmp_path / "model.index").mkdir()
    with pytest.raises(OSError, match=r"model\.index"):
        read_all(tmp_path / "model")


# --- Which checkpoint is the latest


@pytest.mark.parametrize(
    "name", ["model", "model.ckpt-200000", "मेरा मॉडल", 'it\'s a "model"', "tab\tand\nline", "ünïcode ☃"]
)
def test_the_latest_checkpoint_is_found_by_its_name_after_the_folder_was_moved(name: str, tmp_path: Path) -> None:
    tf = tensorflow_runtime.load()
    written = tmp_path / "पुराना folder"
    written.mkdir()
    tf.compat.v1.train.update_checkpoint_state(
        str(written), str(written / name), [str(written / "older"), str(written / name)]
    )
    assert tf_checkpoint.latest(written) == Path(tf.train.get_checkpoint_state(str(written)).model_checkpoint_path)
    moved = Path(shutil.move(written, tmp_path / "new"))
    assert tf_checkpoint.latest(moved) == moved / name


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (rb'model_checkpoint_path: "C:\\Users\\me\\2stems\\model"', "model"),
        (rb'model_checkpoint_path: "D:/music/2stems/model"' + b"\r\n", "model"),
        (rb'model_checkpoint_path: "C:model"', "C:model" if sys.platform != "win32" else "model"),
        ("model_checkpoint_path: 'मॉडल'\n".encode(), "मॉडल"),
        (b'all_model_checkpoint_paths: "a"\nmodel_checkpoint_path:"b"\nall_model_checkpoint_paths: "c"', "b"),
        (b'model_checkpoint_path: "a"\nmodel_checkpoint_path: "b"\n', "b"),
        (rb'model_checkpoint_path: "\x6d\157del"', "model"),
        (b'all_model_checkpoint_paths: "a"', None),
        (b'model_checkpoint_path: ""', None),
        (b'model_checkpoint_path: "folder/"', None),
        (b'model_checkpoint_path: "."', None),
        (b'model_checkpoint_path: "cut o', None),
        (rb'model_checkpoint_path: "cut o\"', None),
        (rb'model_checkpoint_path: "\377"', None),
        (rb'model_checkpoint_path: "\x"', None),
        (b'model_checkpoint_path: "a\nb"', None),
        (b"", None),
        (bytes(1000), None),
    ],
)
def test_the_name_of_the_latest_checkpoint_is_taken_from_text_of_any_origin(
    content: bytes, name: str | None, tmp_path: Path
) -> None:
    (tmp_path / "checkpoint").write_bytes(content)
    assert tf_checkpoint.latest(tmp_path) == (tmp_path / name if name else None)


def test_there_is_no_latest_checkpoint_where_no_file_names_one(tmp_path: Path) -> None:
    assert tf_checkpoint.latest(tmp_path) is None
    assert tf_checkpoint.latest(tmp_path / "missing") is None
    (tmp_path / "checkpoint").mkdir()
    assert tf_checkpoint.latest(tmp_path) is None


def test_the_reader_loads_neither_tensorflow_nor_protobuf() -> None:
    script = (
        "import sys, core.models.tf_checkpoint; sys.exit(any(m in sys.modules for m in ('tensorflow', 'google.protobuf')))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0
