"""Streaming encoders of every format: blocks of float32 go in, a file that players read to the sample comes out.

What they read, from the first sample on: exactly the song's samples in all formats but two. Windows Media has no field for a
length: silence of one to two frames (at most 4095 samples) follows the song. The length of AAC is exact in the MP4's edit
list, which Antara and Apple's players follow; FFmpeg's own programs play the last frame to its end (at most 1023 samples).

Everything is written as it comes, so a song of any length takes the same memory; only the table of an MP4's frames grows, by
about 10 MB an hour.
"""

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO, Any, Protocol

import av
import numpy as np
import numpy.typing as npt

from core.arrays import FloatArray
from core.audio.av_file import AvFile
from core.audio.formats import VORBIS_BITRATES, Codec, Depth, Format, rate_for
from core.audio.quantise import Quantiser
from core.audio.resample import Resampler

BLOCK = 16384  # samples
VORBIS_BLOCK = 4096  # libsndfile puts them on the stack

_LAYOUTS = {1: "mono", 2: "stereo"}


class Encoder(Protocol):
    """Writes one song into a file. If it is not finished it must be discarded, or it completes the file when it is freed."""

    def write(self, samples: FloatArray) -> None:
        """Appends samples (n, channels) at the song's rate. Raises OSError."""

    def finish(self) -> None:
        """Completes the file; flushing and closing it is the caller's. Raises OSError."""

    def discard(self) -> None:
        """Gives the song up: nothing more reaches the file, whatever is in it."""


def open_encoder(file: IO[bytes], format: Format, rate: int, channels: int, seed: int = 0) -> Encoder:
    """An encoder of a song of one or two channels at ``rate`` into an empty file, open for reading and writing.

    Where the codec cannot carry ``rate`` the song is resampled to ``rate_for`` it. ``seed`` is that of the dither. Raises
    OSError.
    """
    new_rate = rate_for(format.codec, rate)
    encoder: Encoder
    if format.codec == "ogg":
        encoder = _VorbisEncoder(file, format, new_rate, channels)
    else:
        kinds: Mapping[Codec, type[_AvEncoder]] = {"mp3": _Mp3Encoder, "wma": _WmaEncoder}
        encoder = kinds.get(format.codec, _AvEncoder)(file, format, new_rate, channels, seed)
    return encoder if new_rate == rate else _ResamplingEncoder(encoder, rate, new_rate, channels)


@dataclass(frozen=True)
class _Way:
    """FFmpeg's encoder, the sample format it takes, the container, and what these are told."""

    encoder: str
    sample_format: str
    container: str
    container_options: Mapping[str, str] = field(default_factory=dict)
    encoder_options: Mapping[str, str] = field(default_factory=dict)


_RF64 = {"rf64": "auto"}  # from 4 GB on: EBU Tech 3306
_WAYS: Mapping[tuple[Codec, Depth | None], _Way] = {
    ("wav", 16): _Way("pcm_s16le", "s16", "wav", _RF64),
    ("wav", 24): _Way("pcm_s24le", "s32", "wav", _RF64),
    ("wav", 32): _Way("pcm_f32le", "flt", "wav", _RF64),
    ("flac", 16): _Way("flac", "s16", "flac"),
    ("flac", 24): _Way("flac", "s32", "flac"),
    ("alac", 16): _Way("alac", "s16p", "ipod"),
    ("alac", 24): _Way("alac", "s32p", "ipod"),
    # LAME's effort of 5 is what "lame" itself calls fast; its default, 3, takes 1.4 times as long.
    ("mp3", None): _Way("libmp3lame", "fltp", "mp3", encoder_options={"compression_level": "5"}),
    ("m4a", None): _Way("aac", "fltp", "ipod"),
    ("opus", None): _Way("libopus", "flt", "opus"),
    ("wma", None): _Way("wmav2", "fltp", "asf", {"packet_size": "8000"}),  # fits most frames: at most 8 % are wasted
}
_FRAME_FORMATS: Mapping[Depth, str] = {16: "s16", 24: "s32", 32: "flt"}


class _AvEncoder:
    """What FFmpeg encodes."""

    def __init__(self, file: IO[bytes], format: Format, rate: int, channels: int, seed: int) -> None:
        way = _WAYS[format.codec, format.depth]
        self._rate, self._layout = rate, _LAYOUTS[channels]
        self._quantise = Quantiser(format.depth or 32, seed)
        self._frame_format = _FRAME_FORMATS[format.depth or 32]
        self._samples = self._packets = 0
        self._sink = AvFile(file)
        # "bitexact": no random numbers and no names of programs, so the same song gives the same file.
        options = {"fflags": "+bitexact", **way.container_options}
        if way.container == "ipod":
            options["movie_timescale"] = str(rate)  # the edit list then counts samples, not milliseconds
        with _file_errors(self._sink):
            self._container = av.open(self._sink, "w", format=way.container, options=options)
            stream = self._container.add_stream(way.encoder, rate=rate, layout=self._layout)
        assert isinstance(stream, av.AudioStream)
        self._stream, self._context = stream, stream.codec_context
        self._context.options = dict(way.encoder_options)
        self._context.format = way.sample_format
        if format.bitrate is not None:
            self._context.bit_rate = format.bitrate
        if format.vbr is not None:
            self._context.qscale = True
            self._context.global_quality = format.vbr

    def write(self, samples: FloatArray) -> None:
        for block in _blocks(samples):
            frame = _frame(self._quantise(block), self._frame_format, self._layout, self._rate)
            frame.pts, frame.time_base = self._samples, Fraction(1, self._rate)  # without them MP4 learns of no delay
            self._samples += len(block)
            with _file_errors(self._sink):
                packets = self._stream.encode(frame)
                self._packets += len(packets)
                self._container.mux(packets)

    def finish(self) -> None:
        with _file_errors(self._sink):
            self._container.start_encoding()  # for a song without samples
            self._container.mux(self._last_packets())
            self._container.close()

    def discard(self) -> None:
        self._sink.close()

    def _last_packets(self) -> "list[av.Packet[av.AudioStream]]":
        return self._stream.encode(None)


class _Mp3Encoder(_AvEncoder):
    """MP3 with a LAME header, which says how many samples players are to leave away in front and at the end.

    FFmpeg takes those at the end from the last packet, which does not tell where they begin in the one before.
    """

    # LAME's own delay, 576, and that of every decoder, 529 (FFmpeg's libmp3lame.c: initial_padding).
    _DELAY = 576 + 529

    def _last_packets(self) -> "list[av.Packet[av.AudioStream]]":
        packets = super()._last_packets()
        if packets:
            padding = (self._packets + len(packets)) * self._context.frame_size - self._DELAY - self._samples
            skip = packets[-1].get_sidedata("skip_samples")
            skip.update(struct.pack("<IIxx", 0, padding))  # FFmpeg's AV_PKT_DATA_SKIP_SAMPLES
            packets[-1].set_sidedata(skip)
        return packets


class _WmaEncoder(_AvEncoder):
    """Windows Media between frames of silence: decoders leave the first frame away, and the last never comes out whole."""

    def __init__(self, file: IO[bytes], format: Format, rate: int, channels: int, seed: int) -> None:
        super().__init__(file, format, rate, channels, seed)
        self._context.open()
        self._silence = np.zeros((self._context.frame_size, channels), np.float32)
        self.write(self._silence)

    def finish(self) -> None:
        self.write(self._silence)
        super().finish()


class _VorbisEncoder:
    """Ogg Vorbis by libsndfile: PyAV comes without libvorbis, and FFmpeg's own encoder is an experiment."""

    def __init__(self, file: IO[bytes], format: Format, rate: int, channels: int) -> None:
        from soundfile import SoundFile

        self._file, self._sink = file, AvFile(file)
        self._held = np.zeros((0, channels), np.float32)
        quality: float = format.vbr or 0
        if format.bitrate is not None:
            quality = np.interp(format.bitrate, VORBIS_BITRATES, range(len(VORBIS_BITRATES)))
        with _file_errors(self._sink):
            self._song = SoundFile(
                self._sink, "w", rate, channels, "VORBIS", format="OGG", compression_level=1 - quality / 10
            )

    def write(self, samples: FloatArray) -> None:
        """In blocks of one size, as libvorbis looks ahead as far as it is given samples: others would give another file."""
        with _file_errors(self._sink):
            for block in _blocks(samples, VORBIS_BLOCK):
                held = np.concatenate([self._held, block])
                if len(held) >= VORBIS_BLOCK:
                    self._song.write(held[:VORBIS_BLOCK])
                    held = held[VORBIS_BLOCK:]
                self._held = held

    def finish(self) -> None:
        with _file_errors(self._sink):
            self._song.write(self._held)
            self._song.close()
        _split_only_page(self._file)

    def discard(self) -> None:
        self._sink.close()


def _split_only_page(file: IO[bytes]) -> None:
    """Gives the first packet of sound a page of its own where a Vorbis stream has all its sound on one.

    FFmpeg (5.1 to 8.1) finds out on the first page of sound when the song starts and on the last where it ends; when the two
    are one it loses samples at the end, or gives some too many.
    """
    from mutagen.ogg import OggPage

    file.seek(0)
    page: Any = OggPage(file)
    while not page.position and not page.last:
        page = OggPage(file)
    if not page.last or len(page.packets) < 2:
        return
    first, rest = OggPage(), OggPage()
    first.serial = rest.serial = page.serial
    first.sequence, rest.sequence = page.sequence, page.sequence + 1
    first.packets, rest.packets = page.packets[:1], page.packets[1:]
    rest.position, rest.last = page.position, True
    file.seek(page.offset)
    file.write(first.write() + rest.write())


class _ResamplingEncoder:
    """Passes n samples on as round(n · new_rate / rate) to the encoder of a file at ``new_rate``."""

    def __init__(self, encoder: Encoder, rate: int, new_rate: int, channels: int) -> None:
        self._encoder, self._resampler = encoder, Resampler(rate, new_rate, channels)

    def write(self, samples: FloatArray) -> None:
        for ready in self._resampler.push(samples):
            self._encoder.write(ready)

    def finish(self) -> None:
        for ready in self._resampler.drain():
            self._encoder.write(ready)
        self._encoder.finish()

    def discard(self) -> None:
        self._encoder.discard()


def _blocks(samples: FloatArray, size: int = BLOCK) -> Iterator[FloatArray]:
    """The samples in pieces of at most ``size``."""
    return (samples[start : start + size] for start in range(0, len(samples), size))


def _frame(data: npt.NDArray[Any], sample_format: str, layout: str, rate: int) -> av.AudioFrame:
    """Samples (n, channels) as FFmpeg takes them."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data).reshape(1, -1), sample_format, layout)
    frame.sample_rate = rate
    return frame


@contextmanager
def _file_errors(sink: AvFile) -> Iterator[None]:
    """What the file refused, as its OSError: the libraries do not see it, or fail of it in their own ways."""
    try:
        yield
    finally:
        sink.raise_error()
