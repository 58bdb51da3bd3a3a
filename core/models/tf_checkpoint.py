"""Reads TensorFlow's checkpoints ("tensor bundles", the V2 format) without TensorFlow.

``<prefix>.index`` is a table in LevelDB's format (tensorflow/core/lib/io/format.h and block.cc) from a tensor's name to a
protobuf message (tensorflow/core/protobuf/tensor_bundle.proto), which says where in ``<prefix>.data-00000-of-00001`` the
tensor's bytes are (tensorflow/core/util/tensor_bundle). Everything that is used is held against its checksum, and sizes
are believed only as far as the files reach.
"""

import math
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import google_crc32c
import numpy as np

from core.arrays import FloatArray
from core.files import read_small

_FOOTER = 48  # two block handles, padded to 40 bytes, and the magic number
_MAGIC = 0xDB4775248B80FB57
_LONGEST_STATE, _LONGEST_INDEX = 1_000_000, 16_000_000  # bytes; Spleeter's have some hundreds and some ten thousands
_MOST_DIMENSIONS = 32
_FORMAT = 1  # TensorFlow has not needed another yet
_BFLOAT16 = 14  # by the numbers in tensorflow/core/framework/types.proto
_TYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 2: np.dtype("<f8"), 19: np.dtype("<f2"), _BFLOAT16: np.dtype("<u2")}

# A line of a text protobuf, which TensorFlow writes with escapes for all but ASCII.
_LATEST = re.compile(rb"""^[ \t]*model_checkpoint_path[ \t]*:[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')""", re.M)


class CheckpointError(ValueError):
    """The checkpoint is damaged, incomplete, or of a kind that is not supported; the message says which."""


def latest(folder: Path) -> Path | None:
    """The prefix of the newest checkpoint in ``folder``, or None when its file ``checkpoint`` is missing or names none.

    Of the recorded path only the last part counts: the folder may have been moved since, even from another system.
    """
    state = folder / "checkpoint"
    try:
        recorded = _LATEST.findall(read_small(state, _LONGEST_STATE)) if state.is_file() else []
    except ValueError:
        return None
    if not recorded:
        return None
    try:
        path = b"".join(recorded[-1]).decode("unicode_escape").encode("latin-1").decode()
    except UnicodeError:
        return None
    name = Path(re.split(r"[/\\]", path)[-1]).name
    return folder / name if name else None


def read(prefix: Path, wanted: Callable[[str], bool], largest: int | None = None) -> dict[str, FloatArray]:
    """Those tensors of the checkpoint whose name is ``wanted``, of at most ``largest`` bytes together if that is given.

    Raises CheckpointError, or OSError as opening files does.
    """
    shards, entries = _read_index(Path(f"{prefix}.index"), wanted)
    # Each counts, also where many are said to be the same bytes.
    if largest is not None and sum(entry.size for entry in entries) > largest:
        raise CheckpointError("it holds too much")
    tensors = {}
    for shard, in_shard in groupby(sorted(entries), key=lambda entry: entry.shard):
        with _open(_data_file(prefix, shard, shards)) as file:
            tensors.update({entry.name: _read_tensor(file, entry) for entry in in_shard})
    return tensors


def problem(prefix: Path) -> str:
    """What is missing of the checkpoint, without reading the tensors themselves; empty if nothing. Raises OSError."""
    try:
        shards, entries = _read_index(Path(f"{prefix}.index"), lambda name: True)
        needed: dict[int, int] = defaultdict(int)
        for entry in entries:
            needed[entry.shard] = max(needed[entry.shard], entry.offset + entry.size)
        for shard, size in needed.items():
            data = _data_file(prefix, shard, shards)
            with _open(data) as file:
                if file.seek(0, os.SEEK_END) < size:
                    raise CheckpointError(f"{data.name} is too short")
    except CheckpointError as error:
        return str(error)
    return ""


class _Entry(NamedTuple):
    """Where a tensor is, and what. Sorts in the order in which the tensors lie in the files."""

    shard: int
    offset: int
    size: int
    checksum: int
    type: int
    shape: tuple[int, ...]
    name: str


def _read_tensor(file: BinaryIO, entry: _Entry) -> FloatArray:
    if entry.type not in _TYPES:
        raise CheckpointError(f"{entry.name} has values of an unsupported type")
    data = _read_at(file, entry.offset, entry.size)
    if not _is_intact(data, entry.checksum) or entry.size != math.prod(entry.shape) * _TYPES[entry.type].itemsize:
        raise CheckpointError(f"{entry.name} is damaged")
    values = np.frombuffer(data, _TYPES[entry.type])
    if entry.type == _BFLOAT16:  # the upper half of a float32
        values = (values.astype("<u4") << 16).view("<f4")
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return values.astype(np.float32, copy=False).reshape(entry.shape)
    except (ValueError, OverflowError) as error:  # too many dimensions, or beside one of length 0 too long ones
        raise CheckpointError(f"{entry.name} has an impossible shape") from error


def _read_index(path: Path, wanted: Callable[[str], bool]) -> tuple[int, list[_Entry]]:
    """The number of data files, and the wanted entries."""
    with _open(path) as file:
        if file.seek(0, os.SEEK_END) > _LONGEST_INDEX:
            raise CheckpointError("the index is far too large")
        table = _read_table(file)
        key, value = next(table, (b"", b""))
        header, parts = _parse_message(value)
        if key or not value:  # the header has the empty key, the first of all
            raise _damaged_index()
        if header[2]:
            raise CheckpointError("checkpoints of big-endian machines are not supported")
        if _parse_message(b"".join(parts[3]))[0][2] > _FORMAT:
            raise CheckpointError("the checkpoint is of a newer format")
        # A key that is no name (of a slice of a tensor) can be anything; it is wanted by nobody.
        named = ((key.decode(errors="backslashreplace"), value) for key, value in table)
        return header[1], [_parse_entry(name, value) for name, value in named if wanted(name)]


def _parse_entry(name: str, message: bytes) -> _Entry:
    numbers, parts = _parse_message(message)
    if parts[7]:
        raise CheckpointError(f"{name} is stored in slices, which is not supported")
    _, shape = _parse_message(b"".join(parts[2]))
    lengths = tuple(_parse_message(dimension)[0][1] for dimension in shape[2][:_MOST_DIMENSIONS])
    if len(shape[2]) > len(lengths):
        raise CheckpointError(f"{name} has an impossible shape")
    return _Entry(numbers[3], numbers[4], numbers[5], numbers[6], numbers[1], lengths, name)


class _Bytes:
    """Bytes to be taken from the front; whoever wants more than there are learns that they are damaged."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def __bool__(self) -> bool:
        return self.position < len(self.data)

    def take(self, size: int) -> bytes:
        start, self.position = self.position, self.position + size
        if not start <= self.position <= len(self.data):
            raise _damaged_index()
        return self.data[start : self.position]

    def take_varint(self) -> int:
        """Seven bits a byte, the lowest first; all but the last byte have the eighth bit set."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise _damaged_index()


def _parse_message(message: bytes) -> tuple[dict[int, int], dict[int, list[bytes]]]:
    """A protobuf message's numbers and its byte strings (which may be messages), by field; 0 and [] where there are none."""
    numbers: dict[int, int] = defaultdict(int)
    strings: dict[int, list[bytes]] = defaultdict(list)
    rest = _Bytes(message)
    while rest:
        tag = rest.take_varint()
        field, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            numbers[field] = rest.take_varint()
        elif wire_type == 2:
            strings[field].append(rest.take(rest.take_varint()))
        elif wire_type in (1, 5):
            numbers[field] = int.from_bytes(rest.take(8 if wire_type == 1 else 4), "little")
        else:
            raise _damaged_index()
    return numbers, strings


def _read_table(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """All keys and values in a file, in order."""
    footer = _Bytes(_read_at(file, -_FOOTER, _FOOTER))
    if int.from_bytes(footer.data[-8:], "little") != _MAGIC:
        raise _damaged_index()
    for _ in ("offset", "size"):  # of a block of metadata, which TensorFlow leaves empty
        footer.take_varint()
    last = None
    for _, handle in _read_block(file, footer):
        for key, value in _read_block(file, _Bytes(handle)):
            if last is not None and key <= last:  # nor does any block come twice
                raise _damaged_index()
            yield key, value
            last = key


def _read_block(file: BinaryIO, handle: _Bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values in one block; ``handle`` says where it is."""
    offset, size = handle.take_varint(), handle.take_varint()
    stored = _Bytes(_read_at(file, offset, size + 5))
    contents = stored.take(size + 1)
    if not _is_intact(contents, int.from_bytes(stored.take(4), "little")):
        raise _damaged_index()
    block, compression = contents[:-1], contents[-1]
    if compression:  # TensorFlow reads that, but does not write it
        raise CheckpointError("a compressed index is not supported")
    restarts = int.from_bytes(block[-4:], "little")  # an array of places to begin to read from, at the end; of no use here
    rest = _Bytes(_Bytes(block).take(len(block) - 4 * (restarts + 1)))
    key = b""
    while rest:
        shared, unshared, length = rest.take_varint(), rest.take_varint(), rest.take_varint()
        key = _Bytes(key).take(shared) + rest.take(unshared)
        yield key, rest.take(length)


def _data_file(prefix: Path, shard: int, shards: int) -> Path:
    return Path(f"{prefix}.data-{shard:05d}-of-{shards:05d}")


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, ValueError) as error:  # ValueError: such a name no file can have
        raise CheckpointError(f"{path.name} is missing") from error


def _read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """``size`` bytes from ``offset``, which counts from the end where it is negative."""
    length = file.seek(0, os.SEEK_END)
    start = offset if offset >= 0 else length + offset
    if not 0 <= start <= length - size:
        raise CheckpointError(f"{Path(file.name).name} is too short")
    file.seek(start)
    return file.read(size)


def _is_intact(data: bytes, masked: int) -> bool:
    """Whether the masked CRC-32C fits (masked, as in the format, because data with checksums in it gets one, too)."""
    checksum: int = google_crc32c.value(data)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF == masked


def _damaged_index() -> CheckpointError:
    return CheckpointError("the index is damaged")
