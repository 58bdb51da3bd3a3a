"""Native Instruments Stems (``.stem.mp4``), for DJ software: five stereo streams of one MP4, the master and four stems.

Native Instruments, Stem File Specification 1.0 (2015): a valid MP4 file with a box ``stem`` in ``moov/udta`` that holds the
stems' names and colours as JSON. The first stream is the master and the only one that is enabled, so that other players play
the song. AAC at 256 kbit/s, which all of Traktor reads, or ALAC, which Traktor does not read on Windows.
"""

import json
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Any, Literal

import av
import numpy as np

from core.arrays import FloatArray
from core.audio.av_file import AvFile
from core.audio.formats import rate_for
from core.audio.quantise import Quantiser

Codec = Literal["aac", "alac"]

# In the usual order, with the colours of Okabe and Ito's palette, as Native Instruments' own tool has them.
NAMES = ("drums", "bass", "other", "vocals")
COLOURS = ("#009E73", "#D55E00", "#CC79A7", "#56B4E9")
NI_STEMS = "stems"  # what all of them in one file are called
NI_EXTENSION = "stem.mp4"
_REST = "other"
_MASTER = "master"

_AAC_BIT_RATE = 256_000

# What Traktor does to the sum of the stems, as Native Instruments' own tool sets it: nothing.
_MASTERING: Mapping[str, Mapping[str, float | bool]] = {
    "compressor": {
        "enabled": False,
        "ratio": 3,
        "input_gain": 0.5,
        "output_gain": 0.5,
        "attack": 0.003,
        "release": 0.3,
        "threshold": 0,
        "hp_cutoff": 300,
        "dry_wet": 50,
    },
    "limiter": {"enabled": False, "release": 0.05, "threshold": 0, "ceiling": -0.35},
}


def in_four(stems: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The stems (n, 2) of any model as those of ``NAMES``.

    Stems with other names (piano, accompaniment, …) are summed up in "other"; what the model does not have is silent.
    """
    silence = np.zeros_like(next(iter(stems.values())))
    four = {name: stems.get(name, silence) for name in NAMES}
    for name, samples in stems.items():
        if name not in NAMES:
            four[_REST] = four[_REST] + samples
    return four


def has_four(stems: Iterable[str]) -> bool:
    """Whether a stem file of these stems has sound in all of its four."""
    return set(NAMES) <= set(stems)


class NiStemsWriter:
    """Streams a stem file to ``file``, which is empty, open for reading and writing ("w+b"), and stays open.

    The streams start at sample 0 and are as long as what was written; the same samples give the same file. AAC, which does
    not have every rate, takes ``rate_for`` it. ALAC has 24 bits, and what exceeds full scale is clipped. MP4's index is
    written at the end and kept in memory until then: 57 MB for an hour in AAC, 16 MB in ALAC.

    All methods raise OSError when the file cannot be written.
    """

    def __init__(
        self,
        file: IO[bytes],
        rate: int,
        codec: Codec = "aac",
        names: Sequence[str] = NAMES,
        colours: Sequence[str] = COLOURS,
    ) -> None:
        """``names`` are the stems' keys in ``write`` and what DJs see, ``colours`` are "#RRGGBB": four of each."""
        if not len(names) == len(set(names)) == len(colours) == 4:
            raise ValueError("a stem file has four stems with different names")
        self._file, self._rate, self._names = file, rate, tuple(names)
        self._metadata = _metadata(names, colours)
        self._quantise, self._frame_format = (Quantiser(32), "flt") if codec == "aac" else (Quantiser(24), "s32")
        self._position = 0
        self._sink = AvFile(file)
        file_rate = rate_for("m4a" if codec == "aac" else "alac", rate)
        # The edit lists count samples, not milliseconds; nothing in the file is random.
        options = {"movie_timescale": str(file_rate), "fflags": "+bitexact"}
        self._container = av.open(self._sink, "w", format="mp4", options=options)
        self._streams = [self._stream(codec, file_rate, name) for name in (_MASTER, *names)]

    def _stream(self, codec: Codec, rate: int, name: str) -> Any:
        stream: Any = self._container.add_stream(codec, rate=rate, layout="stereo")
        stream.metadata["handler_name"] = name
        if codec == "aac":
            stream.codec_context.bit_rate = _AAC_BIT_RATE
        else:
            stream.codec_context.format = "s32p"
        return stream

    def write(self, master: FloatArray, stems: Mapping[str, FloatArray]) -> None:
        """Appends samples (n, 2), the same n for all. Raises KeyError for a stem that is missing."""
        parts = [master, *(stems[name] for name in self._names)]
        if {len(part) for part in parts} != {len(master)}:
            raise ValueError("the master and the stems differ in length")
        if not len(master):
            return  # FFmpeg takes no empty frames
        self._mux([self._frame(part) for part in parts])
        self._position += len(master)

    def finish(self) -> None:
        """Completes the file; flushing and closing it is the caller's."""
        self._mux([None] * len(self._streams))
        try:
            self._container.close()
        finally:
            self._sink.raise_error()
        _add_to_udta(self._file, _box(b"stem", self._metadata))

    def _frame(self, samples: FloatArray) -> av.AudioFrame:
        data: Any = np.ascontiguousarray(self._quantise(samples)).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(data, self._frame_format, "stereo")
        frame.sample_rate = self._rate
        frame.pts, frame.time_base = self._position, Fraction(1, self._rate)  # without them MP4 learns of no delay
        return frame

    def _mux(self, frames: Sequence[av.AudioFrame | None]) -> None:
        try:
            self._container.start_encoding()
            with ThreadPoolExecutor(len(frames)) as pool:  # FFmpeg's encoders have one thread each
                for packets in pool.map(lambda stream, frame: stream.encode(frame), self._streams, frames):
                    self._container.mux(packets)
        finally:
            self._sink.raise_error()


def _metadata(names: Sequence[str], colours: Sequence[str]) -> bytes:
    stems = [{"name": name, "color": colour} for name, colour in zip(names, colours, strict=True)]
    return json.dumps({"mastering_dsp": _MASTERING, "version": 1, "stems": stems}).encode()


# Boxes, ISO/IEC 14496-12:2015, 4.2: the size of all of the box (32 bits; 0: up to the end of the file; 1: 64 bits that
# follow the name), the name, the content.


@dataclass(frozen=True)
class _Box:
    start: int
    content: int
    end: int

    def grow(self, file: IO[bytes], count: int) -> None:
        """Makes the box ``count`` bytes longer in its header."""
        file.seek(self.start)
        (size,) = struct.unpack(">I", file.read(4))
        if size == 1:
            file.seek(self.start + 8)
            file.write(struct.pack(">Q", self.end - self.start + count))
        elif size:
            file.seek(self.start)
            file.write(struct.pack(">I", self.end - self.start + count))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def _find(file: IO[bytes], name: bytes, start: int, end: int) -> _Box | None:
    """The first box of this name among those from ``start`` up to ``end``."""
    while start < end:
        file.seek(start)
        size, found = struct.unpack(">I4s", file.read(8))
        content = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            content += 8
        box = _Box(start, content, start + size if size else end)
        if found == name:
            return box
        start = box.end
    return None


def _add_to_udta(file: IO[bytes], box: bytes) -> None:
    """Puts ``box`` at the end of ``moov/udta``, which is made where it is missing.

    ``moov`` must come last in the file: the samples that it points to stay where they are.
    """
    size = file.seek(0, os.SEEK_END)
    moov = _find(file, b"moov", 0, size)
    if moov is None or moov.end != size:
        raise ValueError("moov is not at the end of the file")
    udta = _find(file, b"udta", moov.content, moov.end)
    added = box if udta else _box(b"udta", box)
    file.seek(udta.end if udta else moov.end)
    rest = file.read()
    file.seek(-len(rest), os.SEEK_END)
    file.write(added + rest)
    for grown in (moov, udta):
        if grown:
            grown.grow(file, len(added))
