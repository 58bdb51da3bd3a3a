"""The length that a file declares, where its format states it exactly: a file with less in it was cut off."""

import struct
from pathlib import Path
from typing import IO

import av.container

# Containers whose declared length is exact, not estimated from the bit rate or made up from what is there.
_EXACT_CONTAINERS = {"flac", "aiff", "mov", "matroska", "caf"}

# Values of a WAV's size field that mean "unknown": a program that streamed could not come back to fill it in.
_UNKNOWN_SIZES = {0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFF000}


def declared_seconds(container: av.container.InputContainer, stream: av.AudioStream) -> float | None:
    """What the file says of its length, exact or not; None where it says nothing."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def exact_seconds(path: Path, container: av.container.InputContainer, stream: av.AudioStream) -> float | None:
    """The declared length of the sound where that is exact, else None."""
    formats = set(container.format.name.split(","))
    if "wav" in formats:
        with path.open("rb") as file:
            return wav_seconds(file)
    if "matroska" in formats and container.streams.video:
        return None  # its length may be the picture's
    # FFmpeg knows where an MP3 starts only from the encoder's own header, which also counts the frames.
    if formats & _EXACT_CONTAINERS or ("mp3" in formats and stream.start_time):
        return declared_seconds(container, stream)
    return None


def wav_seconds(file: IO[bytes]) -> float | None:
    """The length that a RIFF/WAVE header declares (FFmpeg corrects it to what is there); None if unknown.

    Layout: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991), "RIFF".
    """
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return None
    byte_rate = 0
    while len(header := file.read(8)) == 8:
        name, size = header[:4], struct.unpack("<I", header[4:])[0]
        if name == b"data":
            return size / byte_rate if byte_rate and size not in _UNKNOWN_SIZES else None
        if name == b"fmt ":
            body = file.read(16)
            if len(body) < 16:
                return None
            byte_rate = struct.unpack("<I", body[8:12])[0]
            file.seek(size - 16 + size % 2, 1)
        else:
            file.seek(size + size % 2, 1)
    return None
