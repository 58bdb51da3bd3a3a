"""What the headers of sound files say of their length, where FFmpeg does not give it as it stands there."""

import struct
from collections.abc import Iterator
from typing import Protocol

# Values of a size field that mean "unknown": a program that streamed could not come back to fill it in.
_UNKNOWN_SIZES = {0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0xFFFFF000, 2**63 - 1, 2**64 - 1}

# The format tags of a WAV with as many bytes for each sample: PCM, float, A-law, µ-law, and what is said further on.
_LINEAR_TAGS = {1, 3, 6, 7, 0xFFFE}

# A file with more of them before its sound is damaged.
_MOST_CHUNKS = 1000

# ASF's identifier of its file properties object, and the flag there of a file that was not completed.
_ASF_PROPERTIES = bytes.fromhex("A1DCAB8C47A9CF118EE400C00C205365")
_ASF_LIVE = 1

# From the beginning of an MP3's frame to a Xing header in it: 4 bytes and the side information of each kind of frame.
_XING_DISTANCES = (36, 21, 13)
_LONGEST_MP3_FRAME = 2881


class Header(Protocol):
    """A file, read from its beginning."""

    @property
    def size(self) -> int: ...
    def read(self, size: int, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


def wav_seconds(file: Header) -> float | None:
    """The length of a RIFF/WAVE or RF64 file; None if it does not say.

    Layout: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991), "RIFF"; EBU Tech 3306
    (2009). Samples of the same size are counted by the size of the sound, others by the fact chunk: the bytes a second,
    which would tell too, are wrong in what some programs write.
    """
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:] != b"WAVE":
        return None
    long_size: int | None = None
    facts: int | None = None
    layout: tuple[int, int, int] | None = None
    for name, size in _chunks(file, 4, "<I"):
        if name == b"ds64" and len(body := file.read(16)) == 16:
            (long_size,) = struct.unpack("<8xQ", body)
        elif name == b"fmt " and len(body := file.read(16)) == 16:
            layout = struct.unpack("<H2xI4xH2x", body)
        elif name == b"fact" and len(body := file.read(4)) == 4:
            (facts,) = struct.unpack("<I", body)
        elif name == b"data" and layout:
            tag, rate, frame_bytes = layout
            if tag not in _LINEAR_TAGS:
                return _seconds(facts, rate)
            return _seconds(long_size if size == 0xFFFFFFFF else size, rate * frame_bytes)
    return None


def w64_seconds(file: Header) -> float | None:
    """The length of a Wave64 file: like RIFF, with GUIDs for names, which begin with the same letters, and 64-bit sizes."""
    file.seek(40)
    bytes_a_second = 0
    for name, size in _chunks(file, 16, "<Q", counts_itself=True, alignment=8):
        if name[:4] == b"fmt " and len(body := file.read(16)) == 16:
            tag, rate, frame_bytes = struct.unpack("<H2xI4xH2x", body)
            bytes_a_second = rate * frame_bytes if tag in _LINEAR_TAGS else 0
        elif name[:4] == b"data":
            return _seconds(size, bytes_a_second)
    return None


def caf_seconds(file: Header) -> float | None:
    """The length of a Core Audio Format file of samples of the same size; None of others.

    Layout: Apple Core Audio Format Specification 1.0, "Audio Description Chunk", "Audio Data Chunk".
    """
    file.seek(8)
    bytes_a_second = 0.0
    for name, size in _chunks(file, 4, ">q", alignment=1):
        if name == b"desc" and len(body := file.read(24)) == 24:
            rate, packet_bytes, packet_frames = struct.unpack(">d8xII", body)
            bytes_a_second = rate * packet_bytes / packet_frames if packet_frames else 0.0
        elif name == b"data":
            return _seconds(size - 4, bytes_a_second)  # 4: a count of edits
    return None


def asf_seconds(file: Header) -> float | None:
    """The length of a Windows Media file.

    Layout: Advanced Systems Format Specification 01.20.03, sections 3.1 and 3.2.
    """
    file.seek(30)
    for name, _ in _chunks(file, 16, "<Q", counts_itself=True, alignment=1):
        if name == _ASF_PROPERTIES and len(body := file.read(68)) == 68:
            play_100ns, preroll_ms, flags = struct.unpack("<40xQ8xQI", body)
            seconds: float = play_100ns / 1e7 - preroll_ms / 1e3
            return None if flags & _ASF_LIVE or seconds <= 0 else seconds
    return None


def mp3_goes_on(file: Header) -> bool:
    """Whether an MP3 is longer than its first frame's header says: files that were joined.

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
    return 0 < declared < file.size - start - declared // 16  # FFmpeg's own limit


def mp3_info_frame(file: Header, end: int) -> int | None:
    """Where the frame with the Xing header begins that ends at byte ``end``; None if there is none."""
    start = max(end - _LONGEST_MP3_FRAME, 0)
    file.seek(start)
    before = file.read(end - start)
    place = max(before.rfind(b"Xing"), before.rfind(b"Info"))
    for distance in _XING_DISTANCES:
        frame = place - distance
        if frame >= 0 and before[frame] == 0xFF and before[frame + 1] >= 0xE0:
            return start + frame
    return None


def _chunks(
    file: Header, name_size: int, size_format: str, counts_itself: bool = False, alignment: int = 2
) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk's content; the file is where the content begins."""
    head_size = name_size + struct.calcsize(size_format)
    position = file.tell()
    for _ in range(_MOST_CHUNKS):
        head = file.read(head_size)
        if len(head) < head_size:
            return
        size: int = struct.unpack(size_format, head[name_size:])[0] - (head_size if counts_itself else 0)
        yield head[:name_size], size
        if size < 0:
            return
        position += head_size + -(-size // alignment) * alignment
        if position > file.size:  # no seek can go as far as 64 bits can say
            return
        file.seek(position)


def _seconds(count: int | None, a_second: float) -> float | None:
    return None if count is None or count < 0 or count in _UNKNOWN_SIZES or not a_second > 0 else count / a_second
