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
    if "mp3" in formats and stream.start_time:
        with path.open("rb") as file:
            if mp3_goes_on(file, container.size):
                return None  # FFmpeg does not use the count then but estimates
        return declared_seconds(container, stream)
    return declared_seconds(container, stream) if formats & _EXACT_CONTAINERS else None


def mp3_goes_on(file: IO[bytes], size: int) -> bool:
    """Whether an MP3 of ``size`` bytes is longer than its first frame's header says: files that were joined.

    Layout: ID3v2.4 (2000), "ID3v2 header"; the Xing header: name, flags, then the number of frames (flag 1) and of bytes
    (flag 2).
    """
    tag = file.read(10)
    start = 10 + sum(byte << 7 * place for place, byte in enumerate(reversed(tag[6:]))) if tag[:3] == b"ID3" else 0
    file.seek(start)
    frame = file.read(1024)
    place = max(frame.find(b"Xing"), frame.find(b"Info"))
    if place < 0 or len(frame) < place + 16:
        return False
    flags, first, second = struct.unpack(">3I", frame[place + 4 : place + 16])
    declared: int = second if flags & 3 == 3 else first if flags & 2 else 0
    return 0 < declared < size - start - declared // 16  # FFmpeg's own limit


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
