"""The length that a file declares, where its format states it exactly: a file with less in it was cut off."""

import av
import av.container

from core.audio import headers
from core.audio.source import Source

# Containers whose declared length FFmpeg gives as it stands: not estimated from the bit rate or made up from what is there.
_EXACT_CONTAINERS = {"flac", "aiff", "mov", "tta", "wv", "au", "caf"}

# Those of which it makes up the length, or corrects it to what is there.
_HEADERS = {"wav": headers.wav_seconds, "w64": headers.w64_seconds, "caf": headers.caf_seconds, "asf": headers.asf_seconds}

# Whose length is that of all the streams together.
_COMMON_LENGTH = {"matroska", "asf"}

# By so much the frames of AAC may exceed what iTunes counts.
_AAC_FRAME = 2048


def declared_seconds(source: Source) -> float | None:
    """What the file says of its length, exact or not; None where it says nothing."""
    stream, container = source.stream, source.container
    if stream.duration and stream.time_base:
        return float((_itunes_samples(source) or stream.duration) * stream.time_base)
    if not container.duration:
        return None
    seconds = container.duration / av.time_base
    if "matroska" in source.formats and stream.start_time and stream.time_base:  # its length counts from 0
        return max(seconds - max(float(stream.start_time * stream.time_base), 0.0), 0.0)
    return seconds


def exact_seconds(source: Source) -> float | None:
    """The declared length of the sound where that is exact, else None."""
    formats = source.formats
    if formats & _COMMON_LENGTH and sum(stream.type != "attachment" for stream in source.container.streams) > 1:
        return None
    for name in formats & _HEADERS.keys():
        seconds = source.read_header(_HEADERS[name])
        return declared_seconds(source) if seconds is None and name in _EXACT_CONTAINERS else seconds
    # FFmpeg knows where an MP3 starts only from the encoder's own header, which also counts the frames.
    if "mp3" in formats and source.stream.start_time:
        if source.read_header(headers.mp3_goes_on):
            return None  # FFmpeg does not use the count then but estimates
        return declared_seconds(source)
    return declared_seconds(source) if formats & (_EXACT_CONTAINERS | {"matroska"}) else None


def _itunes_samples(source: Source) -> int | None:
    """The length that iTunes notes in a tag, in the stream's unit; None where FFmpeg does not go by that tag.

    Layout: hexadecimal numbers: 0, the encoder's delay, what fills up the last frame, the length. A tag that was copied from
    another file does not fit the stream.
    """
    text, stream = source.container.metadata.get("iTunSMPB"), source.stream
    if not text or not stream.duration:
        return None
    try:
        delay, filling, samples = (int(number, 16) for number in text.split()[1:4])
    except ValueError:
        return None
    fits = stream.start_time == delay and abs(delay + samples + filling - stream.duration) <= _AAC_FRAME
    return samples if fits else None
