"""Small files that Antara keeps for itself."""

import os
import tempfile
import zlib
from pathlib import Path


def crc32(path: Path) -> int:
    """The checksum of a file's contents: enough to notice damage, at 5 GB/s."""
    crc = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            crc = zlib.crc32(part, crc)
    return crc


def write_whole(path: Path, text: str) -> None:
    """Writes a small text file in one step: readers see the old one or the new one. Raises OSError."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
