"""Writes TensorFlow's checkpoints ("tensor bundles", the V2 format), which ``core.models.tf_checkpoint`` reads.

One file of data, and an index in one block of a LevelDB table, in which each key stands whole.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import numpy.typing as npt

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 40  # two block handles, padded
_TYPES = {"float32": 1, "int64": 9}  # tensorflow/core/framework/types.proto


def write(prefix: Path, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Writes ``<prefix>.index``, its data, and the file ``checkpoint`` that names it. Float32 and int64. Raises OSError."""
    entries = [(b"", _number(1, 1) + _text(3, _number(1, 1)))]  # one shard, little-endian, version 1
    offset = 0
    with Path(f"{prefix}.data-00000-of-00001").open("wb") as file:
        for name in sorted(tensors, key=str.encode):
            array = np.asarray(tensors[name])
            data = array.tobytes()
            file.write(data)
            shape = b"".join(_text(2, _number(1, length)) for length in array.shape)
            message = _number(1, _TYPES[array.dtype.name]) + _text(2, shape) + _number(4, offset) + _number(5, len(data))
            entries.append((name.encode(), message + b"\x35" + _checksum(data)))  # field 6, 32 bits
            offset += len(data)
    Path(f"{prefix}.index").write_bytes(_table(entries))
    state = f'model_checkpoint_path: "{prefix.name}"\nall_model_checkpoint_paths: "{prefix.name}"\n'
    prefix.with_name("checkpoint").write_text(state)


def _table(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A block of the entries, an empty one of metadata, one that leads to the first, and the footer."""
    data = _block(entries)
    meta = _block([])
    handle = _varint(0) + _varint(len(data) - 5)
    index = _block([(entries[-1][0] + b"\xff", handle)])
    places = _varint(len(data)) + _varint(len(meta) - 5) + _varint(len(data) + len(meta)) + _varint(len(index) - 5)
    return data + meta + index + places.ljust(_FOOTER, b"\0") + _MAGIC.to_bytes(8, "little")


def _block(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Keys and values, the places where they begin, no compression (0), and the checksum."""
    block, places = b"", []
    for key, value in entries:
        places.append(len(block))
        block += _varint(0) + _varint(len(key)) + _varint(len(value)) + key + value
    places = places or [0]  # a table has at least one
    block += b"".join(place.to_bytes(4, "little") for place in places) + len(places).to_bytes(4, "little") + b"\0"
    return block + _checksum(block)


def _checksum(data: bytes) -> bytes:
    """The masked CRC-32C (tensorflow/core/lib/hash/crc32c.h)."""
    checksum: int = google_crc32c.value(data)
    return (((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have the eighth bit set."""
    parts = []
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
