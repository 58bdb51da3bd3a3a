"""The licences of everything in the frozen program: whose each of its files is, and the texts that go with them."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "installer" / "licences"
INDEX = "LICENCES.txt"

_TEXT = re.compile(r"(^|/)(licen[cs]es?|licensing|copying|notice|copyright|third.?party)[^/]*($|/)", re.IGNORECASE)
_NO_TEXT = (".py", ".pyc", ".so", ".dll", ".dylib", ".pyd")
_LIBRARY = re.compile(r"\.(so(\.[\d.]+)?|dll|dylib)$")
_VENDORS = ("*.libs/*", "*/.dylibs/*")  # folders of wheels with libraries of others

# What some packages leave out of their wheels.
_KEPT_TEXTS: Mapping[str, tuple[str, ...]] = {
    "PySide6_Essentials": ("notices/qt.txt", "texts/LGPL-3.0.txt", "notices/icu.txt"),
    "shiboken6": ("notices/qt.txt", "texts/LGPL-3.0.txt"),
    "flatbuffers": ("texts/Apache-2.0.txt",),
    "tf_keras": ("texts/Apache-2.0.txt",),
}


class LicenceError(Exception):
    """Something in the bundle has no licence that is known."""


@dataclass
class Part:
    """A piece of software that is bundled, by whoever made it."""

    name: str
    version: str
    licence: str
    texts: list[Path]
    files: list[str] = field(default_factory=list)  # their places in the bundle


def write(folder: Path, entries: Iterable[tuple[str, str]]) -> list[Part]:
    """Puts an index and the texts into ``folder``; ``entries`` are (place in the bundle, file it comes from).

    Raises LicenceError with everything that belongs to nobody, or to somebody without a text.
    """
    found = parts(entries)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "GPL-3.0.txt").write_bytes((ROOT / "LICENSE").read_bytes())
    lines = ["Antara is free software under the GNU General Public License, version 3 or later. It contains:", ""]
    for part in found:
        lines.append(f"{part.name} {part.version}: {part.licence}".replace(" :", ":"))
        if part.texts:
            texts = (f"{'=' * 20} {text.name}\n\n{text.read_text('utf-8', 'replace')}" for text in part.texts)
            (folder / f"{_file_name(part.name)}.txt").write_text("\n\n".join(texts), "utf-8")
    (folder / INDEX).write_text("\n".join(lines) + "\n", "utf-8")
    return found


def parts(entries: Iterable[tuple[str, str]]) -> list[Part]:
    """All parts that have files among ``entries``, by name. Raises LicenceError."""
    found = {part.name: part for part in (_python(), _bootloader(), *_data())}
    unknown = []
    for place, source in entries:
        owner = _owner(Path(source))
        if owner is None:
            unknown.append(f"{place} ({source})")
        elif owner.name != "Antara":
            found.setdefault(owner.name, owner).files.append(place)
    unknown += [part.name for part in found.values() if not part.texts and "(" not in part.licence]
    if unknown:
        raise LicenceError("no licence is known of:\n" + "\n".join(sorted(unknown)))
    return sorted(found.values(), key=lambda part: part.name.lower())


def _owner(source: Path) -> Part | None:
    if source.is_relative_to(ROOT) and not source.is_relative_to(Path(sys.prefix)):
        return Part("Antara", "", "GPL-3.0-or-later", [])
    vendored = _vendored(source)
    if vendored:
        return vendored
    name = _packages().get(source)
    if name:
        return _bootloader() if name == "pyinstaller" else _package(name)
    if "site-packages" not in source.parts and _is_below(source, sysconfig.get_paths()["stdlib"], sys.base_prefix):
        return _python()
    if "PyInstaller" in source.parts or source.suffix in (".zip", ".py"):
        return _bootloader()
    return _debian(source)


def _is_below(path: Path, *folders: str) -> bool:
    return any(folder != "/usr" and path.resolve().is_relative_to(Path(folder).resolve()) for folder in folders)


def _vendored(source: Path) -> Part | None:
    """A library that a wheel brings along, made by somebody else; None if it is the wheel's own."""
    packages = Path(sysconfig.get_paths()["platlib"])
    inside = source.relative_to(packages).as_posix() if source.is_relative_to(packages) else ""
    if not any(fnmatch(inside, pattern) for pattern in _VENDORS) or not _LIBRARY.search(source.name):
        return None
    for entry in _table():
        if any(fnmatch(source.name, pattern) for pattern in entry["files"]):
            return Part(entry["name"], "", entry["licence"], [KEPT / text for text in entry["texts"]])
    raise LicenceError(f"{source} is in no entry of installer/licences/vendored.json")


@cache
def _table() -> list[dict[str, list[str] | str]]:
    return json.loads((KEPT / "vendored.json").read_text("utf-8"))


@cache
def _packages() -> Mapping[Path, str]:
    """{file: the Python package that it was installed with}."""
    return {Path(str(file.locate())): found.name for found in distributions() for file in found.files or ()}


@cache
def _package(name: str) -> Part:
    found = distribution(name)
    texts = [*_texts(found), *(KEPT / text for text in _KEPT_TEXTS.get(name, ()))]
    return Part(name, found.version, _licence(found), texts)


def _texts(found: Distribution) -> Iterator[Path]:
    for file in found.files or ():
        path = Path(str(file.locate()))
        if _TEXT.search(str(file)) and path.suffix not in _NO_TEXT and path.is_file() and "_vendor" not in path.parts:
            yield path


def _licence(found: Distribution) -> str:
    stated = found.metadata.get("License-Expression") or (found.metadata.get("License") or "").strip().partition("\n")[0]
    classifiers = [text.rpartition(":: ")[2] for text in found.metadata.get_all("Classifier") or () if "License" in text]
    return stated or ", ".join(classifiers) or "see its text"


@cache
def _python() -> Part:
    version = ".".join(map(str, sys.version_info[:3]))
    places = (Path(sysconfig.get_paths()["stdlib"]), Path(sys.base_prefix), Path("/usr/share/doc/python3.11"))
    texts = [place / name for place in places for name in ("LICENSE.txt", "LICENSE", "copyright")]
    return Part("Python", version, "PSF-2.0", [text for text in texts if text.is_file()][:1])


@cache
def _bootloader() -> Part:
    """PyInstaller's own part in every program."""
    found = _package("pyinstaller")
    return Part("PyInstaller's bootloader", found.version, "GPL-2.0-or-later WITH Bootloader-exception", found.texts)


def _data() -> Iterator[Part]:
    """What lies among Antara's own files and has a licence of its own."""
    resources = ROOT / "resources"
    yield Part("Noto Sans Devanagari", "", "OFL-1.1", [resources / "fonts" / "OFL.txt"])
    yield Part("Built-in model", "", "CC-BY-SA-4.0", [resources / "models" / "builtin" / "README.md"])
    yield Part("Demo song", "", "CC0-1.0", [resources / "demo" / "LICENSE.md"])


@cache
def _debian(source: Path) -> Part | None:
    """The Debian package that a library of the system belongs to."""
    for path in dict.fromkeys((source.resolve(), source, Path(str(source).removeprefix("/usr")))):
        try:
            answer = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True)
        except OSError:
            return None
        if answer.returncode == 0:
            package = answer.stdout.partition(": ")[0].partition(",")[0]
            name = package.partition(":")[0]
            query = ["dpkg-query", "-W", "-f", "${Version}", package]
            version = subprocess.run(query, capture_output=True, text=True).stdout
            text = Path("/usr/share/doc", name, "copyright")
            return Part(name, version, "see its text", [text] if text.is_file() else [])
    return None


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", name).strip("-")
