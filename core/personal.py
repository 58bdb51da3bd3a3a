"""Takes what tells who the user is out of texts that somebody else may come to read."""

import getpass
import json
import platform
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

HOME, USER, COMPUTER = "~", "<user>", "<computer>"

_SHORTEST = 3  # letters: shorter names are parts of too many other words, and are replaced in paths only
_IN_NAME = r"[^\W_]"  # a letter or a digit
_OBVIOUS = {"localhost", "computer"}  # tell nothing


def without_home(text: str) -> str:
    """``text`` with ``~`` for the user's home folder, however it is written."""
    return _finder(str(_home() or "")).sub(HOME, text)


def without_names(text: str) -> str:
    """The same without the user's name and the computer's, too, wherever they stand by themselves."""
    hidden = without_home(text)
    for name, instead in _names():
        hidden = _word(name).sub(instead, hidden)
    return hidden


def _home() -> Path | None:
    """The user's folder; None where the system does not know of one."""
    with suppress(RuntimeError):
        return Path.home()
    return None


@cache
def _finder(home: str) -> re.Pattern[str]:
    """What finds the folder in its ways to be written: as it is, in JSON and in Python's, in an address, in any case."""
    path = Path(home)
    if path == Path(path.anchor):  # of a user without one: "/" is in every path
        return re.compile(r"(?!)")
    ways = set()
    for folder in {path, Path(_real(path))}:
        for way in (str(folder), folder.as_posix()):
            ways |= {way, json.dumps(way)[1:-1], json.dumps(way, ensure_ascii=False)[1:-1], ascii(way)[1:-1], quote(way)}
    longest_first = sorted(ways, key=lambda way: (-len(way), way))
    begins = rf"(?<!{_IN_NAME})" if home[0].isalnum() else ""
    return re.compile(rf"{begins}(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_]|[-_])", re.IGNORECASE)


def _real(path: Path) -> str:
    with suppress(OSError, RuntimeError):
        return str(path.resolve())
    return str(path)


def _names() -> Iterator[tuple[str, str]]:
    """What is to be replaced, and by what."""
    home = _home()
    found = {home.name} if home else set()
    with suppress(OSError, KeyError, ImportError):  # an account that the system knows nothing of
        found.add(getpass.getuser())
    computers = {platform.node(), platform.node().partition(".")[0]} - _OBVIOUS
    for names, instead in ((found, USER), (computers, COMPUTER)):
        yield from ((name, instead) for name in sorted(names, key=lambda name: (-len(name), name)) if name)


@cache
def _word(name: str) -> re.Pattern[str]:
    ways = {name, json.dumps(name)[1:-1], ascii(name)[1:-1], quote(name)}
    either = "|".join(map(re.escape, sorted(ways, key=lambda way: (-len(way), way))))
    if len(name) < _SHORTEST:
        return re.compile(rf"(?<=[/\\])(?:{either})(?=[/\\])", re.IGNORECASE)
    return re.compile(rf"(?<!{_IN_NAME})(?:{either})(?!{_IN_NAME})", re.IGNORECASE)
