"""A song's file as FFmpeg takes it apart."""

from typing import Literal

import av
import av.container

from core.audio.file_part import FilePart

# Lists of what is elsewhere. FFmpeg would wait for the next part of a broadcast as long as the list says: hours.
_LISTS = frozenset({"concat", "dash", "hls", "rtp", "rtsp", "sap", "sdp", "vobsub", "webm_dash_manifest"})


def open_container(file: FilePart, metadata_errors: Literal["replace", "surrogateescape"]) -> av.container.InputContainer:
    """Opens a file of any kind; it leads to no other file and no address. Raises av.FFmpegError where it is of none."""
    formats = ",".join(sorted(av.formats_available - _LISTS))
    options = {"protocol_whitelist": "none", "format_whitelist": formats}
    return av.open(file, "r", metadata_errors=metadata_errors, container_options=options)
