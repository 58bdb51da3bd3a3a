"""What is noted of a model when it is installed, in a file in its folder: the sizes and hashes of its files.

A folder without a record is one that Spleeter, or the user, put there; its checkpoint speaks for itself.
"""

import contextlib
import hashlib
import logging
from pathlib import Path, PurePath

import msgspec

from core.cancel import CancelToken
from core.decoding import from_json
from core.files import read_small, write_whole
from core.models import tf_checkpoint

_log = logging.getLogger(__name__)

FILE = "antara.json"
WEIGHTS = "weights.npz"  # in the folder of a model that Antara trained
_BLOCK = 1 << 20


class FileRecord(msgspec.Struct, frozen=True):
    size: int  # bytes
    sha256: str


class Record(msgspec.Struct, frozen=True):
    """One installed model."""

    source: str  # the address or the file that it came from
    installed: str  # the day, as 2026-11-20
    files: dict[str, FileRecord]
    configuration: str = ""  # of a model of the user's own: the text of its configuration file
    format: int = 1


def take(folder: Path, source: str, installed: str, configuration: str, cancel: CancelToken) -> None:
    """Writes the record of a folder as it is now. Raises OSError and CancelledError."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != FILE)
    found = {name: FileRecord((folder / name).stat().st_size, sha256(folder / name, cancel)) for name in names}
    record = Record(source, installed, found, configuration)
    write_whole(folder / FILE, msgspec.json.format(msgspec.json.encode(record)).decode())


def read(folder: Path) -> Record | None:
    """The record of a folder; None where there is none that can be read."""
    try:
        record = from_json(read_small(folder / FILE), Record)
        if not all(_is_below(name) for name in record.files):
            raise ValueError("it names files of other folders")
        return record
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _log.warning("the record of %s cannot be read: %s", folder, error)
        return None


def _is_below(name: str) -> bool:
    """Whether it is a file of the model's own folder: no other is read, least of all a device without an end."""
    path = PurePath(name)
    return bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in name


def problem(folder: Path) -> str:
    """What is wrong with a model's folder at a glance, by its record or its checkpoint; empty if it looks whole."""
    record = read(folder)
    if record is None:
        return _problem_without_record(folder)
    for name, expected in record.files.items():
        try:
            if (folder / name).stat().st_size != expected.size:
                return f"{name} has the wrong size"
        except OSError:
            return f"{name} is missing"
    return ""


def _problem_without_record(folder: Path) -> str:
    with contextlib.suppress(OSError):
        if (folder / FILE).exists():
            return f"{FILE} is damaged"
        if (folder / WEIGHTS).is_file():
            return ""
        prefix = tf_checkpoint.latest(folder)
        if prefix is None:
            return "no checkpoint is in its folder"
        return tf_checkpoint.problem(prefix)
    return "its files cannot be read"


def altered(folder: Path, record: Record, cancel: CancelToken) -> str:
    """The first file that is not as it was when it was installed; empty if all are. Raises CancelledError."""
    for name, expected in record.files.items():
        try:
            if sha256(folder / name, cancel) != expected.sha256:
                return f"{name} was changed"
        except OSError as error:
            return f"{name}: {error.strerror or error}"
    return ""


def sha256(path: Path, cancel: CancelToken) -> str:
    """The hash of a file, in hexadecimal digits. Raises OSError and CancelledError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_BLOCK):
            cancel.raise_if_cancelled()
            digest.update(part)
    return digest.hexdigest()
