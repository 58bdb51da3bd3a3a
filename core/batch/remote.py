"""Files under addresses (``s3://``, ``gs://``, ``sftp://``, …), through fsspec."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from core.errors import BatchMissingError, RemoteError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")
_LOCAL = "file://"
_MAGIC = re.compile(r"[*?\[]")

Files = Any  # fsspec's AbstractFileSystem, which has no types


def is_address(text: str) -> bool:
    """Whether it is an address, and no path."""
    return bool(_ADDRESS.match(text)) and not text.startswith(_LOCAL)


def is_pattern(text: str) -> bool:
    """Whether it stands for all files that look so."""
    return bool(_MAGIC.search(text))


def without_scheme(text: str) -> str:
    """The path of a ``file://`` address; any other text as it is."""
    return text.removeprefix(_LOCAL)


def opened(address: str) -> tuple[Files, str]:
    """The file system of an address, and the path in it. Raises BatchMissingError and RemoteError."""
    from fsspec.core import url_to_fs

    from core.batch import REQUIREMENTS

    with errors(address):
        try:
            files, path = url_to_fs(address)
        except ImportError as error:
            raise BatchMissingError(package=address.partition("://")[0], requirements=REQUIREMENTS) from error
        return files, str(path)


@contextmanager
def errors(address: str) -> Iterator[None]:
    """Whatever goes wrong with a server in the block is a RemoteError about ``address``."""
    from core.errors import AntaraError

    try:
        yield
    except AntaraError:
        raise
    except Exception as error:  # each file system raises the errors of a library of its own
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RemoteError(address=address, detail=detail) from error


def facts(files: Files, path: str, address: str) -> dict[str, Any]:
    """What tells cheaply whether a file is the same: its size, and its time or tag. Raises RemoteError."""
    with errors(address):
        files.invalidate_cache()
        known = files.info(path)
    if known.get("type") == "directory":
        raise RemoteError(address=address, detail="it is a folder")
    tag = next((known[name] for name in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "time") if known.get(name)), "")
    return {"size": int(known["size"] or 0), "tag": str(tag)}


def walk(files: Files, root: str, address: str) -> Iterator[str]:
    """The files below a folder, in the order of their names. Raises RemoteError."""
    with errors(address):
        for folder, folders, names in files.walk(root):
            folders.sort() if isinstance(folders, list) else None
            for name in sorted(names):
                yield str(PurePosixPath(folder, name))
