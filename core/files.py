"""Small files that Antara keeps for itself, and the names of files in them."""

import base64
import glob
import json
import logging
import math
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

_log = logging.getLogger(__name__)

_BYTES = "\0"  # begins the text of a path that is no text itself

_PATIENCE_S = 10.0  # with another process that is rewriting the same file
_LARGEST = 64_000_000  # bytes of a file that Antara keeps for itself; settings and history have some thousands


def is_folder(path: Path) -> bool:
    """Whether there is a folder, as far as can be seen: ``is_dir`` raises for odd names and below locked folders."""
    try:
        return path.is_dir()
    except OSError:
        return False


def read_small(path: Path, largest: int = _LARGEST) -> bytes:
    """What a file holds, of which there is no reason to be large. Raises OSError, and ValueError where it is."""
    with path.open("rb") as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ValueError("it is far too large")
    return content


def crc32(path: Path) -> int:
    """The checksum of a file's contents: enough to notice damage, at 5 GB/s."""
    crc = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            crc = zlib.crc32(part, crc)
    return crc


def write_whole(path: Path, text: str) -> None:
    """Writes a small text file in one step: readers see the old one or the new one. Raises OSError."""
    with replacing(path) as file:
        file.write(text.replace("\n", os.linesep).encode("utf-8"))


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` in one step at the end, or goes where that fails. Raises OSError."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path))
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def remove_parts(path: Path) -> None:
    """Deletes what killed programs left of ``replacing``. Nobody may be replacing ``path`` meanwhile. Raises OSError."""
    for part in path.parent.glob(f"{glob.escape(_prefix(path))}*"):
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """The names in it are on the disk; Windows has no such thing. Raises OSError."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; an empty one where there is none, or a damaged one. Raises OSError.

    A damaged file is set aside as ``….bad``, so that writing the file anew does not lose what was in it.
    """
    try:
        return _parsed(read_small(path))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        _log.warning("%s is damaged: %s", path, error)
    try:
        with _locked(path):
            _set_aside(path)
    except OSError:
        _log.warning("%s cannot be set aside", path, exc_info=True)
    return {}


def rewrite_object(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Replaces the JSON object in a file by what ``change`` makes of it, for one thread of one process at a time.

    Whenever the program ends, the old file is there or the new one. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        remove_parts(path)
        try:
            before = _parsed(read_small(path))
        except FileNotFoundError:
            before = {}
        except ValueError:
            _set_aside(path)
            before = {}
        # In ASCII: names of files may have characters that UTF-8 does not.
        write_whole(path, json.dumps(change(before), indent=1, allow_nan=False))


def _prefix(path: Path) -> str:
    return f".{path.name}-"


def _locked(path: Path) -> Any:
    """Entered with ``with``. Raises OSError."""
    from filelock import FileLock  # late: slow to import

    return FileLock(path.with_name(f".{path.name}.lock"), timeout=_PATIENCE_S)


def _set_aside(path: Path) -> None:
    """Unless somebody was quicker. Raises OSError."""
    try:
        _parsed(read_small(path))
    except FileNotFoundError:
        return
    except ValueError:
        path.replace(path.with_name(f"{path.name}.bad"))


def _parsed(content: bytes) -> dict[str, Any]:
    """Raises ValueError for what is no JSON object, or could not be written again."""
    try:
        found = json.loads(content, parse_float=_finite, parse_constant=_finite)
        json.dumps(found, indent=1)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number


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
