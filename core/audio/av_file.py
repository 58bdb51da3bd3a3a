"""A file as FFmpeg sees it: it calls from C, which no exception passes, so the first error is kept for the caller."""

import errno
from typing import IO


class AvFile:
    """Wraps a binary file for ``av.open``. After a call into PyAV, ``raise_error`` raises what went wrong with the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._error: OSError | None = None
        self._closed = False
        self.name = str(file.name)  # FFmpeg takes the format from it where the content does not tell

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            self._error = self._error or error
            return b""

    def write(self, data: bytes) -> int:
        if self._error is not None or self.closed:
            return len(data)
        try:
            return self._file.write(data)
        except OSError as error:
            self._error = error
            return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        if self.closed:
            return -1
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            if error.errno != errno.EINVAL:  # a damaged header can send it before the first byte: FFmpeg's own affair
                self._error = self._error or error
            return -1

    def tell(self) -> int:
        return -1 if self.closed else self._file.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing more reaches the file, which stays open: libraries, when freed, complete what was given up."""
        self._closed = True

    @property
    def closed(self) -> bool:
        return self._closed or self._file.closed

    def raise_error(self) -> None:
        """Raises the first OSError that reading or writing met."""
        if self._error is not None:
            raise self._error
