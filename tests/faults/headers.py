"""Songs whose headers say what cannot be: sizes, channels, rates. Written by hand, from the formats' own specifications."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.support import songs

_SOUND = (0.5 * 32767 * songs.music(1, 3)).astype("<i2").tobytes()
_HUGE = (2**31 - 1, 2**31, 2**32 - 1)

Found = tuple[Path, bool | None, bool]  # the file, whether it is sound, whether it is long


def make(folder: Path) -> list[Found]:
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, data, sound in (*_waves(), *_sizes(), *_others()):
        path = folder / name
        path.write_bytes(data)
        found.append((path, sound, False))
    return found


def _wave(
    channels: int = 2,
    rate: int = 44100,
    bits: int = 16,
    kind: int = 1,
    align: int | None = None,
    data: bytes = _SOUND,
    declared: int | None = None,
    riff: int | None = None,
    form: bytes | None = None,
) -> bytes:
    """RIFF/WAVE, as "Multimedia Programming Interface and Data Specifications 1.0" has it."""
    align = channels * bits // 8 % 65536 if align is None else align
    head = struct.pack("<HHIIHH", kind, channels, rate, rate * align % 2**32, align, bits) if form is None else form
    size = len(data) if declared is None else declared
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body) if riff is None else riff) + body


def _waves() -> Iterator[tuple[str, bytes, bool | None]]:
    yield "as it should be.wav", _wave(), True
    for channels in (0, 1, 3, 8, 64, 255, 1024, 65535):
        yield f"{channels} channels.wav", _wave(channels), False if channels == 0 else None
    for rate in (0, 1, 7, 100, 768_000, 5_644_800, 900_000_001, 2**31 - 1, 2**31, 2**32 - 1):
        yield f"{rate} Hz.wav", _wave(rate=rate), False if rate == 0 else None
    for bits in (0, 1, 7, 12, 33, 64, 65535):
        yield f"{bits} bits.wav", _wave(bits=bits), None
    for align in (0, 1, 3, 65535):
        yield f"blocks of {align}.wav", _wave(align=align), None
    for kind in (0, 2, 3, 0x11, 0x50, 0x55, 0x161, 0xFFFE, 0xFFFF):
        yield f"coded as {kind}.wav", _wave(kind=kind), None
    for size in (0, 1, 2, 14, 15):
        yield f"format of {size} bytes.wav", _wave(form=struct.pack("<HHIIHH", 1, 2, 44100, 176400, 4, 16)[:size]), None
    values = np.full(44100, np.nan, "<f4")
    yield "not a number.wav", _wave(1, bits=32, kind=3, data=values.tobytes()), None
    yield "infinite.wav", _wave(1, bits=32, kind=3, data=np.full(44100, np.inf, "<f4").tobytes()), None
    yield "enormous.wav", _wave(1, bits=32, kind=3, data=np.full(44100, 3e38, "<f4").tobytes()), None
    yield "tiny.wav", _wave(1, bits=32, kind=3, data=np.full(44100, 1e-42, "<f4").tobytes()), None
    yield "one sample.wav", _wave(data=_SOUND[:4]), True
    yield "half a sample.wav", _wave(data=_SOUND[:3]), None
    yield "no sample.wav", _wave(data=b""), False


def _sizes() -> Iterator[tuple[str, bytes, bool | None]]:
    """What is declared and what is there do not agree."""
    for size in _HUGE:
        yield f"data of {size}.wav", _wave(declared=size), None
        yield f"riff of {size}.wav", _wave(riff=size), True
        yield f"both of {size}.wav", _wave(declared=size, riff=size), None
        chunk = b"LIST" + struct.pack("<I", size)
        yield f"list of {size}.wav", _wave().replace(b"data", chunk + b"data", 1), None
        yield f"id3 of {size}.mp3", b"ID3\x04\x00\x00" + _syncsafe(size) + b"\xff\xfb\x90\x64" + bytes(5000), None
    yield "riff of 0.wav", _wave(riff=0), None
    wide = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, 2**63, 2**63, 2**62, 0)
    yield "2^63 bytes.wav", wide + _wave(declared=2**32 - 1)[12:], None


def _syncsafe(size: int) -> bytes:
    """ID3v2.4, section 6.2: seven bits a byte."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _others() -> Iterator[tuple[str, bytes, bool | None]]:
    for rate, channels, bits, total in ((0, 2, 16, 0), (44100, 8, 32, 2**36 - 1), (655_350, 1, 4, 2**36 - 1)):
        packed = rate << 44 | (channels - 1) << 41 | (bits - 1) << 36 | total
        streaminfo = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
        yield f"{rate} Hz {channels} {bits}.flac", b"fLaC\x80\x00\x00\x22" + streaminfo + bytes(3000), None
    yield "blocks without end.flac", b"fLaC" + b"\x01\x00\x00\x00" * 3000, False
    yield "picture of 16 MB.flac", b"fLaC\x06\xff\xff\xff" + bytes(4000), False
    for size in (0, 1, 7, 8, 2**31, 2**32 - 1):
        yield f"box of {size}.m4a", b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42" + _box(size), None
    nested = b""
    for _ in range(2000):
        nested = struct.pack(">I4s", len(nested) + 8, b"moov") + nested
    yield "boxes in boxes.m4a", b"\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00" + nested, None
    for count in _HUGE:
        form = struct.pack(">4sIhIh10s", b"COMM", 18, 2, count, 16, b"\x40\x0e\xac\x44" + bytes(6))
        sound = b"SSND" + struct.pack(">III", count, 0, 0) + _SOUND
        yield f"{count} frames.aiff", b"FORM" + struct.pack(">I", count) + b"AIFF" + form + sound, None
        yield f"{count} bytes.au", b".snd" + struct.pack(">IIIII", 24, count, 3, 44100, 2) + _SOUND, None
        yield f"header of {count}.au", b".snd" + struct.pack(">IIIII", count, 4, 3, 44100, 2) + _SOUND, None
    description = struct.pack(">d4sIIIII", 44100.0, b"lpcm", 2, 4, 1, 2, 16)
    for size in (-1, -2, 2**63 - 1):
        body = b"caff\x00\x01\x00\x00desc" + struct.pack(">q", 32) + description + b"data" + struct.pack(">q", size)
        yield f"data of {size}.caf", body + bytes(4) + _SOUND, None
    page = struct.pack("<4sBBQIIIB", b"OggS", 0, 2, 2**63 - 1, 1, 0, 0, 255) + b"\xff" * 255 + bytes(255 * 255)
    yield "page of 65 kB.ogg", page * 2, None
    yield "elements without end.mka", b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(4000), False
    yield "elements in elements.mka", b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 * 700, None


def _box(size: int) -> bytes:
    return struct.pack(">I4s", size, b"moov") + bytes(2000)
