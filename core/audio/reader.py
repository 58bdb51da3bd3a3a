"""Streaming decode of anything FFmpeg reads, to blocks of float32 (n, 2) at a wanted rate."""

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from core.arrays import FloatArray
from core.audio.channels import stereo_matrix
from core.audio.declared import declared_seconds, exact_seconds
from core.audio.source import Source, Track, open_file, sources
from core.errors import InputError, NotAudioError, NothingToSeparateError, TruncatedError

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
    track: int  # the one of ``tracks`` that the rest is about
    tracks: tuple[Track, ...]


def probe(path: Path, track: int | None = None) -> AudioInfo:
    """The properties of a song, without decoding it. ``track`` and the InputErrors are those of ``read_blocks``."""
    lengths: list[float | None] = []
    with open_file(path) as file, closing(sources(path, file, track)) as opened:
        for source in opened:
            if not lengths:
                chosen, tracks = source.track, source.tracks
            lengths.append(declared_seconds(source))
    known = [length for length in lengths if length is not None]
    seconds = sum(known) if known == lengths else None
    return AudioInfo(path, seconds, tracks[chosen].rate, tracks[chosen].channels, tracks[chosen].codec, chosen, tracks)


def read_blocks(
    path: Path, rate: int, offset_s: float = 0.0, duration_s: float | None = None, track: int | None = None
) -> Iterator[FloatArray]:
    """Blocks (n, 2) of the song at ``rate``, from ``offset_s`` on, at most ``duration_s`` long; n varies.

    Mono is doubled, more than two channels are mixed down. The delay of MP3 and AAC encoders is removed where the file
    declares it; of a track that starts later than the file the silence before it is left out. ``track`` counts the audio
    tracks from 0; None is the one marked as default, else the first. Raises an InputError: before the first block when the
    file cannot be used, TruncatedError after the last.
    """
    start = round(offset_s * rate)
    end = None if duration_s is None else start + round(duration_s * rate)
    given = False
    with closing(_placed_blocks(path, rate, track, start)) as blocks:
        for position, block in blocks:
            part = block[max(start - position, 0) : None if end is None else max(end - position, 0)]
            if len(part):
                given = True
                yield part
            if end is not None and position + len(block) >= end:
                break
    if not given:
        raise NothingToSeparateError(path=path)


def _placed_blocks(path: Path, rate: int, track: int | None, start: int) -> Generator[tuple[int, FloatArray], None, None]:
    """Each block (n, 2) of the song, and its first sample. What comes before ``start`` may be missing."""
    position = 0
    with open_file(path) as file, closing(sources(path, file, track)) as opened:
        for source in opened:
            skipped = source.skip(start - position) if rate == source.stream.rate else 0
            position += skipped
            for block in _stereo_blocks(source, rate, skipped):
                yield position, block
                position += len(block)


def _stereo_blocks(source: Source, rate: int, samples: int) -> Iterator[FloatArray]:
    """The source at ``rate``, on from ``samples``. TruncatedError at the end where it declares more than it holds."""
    declared_s = exact_seconds(source)
    blocks = _resampled(source.frames(), rate, source.channels)
    if declared_s is not None and "mov" in source.formats:
        blocks = _without_filling(blocks, round(declared_s * rate) - samples, round(FILLING_S * rate))
    try:
        for block in blocks:
            samples += len(block)
            yield block
    except av.FFmpegError as error:  # a damaged header's rate, or its number of channels, is too much for the resampler
        raise NotAudioError(path=source.path) from error
    if samples and declared_s is not None and samples / rate < declared_s - TRUNCATION_S:
        raise TruncatedError(path=source.path, found_s=math.floor(10 * samples / rate) / 10, declared_s=declared_s)


def _resampled(frames: Iterator[av.AudioFrame], rate: int, channels: tuple[str, ...]) -> Iterator[FloatArray]:
    """Stereo blocks at ``rate``. A stream may change its format on the way (broadcasts).

    ``channels`` are those of frames that do not name as many themselves. Raises what ``frames`` raises, after what came
    before that.
    """
    resampler: av.AudioResampler | None = None
    setup: tuple[object, ...] = ()
    matrix: FloatArray | None = None
    failure: InputError | None = None
    try:
        for frame in frames:
            frame.pts = None  # samples follow one another; odd time stamps must not move them
            current = (frame.sample_rate, frame.layout.name, frame.format.name)
            if current != setup:
                if resampler is not None:
                    yield from _drawn(resampler, None, matrix)
                setup = current
                resampler = av.AudioResampler("flt", frame.layout, rate, BLOCK_FRAMES)
                names = tuple(channel.name for channel in frame.layout.channels)
                matrix = stereo_matrix(channels if names == ("NONE",) * len(channels) else names)
            assert resampler is not None
            yield from _drawn(resampler, frame, matrix)
    except InputError as error:
        failure = error
    if resampler is not None:
        yield from _drawn(resampler, None, matrix)
    if failure is not None:
        raise failure


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
