"""A part of a file as a file of its own: FFmpeg does not go from one link of a chained Ogg file to a different one."""

import math
from typing import IO

from core.audio.av_file import AvFile

_OGG_HEADER_BYTES = 27
_BEGINS_STREAM = 2
# Bytes without sound. FFmpeg would keep up to 2 GB of what makes no packet in memory; cover pictures are smaller.
_PATIENCE = 1 << 27


class FilePart(AvFile):
    """The bytes of ``file`` from ``start`` up to ``end``, for ``av.open``. It ends where too many of them bring no sound."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        super().__init__(file)
        self._start, self._end = start, end
        self._patience: float = _PATIENCE
        super().seek(start)

    def part(self, start: int) -> "FilePart":
        """What comes from byte ``start`` of this part on."""
        return FilePart(self._file, self._start + start, self._end)

    def be_patient(self, endless: bool = False) -> None:
        """What was read until now has brought sound. ``endless``: all that is to come may bring none, as films may."""
        self._patience = math.inf if endless else _PATIENCE

    def read(self, size: int) -> bytes:
        if self._patience <= 0:
            return b""
        found = super().read(max(min(size, self._end - super().tell()), 0))
        self._patience -= len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        position = (self._start, super().tell(), self._end)[whence] + offset
        if position < self._start or super().seek(position) < 0:
            return -1
        return position - self._start

    def tell(self) -> int:
        return super().tell() - self._start

    @property
    def size(self) -> int:
        return self._end - self._start


def ogg_links(file: IO[bytes], size: int) -> list[tuple[int, int]]:
    """From which byte up to which each link of a chained Ogg file of ``size`` bytes goes; the whole of any other file.

    Layout: RFC 3533, section 6: "OggS", version, flags, 20 bytes, the number of segments, their sizes. A link begins with
    the first pages of its streams. Raises OSError.
    """
    starts = [0]
    position, beginning = 0, True
    file.seek(0)
    while (header := file.read(_OGG_HEADER_BYTES))[:4] == b"OggS" and len(header) == _OGG_HEADER_BYTES:
        begins = bool(header[5] & _BEGINS_STREAM)
        if begins and not beginning:
            starts.append(position)
        beginning = begins
        position += _OGG_HEADER_BYTES + header[26] + sum(file.read(header[26]))
        file.seek(position)
    return list(zip(starts, [*starts[1:], size], strict=True))
