"""What FFmpeg does not write of itself: tracks by name, the edits of an MP4, the gain in an Opus header."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition

from tests.support import songs
from tests.support.songs import RATE

_PARENTS = (b"moov", b"trak", b"edts")


@dataclass(frozen=True)
class Recording:
    """A track to be written: samples (n, channels)."""

    samples: np.ndarray
    language: str | None = None
    title: str | None = None
    default: bool = False
    rate: int = RATE
    start_s: float = 0.0


def write_tracks(path: Path, recordings: list[Recording], codec: str = "aac") -> Path:
    """A file of several audio tracks."""
    with av.open(str(path), "w") as container:
        streams: list[Any] = []
        for recording in recordings:
            stream: Any = container.add_stream(codec, rate=recording.rate, layout=songs.LAYOUTS[recording.samples.shape[1]])
            stream.disposition = Disposition.default if recording.default else 0
            if recording.language:
                stream.metadata["language"] = recording.language
            if recording.title:
                stream.metadata["title"] = recording.title
            streams.append(stream)
        for stream, recording in zip(streams, recordings, strict=True):
            songs.encode(container, stream, recording.samples, recording.rate, recording.start_s)
    return path


def set_edits(path: Path, edits: list[tuple[int, int]]) -> Path:
    """Gives the tracks of an MP4 these edits: duration in ms, first sample (−1: silence). Its index has to be at its end.

    Layout: ISO/IEC 14496-12, 8.6.6.
    """
    entries = b"".join(struct.pack(">IiI", duration, first, 1 << 16) for duration, first in edits)
    edit_list = struct.pack(">4xI", len(edits)) + entries
    path.write_bytes(_with_box(path.read_bytes(), b"elst", lambda _: edit_list))
    return path


def _with_box(data: bytes, name: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The boxes ``data`` with the content of each box ``name`` in them changed."""
    parts = []
    position = 0
    while position < len(data):
        size, kind = struct.unpack(">I4s", data[position : position + 8])
        content = data[position + 8 : position + size]
        if kind in _PARENTS:
            content = _with_box(content, name, change)
        elif kind == name:
            content = change(content)
        parts.append(struct.pack(">I4s", len(content) + 8, kind) + content)
        position += size
    return b"".join(parts)


def set_caf_channels(path: Path, labels: list[int]) -> Path:
    """Says what each channel of a Core Audio Format file is: 1 left, 2 right, 3 centre, 4 low frequencies, 5, 6 surround.

    Layout: Apple Core Audio Format Specification 1.0, "Channel Layout Chunk".
    """
    data = path.read_bytes()
    descriptions = b"".join(struct.pack(">II3f", label, 0, 0, 0, 0) for label in labels)
    chunk = struct.pack(">III", 0, 0, len(labels)) + descriptions
    head, position = data[:8], 8
    while data[position : position + 4] != b"data":
        name, size = struct.unpack(">4sq", data[position : position + 12])
        if name != b"chan":
            head += data[position : position + 12 + size]
        position += 12 + size
    path.write_bytes(head + struct.pack(">4sq", b"chan", len(chunk)) + chunk + data[position:])
    return path


def set_opus_gain(path: Path, gain_db: float) -> Path:
    """Writes the output gain into the header of an Ogg Opus file (RFC 7845, section 5.1)."""
    data = bytearray(path.read_bytes())
    head = data.index(b"OpusHead")
    data[head + 16 : head + 18] = struct.pack("<h", round(gain_db * 256))
    size = head + data[head - 1]  # the first page holds this one packet, whose size is the last byte before it
    data[22:26] = bytes(4)
    data[22:26] = struct.pack("<I", _ogg_checksum(data[:size]))
    path.write_bytes(data)
    return path


def _ogg_checksum(page: bytes) -> int:
    """RFC 3533, section 6."""
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1) & 0xFFFFFFFF ^ (0x04C11DB7 if checksum & 0x80000000 else 0)
    return checksum
