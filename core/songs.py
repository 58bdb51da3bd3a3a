"""Finds the songs in what a user drops: files, and folders with everything below them."""

import logging
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from core.cancel import CancelToken
from core.files import is_folder

_log = logging.getLogger(__name__)

SOUND_EXTENSIONS = tuple(
    ".mp3 .wav .flac .m4a .aac .ogg .oga .opus .wma .aiff .aif .aifc .alac .ape .au .caf .m4b .mka .mp2 .w64 .wv".split()
)
VIDEO_EXTENSIONS = tuple(".mp4 .m4v .mkv .mov .webm .avi .flv .mpg .mpeg .mts .m2ts .wmv .3gp .ogv .vob".split())
EXTENSIONS = (*SOUND_EXTENSIONS, *VIDEO_EXTENSIONS)  # of files that hold sound or video, in small letters

PATTERNS = " ".join(f"*{extension}" for extension in EXTENSIONS)  # for the filter of a file dialog

_DIGITS = re.compile(r"(\d+)")


def expand(paths: Iterable[Path], cancel: CancelToken, skip: Collection[Path] = ()) -> Iterator[Path]:
    """The songs in ``paths``, absolute, each once, as they are found. Raises CancelledError.

    A file is taken whatever it is called, and also where it does not exist: whoever opens it says what is wrong with it.
    Of a folder the files with one of ``EXTENSIONS``, in natural order, then those of the folders in it; not what is hidden,
    and not what lies in the folders of ``skip``, unless they are given themselves. Links are followed, but into no folder
    twice. A folder that cannot be read is passed over with a line in the log.
    """
    seen: set[str] = set()
    folders: set[str] = set()
    skipped = {_key(path) for path in skip}
    for path in paths:
        cancel.raise_if_cancelled()
        whole = path.absolute()
        found = _in_folder(whole, cancel, folders, skipped) if is_folder(whole) else iter([(whole, _key(whole))])
        for song, key in found:
            if key not in seen:
                seen.add(key)
                yield song


def walk(folder: Path, cancel: CancelToken) -> Iterator[Path]:
    """The songs below one folder, as ``expand`` finds them, without remembering each. Raises CancelledError."""
    for song, _ in _in_folder(folder, cancel, set(), set()):
        yield song


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Sorts names as people count: "2 x" before "10 x", whatever the case of letters."""
    parts: list[str | int] = list(_DIGITS.split(name.casefold()))
    parts[1::2] = map(int, parts[1::2])
    return parts, name


def _in_folder(root: Path, cancel: CancelToken, seen: set[str], skipped: set[str]) -> Iterator[tuple[Path, str]]:
    """The songs below a folder, each with the key of what it really is."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        key = _key(folder)
        if key in seen or (key in skipped and folder != root):
            continue
        seen.add(key)
        songs, folders = _listed(folder, cancel)
        for entry in songs:
            song = Path(entry.path)
            # Only a link's target is looked up, which is slow on a network: of all others the folder's key tells.
            yield song, _key(song) if entry.is_symlink() else os.path.normcase(Path(key, entry.name))
        waiting += [Path(entry.path) for entry in reversed(folders)]


def _listed(folder: Path, cancel: CancelToken) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """The songs and the folders in a folder, both in natural order; as many as can be read."""
    songs: list[os.DirEntry[str]] = []
    folders: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                cancel.raise_if_cancelled()
                kind = _kind(entry)
                if kind is not None:
                    (folders if kind == "folder" else songs).append(entry)
    except OSError as error:
        _log.warning("%r cannot be read: %s", str(folder), error.strerror)
    for found in (songs, folders):
        found.sort(key=lambda entry: natural_key(entry.name))
    return songs, folders


def _kind(entry: os.DirEntry[str]) -> str | None:
    try:
        if _is_hidden(entry):
            return None
        if entry.is_dir():
            return "folder"
        return "song" if entry.name.lower().endswith(EXTENSIONS) and entry.is_file() else None
    except OSError:  # a link that leads in a circle, a file that went in the meantime
        return None


def _is_hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    attributes: int = getattr(entry.stat(), "st_file_attributes", 0) if os.name == "nt" else 0
    return bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)


def _key(path: Path) -> str:
    """The same for all ways to one file or folder."""
    return os.path.normcase(os.path.realpath(path))
