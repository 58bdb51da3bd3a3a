"""Small files that Antara keeps for itself, and the names of files in them."""

import base64
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


def write_whole(path: Path, text: str, sync: bool = False) -> None:
    """Writes a small text file in one step: readers see the old one or the new one. Raises OSError.

    ``sync``: it is on the disk when this returns, and outlives a failure of the power.
    """
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


_BYTES = "\0"  # no path has it


def path_text(path: Path) -> str:
    """The path as text that can be encoded, whatever bytes its name is made of; for ``text_path``."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _BYTES + base64.b64encode(os.fsencode(path)).decode()
    return text


def text_path(text: str) -> Path:
    """The path of a ``path_text``. Raises ValueError for what is none."""
    if text.startswith(_BYTES):
        text = os.fsdecode(base64.b64decode(text[1:], validate=True))
    if _BYTES in text:
        raise ValueError("no path has a zero in it")
    return Path(text)
