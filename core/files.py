"""Small files that Antara keeps for itself, and names for files."""

import os
import re
import tempfile
import zlib
from pathlib import Path

LONGEST_NAME = 255  # bytes, on most file systems

# What Windows takes for devices, in every folder and with every ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)


def is_reserved(name: str) -> bool:
    """Whether Windows takes it for a device."""
    return bool(_RESERVED.fullmatch(name))


def is_plain_name(name: str) -> bool:
    """Whether it can be the name of a file or folder on every system."""
    if not name or name.rstrip(" .") != name or is_reserved(name) or len(os.fsencode(name)) > LONGEST_NAME:
        return False
    return not any(character in '<>:"/\\|?*' or not character.isprintable() for character in name)


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
