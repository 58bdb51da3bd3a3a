"""Where the stems of a song are written."""

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.errors import OutputClashError


def stem_paths(song: Path, stems: Iterable[str], folder: Path) -> dict[str, Path]:
    """``folder/{song}/{stem}.wav`` for each stem, with the song's name as it is."""
    return {stem: folder / _folder_name(song) / f"{stem}.wav" for stem in stems}


def _folder_name(song: Path) -> str:
    """The name without its extension; with it where only dots would be left, which mean other folders."""
    return song.stem if song.stem.strip(".") else song.name


def refuse_clashes(songs: Sequence[Path]) -> None:
    """Raises OutputClashError when two songs of one run would get the same folder, on any file system.

    Compared without regard to case and to how accents are encoded: the file systems of Windows and macOS do not tell
    ``Song`` from ``song``, and that of macOS not é from e and an accent.
    """
    seen: dict[str, Path] = {}
    for song in songs:
        name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", _folder_name(song)).casefold())
        other = seen.setdefault(name, song)
        if other is not song:
            raise OutputClashError(first=str(other), second=str(song))
