"""A song's file as FFmpeg opens it: its parts, its audio tracks, and the packets of one of them."""

import os
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO, TypeVar

import av
import av.container
from av.codec.context import Flags2
from av.stream import Disposition

from core.audio.container import open_container
from core.audio.file_part import FilePart, ogg_links
from core.audio.headers import mp3_info_frame
from core.errors import (
    EmptyFileError,
    FileMissingError,
    FileUnreadableError,
    NoAudioTrackError,
    NoSuchTrackError,
    NotAFileError,
    NotAudioError,
    UnsupportedAudioError,
)

# Codecs whose packets need none before them, and say exactly how many samples they hold: what comes before an offset need
# not be decoded.
_INDEPENDENT = {"flac", "alac", "tta", "wavpack"}
_INDEPENDENT_PREFIX = "pcm_"

_LOWEST_RATE = 1000  # below, a packet becomes hundreds of MB, and a few bytes hours
_HIGHEST_RATE = 22_579_200  # of DSD512. The resampler's filter takes memory as the rate does: 3 bytes a hertz

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Track:
    """One of a file's audio tracks."""

    index: int  # among them, from 0
    codec: str
    channels: int
    rate: int
    language: str | None
    title: str | None
    default: bool


@dataclass
class Source:
    """An audio track of an opened file, or of one link of a chained Ogg file."""

    path: Path
    file: FilePart
    container: av.container.InputContainer
    stream: av.AudioStream
    track: int
    channels: tuple[str, ...]  # FFmpeg's names of them
    packets: "Iterator[av.Packet[av.AudioStream]]"

    @property
    def codec(self) -> str:
        return self.stream.codec_context.name

    @property
    def formats(self) -> set[str]:
        """FFmpeg's names of the container's format."""
        return set(self.container.format.name.split(","))

    @property
    def tracks(self) -> tuple[Track, ...]:
        return tuple(_track(index, stream) for index, stream in enumerate(self.container.streams.audio))

    def skip(self, samples: int) -> int:
        """Passes over packets that hold nothing from sample ``samples`` on; how many samples that were.

        0 where packets cannot be decoded without those before them, or do not say to the sample what they hold.
        """
        skipped = 0
        if not self._independent():
            return skipped
        for packet in self.packets:
            whole = packet.duration and not packet.is_discard and not packet.has_sidedata("skip_samples")
            if not whole or skipped + (packet.duration or 0) > samples:
                self.packets = chain([packet], self.packets)
                break
            skipped += packet.duration or 0
        return skipped

    def frames(self) -> Iterator[av.AudioFrame]:
        """What the decoder gives, on from what was skipped. Damaged packets are passed over, as players do.

        Raises UnsupportedAudioError if the decoder refuses all of them, FileUnreadableError.
        """
        decoded, refusal = False, None
        for packet in self.packets:
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            except av.FFmpegError as error:
                refusal = error
                continue
            for frame in frames:
                if frame.samples and _LOWEST_RATE <= frame.sample_rate <= _HIGHEST_RATE:
                    decoded = True
                    yield frame
        if refusal and not decoded:
            raise UnsupportedAudioError(path=self.path, codec=self.codec) from refusal

    def read_header(self, function: Callable[[FilePart], Answer]) -> Answer:
        """What ``function`` reads out of the file, from its beginning; to FFmpeg the file stays where it was."""
        position = self.file.tell()
        self.file.seek(0)
        try:
            return function(self.file)
        finally:
            self.file.seek(position)

    def _independent(self) -> bool:
        exact = self.stream.time_base == Fraction(1, self.stream.rate)
        return exact and (self.codec in _INDEPENDENT or self.codec.startswith(_INDEPENDENT_PREFIX))


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """The file. Raises FileMissingError, NotAFileError, EmptyFileError, FileUnreadableError."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotAFileError(path=path)
        if status.st_size == 0:
            raise EmptyFileError(path=path)
        file = path.open("rb")
    except FileNotFoundError as error:
        raise FileMissingError(path=path) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        raise FileUnreadableError(path=path, reason=_reason(error)) from error
    with file:
        yield file


def sources(path: Path, file: IO[bytes], track: int | None) -> Generator[Source, None, None]:
    """The track ``track`` of each link of a chained Ogg file, of any other file of the whole; each is open until the next.

    None: the track that is marked as the default one, else the first, of those that can be decoded. Raises an InputError
    if the first link cannot be used. A later one that is no sound is passed over.
    """
    size = os.fstat(file.fileno()).st_size
    try:
        links = ogg_links(file, size)
    except OSError as error:
        raise FileUnreadableError(path=path, reason=_reason(error)) from error
    for number, (start, end) in enumerate(links):
        with ExitStack() as opened:
            try:
                source = opened.enter_context(_opened(path, FilePart(file, start, end), track))
            except (NotAudioError, NoAudioTrackError):
                if number == 0:
                    raise
                continue
            yield source


@contextmanager
def _opened(path: Path, file: FilePart, track: int | None) -> Iterator[Source]:
    try:
        container = open_container(file, "replace")
    except av.FFmpegError as error:
        _raise_read_error(path, file)
        raise NotAudioError(path=path) from error
    with container:
        channels = [_channels(stream) for stream in container.streams.audio]
        index = _chosen(path, container.streams.audio, track)
        stream = container.streams.audio[index]
        if not stream.codec_context:
            raise UnsupportedAudioError(path=path, codec="unknown codec")
        # FFmpeg went by the file's name and found nothing that fits it, or its header is damaged.
        if not _LOWEST_RATE <= stream.rate <= _HIGHEST_RATE or not channels[index]:
            raise NotAudioError(path=path)
        source = Source(path, file, container, stream, index, channels[index], _packets(path, file, container, stream))
        if "caf" in source.formats and source.codec in _INDEPENDENT:
            # FFmpeg would cut off the last packet what that packet does not have.
            stream.codec_context.flags2 |= Flags2.skip_manual
        info_frame = _late_info_frame(source)
        if not info_frame:
            yield source
            _raise_read_error(path, file)
            return
    with _opened(path, file.part(info_frame), track) as source:
        yield source


def _chosen(path: Path, streams: tuple[av.AudioStream, ...], track: int | None) -> int:
    if not streams:
        raise NoAudioTrackError(path=path)
    if track is not None:
        if not 0 <= track < len(streams):
            raise NoSuchTrackError(path=path, track=track, count=len(streams))
        return track
    usable = [index for index, stream in enumerate(streams) if stream.codec_context] or [0]
    return next((index for index in usable if streams[index].disposition & Disposition.default), usable[0])


def _channels(stream: av.AudioStream) -> tuple[str, ...]:
    """FFmpeg's names of the stream's channels, which the decoder no longer gets where their order is not a usual one.

    PyAV frees the list of such an order once for each frame and once more, which ends the program. Here it is freed once,
    and their number takes its place.
    """
    if not stream.codec_context:
        return ()
    layout = stream.codec_context.layout
    names = tuple(channel.name for channel in layout.channels)
    if "channels (" in layout.name or "+" in layout.name:
        stream.codec_context.layout = f"{len(names)} channels"
    return names


def _track(index: int, stream: av.AudioStream) -> Track:
    known = bool(stream.codec_context)
    return Track(
        index=index,
        codec=stream.codec_context.name if known else "unknown codec",
        channels=stream.channels if known else 0,
        rate=stream.rate if known else 0,
        language=None if stream.language == "und" else stream.language or None,
        title=stream.metadata.get("title") or stream.metadata.get("name") or None,
        default=bool(stream.disposition & Disposition.default),
    )


def _packets(
    path: Path, file: FilePart, container: av.container.InputContainer, stream: av.AudioStream
) -> "Iterator[av.Packet[av.AudioStream]]":
    film = any(not video.disposition & Disposition.attached_pic for video in container.streams.video)
    try:
        for packet in container.demux(stream):
            file.be_patient(endless=film)
            yield packet
    except av.FFmpegError:
        pass  # what follows is not in this format any more
    except IndexError:
        pass  # PyAV, at the end of a file of which streams turned up on the way
    _raise_read_error(path, file)


def _late_info_frame(source: Source) -> int | None:
    """Where an MP3's frame about the song begins, if FFmpeg has not read it.

    It does not when something that is no ID3v2 tag comes before; then it knows neither the encoder's delay nor the length.
    """
    if source.formats != {"mp3"} or source.stream.start_time:
        return None
    first = next(source.packets, None)
    if first is None:
        return None
    source.packets = chain([first], source.packets)
    end = first.pos or 0
    return source.read_header(lambda file: mp3_info_frame(file, end))


def _raise_read_error(path: Path, file: FilePart) -> None:
    """A failing disk looks like the end of the file to FFmpeg."""
    try:
        file.raise_error()
    except OSError as error:
        raise FileUnreadableError(path=path, reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
