"""Streaming decode of anything FFmpeg reads, to blocks of float32 (n, 2) at a wanted rate."""

import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av
import av.container
import numpy as np

from core.arrays import FloatArray
from core.audio.av_file import AvFile
from core.audio.channels import stereo_matrix
from core.audio.declared import declared_seconds, exact_seconds
from core.errors import (
    EmptyFileError,
    FileMissingError,
    FileUnreadableError,
    NoAudioTrackError,
    NotAFileError,
    NotAudioError,
    NothingToSeparateError,
    TruncatedError,
    UnsupportedAudioError,
)

BLOCK_FRAMES = 16384

# A file whose sound is this much shorter than declared is truncated; less is the slack of containers and encoders.
TRUNCATION_S = 1.0

# AAC fills up its last frames. Sound up to this far past an MP4's declared end is that filling; more is sound.
FILLING_S = 0.1


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself."""

    path: Path
    duration_s: float | None  # an estimate for some formats, None where the file does not say
    sample_rate: int
    channels: int
    codec: str


def probe(path: Path) -> AudioInfo:
    """The properties of a song, without decoding it. Raises the InputErrors of ``read_blocks``."""
    with _opened(path) as (container, stream):
        seconds = declared_seconds(container, stream)
        return AudioInfo(path, seconds, stream.rate, stream.channels, stream.codec_context.name)


def read_blocks(path: Path, rate: int, offset_s: float = 0.0, duration_s: float | None = None) -> Iterator[FloatArray]:
    """Blocks (n, 2) of the song at ``rate``, from ``offset_s`` on, at most ``duration_s`` long; n varies.

    Mono is doubled, more than two channels are mixed down. The delay of MP3 and AAC encoders is removed where the file
    declares it. Raises an InputError: before the first block when the file cannot be used, TruncatedError after the last.
    """
    start = round(offset_s * rate)
    end = None if duration_s is None else start + round(duration_s * rate)
    position, given = 0, False
    with _opened(path) as (container, stream):
        for block in _stereo_blocks(path, container, stream, rate):
            part = block[max(start - position, 0) : None if end is None else end - position]
            position += len(block)
            if len(part):
                given = True
                yield part
            if end is not None and position >= end:
                break
    if not given:
        raise NothingToSeparateError(path=path)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[av.container.InputContainer, av.AudioStream]]:
    """The container and its first audio stream. Read through a file object of ours, so that any name can be opened."""
    with _open_file(path) as opened:
        file = AvFile(opened)
        try:
            # The whitelist keeps a playlist from reaching for other files or the network.
            container = av.open(file, "r", metadata_errors="replace", container_options={"protocol_whitelist": "none"})
        except av.FFmpegError as error:
            _raise_read_error(path, file)
            raise NotAudioError(path=path) from error
        with container:
            if not container.streams.audio:
                raise NoAudioTrackError(path=path)
            stream = container.streams.audio[0]
            if not stream.codec_context:
                raise UnsupportedAudioError(path=path, codec="unknown codec")
            if not stream.rate or not stream.channels:  # FFmpeg went by the file's name and found nothing that fits it
                raise NotAudioError(path=path)
            yield container, stream
            _raise_read_error(path, file)


def _raise_read_error(path: Path, file: AvFile) -> None:
    """A failing disk looks like the end of the file to FFmpeg."""
    try:
        file.raise_error()
    except OSError as error:
        raise FileUnreadableError(path=path, reason=_reason(error)) from error


def _open_file(path: Path) -> IO[bytes]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotAFileError(path=path)
        if status.st_size == 0:
            raise EmptyFileError(path=path)
        return path.open("rb")
    except FileNotFoundError as error:
        raise FileMissingError(path=path) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        raise FileUnreadableError(path=path, reason=_reason(error)) from error


def _stereo_blocks(
    path: Path, container: av.container.InputContainer, stream: av.AudioStream, rate: int
) -> Iterator[FloatArray]:
    """The whole stream at ``rate``; TruncatedError at the end where it declares more than it holds."""
    declared_s = exact_seconds(path, container, stream)
    blocks = _resampled(_decoded(path, container, stream), rate)
    if declared_s is not None and "mov" in container.format.name:
        blocks = _without_filling(blocks, round(declared_s * rate), round(FILLING_S * rate))
    samples = 0
    try:
        for block in blocks:
            samples += len(block)
            yield block
    except av.FFmpegError as error:  # a damaged header's rate, or its number of channels, is too much for the resampler
        raise NotAudioError(path=path) from error
    if not samples:
        raise NothingToSeparateError(path=path)
    if declared_s is not None and samples / rate < declared_s - TRUNCATION_S:
        raise TruncatedError(path=path, found_s=math.floor(10 * samples / rate) / 10, declared_s=declared_s)


def _decoded(path: Path, container: av.container.InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    """The decoder's frames. Damaged packets are passed over, as players do."""
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            yield from (frame for frame in frames if isinstance(frame, av.AudioFrame) and frame.samples)
    except av.error.InvalidDataError:
        return  # what follows is not in this format any more
    except av.error.PatchWelcomeError as error:  # a chained Ogg whose number of channels changes
        raise UnsupportedAudioError(path=path, codec=stream.codec_context.name) from error
    except (av.FFmpegError, OSError) as error:
        raise FileUnreadableError(path=path, reason=_reason(error)) from error


def _resampled(frames: Iterator[av.AudioFrame], rate: int) -> Iterator[FloatArray]:
    """Stereo blocks at ``rate``. A stream may change its format on the way (chained Ogg, broadcasts)."""
    resampler: av.AudioResampler | None = None
    setup: tuple[object, ...] = ()
    matrix: FloatArray | None = None
    for frame in frames:
        frame.pts = None  # samples follow one another; odd time stamps must not move them
        current = (frame.sample_rate, frame.layout.name, frame.format.name)
        if current != setup:
            if resampler is not None:
                yield from _drawn(resampler, None, matrix)
            setup = current
            resampler = av.AudioResampler("flt", frame.layout, rate, BLOCK_FRAMES)
            matrix = stereo_matrix(tuple(channel.name for channel in frame.layout.channels))
        assert resampler is not None
        yield from _drawn(resampler, frame, matrix)
    if resampler is not None:
        yield from _drawn(resampler, None, matrix)


def _drawn(resampler: av.AudioResampler, frame: av.AudioFrame | None, matrix: FloatArray | None) -> Iterator[FloatArray]:
    """What the resampler has ready after ``frame``; None drains it. Numbers that are none become silence."""
    for ready in resampler.resample(frame):
        block = np.asarray(ready.to_ndarray(), np.float32).reshape(ready.samples, -1)
        if not np.isfinite(block).all():
            block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
        yield block if matrix is None else block @ matrix


def _without_filling(blocks: Iterator[FloatArray], end: int, filling: int) -> Iterator[FloatArray]:
    """The blocks without what lies past ``end``, unless that is more than an encoder's filling."""
    position = 0
    held: list[FloatArray] = []
    for block in blocks:
        position += len(block)
        held.append(block)
        if not end < position <= end + filling:
            yield from held
            held = []
    if held:
        samples = np.concatenate(held)
        yield samples[: len(samples) - (position - end)]


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
