"""The files that are dropped or pasted."""

import os
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl


def has_files(data: QMimeData) -> bool:
    """Whether some of it is on this computer."""
    return any(url.isLocalFile() for url in data.urls())


def files_in(data: QMimeData) -> list[Path]:
    """What a file manager put there, or else the whole paths of a text, one on a line."""
    if data.hasUrls():
        return [local_path(url) for url in data.urls() if url.isLocalFile()]
    return [path for line in data.text().splitlines() if (path := _path(line.strip().strip('"')))]


def local_path(url: QUrl) -> Path:
    """The file that a local address means, also where its name is no text."""
    if sys.platform == "win32":
        return Path(url.toLocalFile())
    return Path(os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))))


def _path(line: str) -> Path | None:
    if "\0" in line or not line:
        return None
    if line.startswith("file:"):
        return local_path(QUrl(line))
    path = Path(line).expanduser() if line.startswith("~/") else Path(line)
    return path if path.is_absolute() else None
