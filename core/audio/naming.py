"""Where the stems of a song are written."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from core.errors import OutputClashError


def stem_paths(song: Path, stems: Iterable[str], folder: Path) -> dict[str, Path]:
    """``folder/{song}/{stem}.wav`` for each stem, with the song's name as it is."""
    return {stem: folder / song.stem / f"{stem}.wav" for stem in stems}


def refuse_clashes(songs: Sequence[Path]) -> None:
    """Raises OutputClashError when two songs of one run would get the same folder, on any file system.

    Compared without regard to case: the file systems of Windows and macOS do not tell ``Song`` from ``song``.
    """
    seen: dict[str, Path] = {}
    for song in songs:
        other = seen.setdefault(song.stem.casefold(), song)
        if other is not song:
            raise OutputClashError(first=str(other), second=str(song))
