"""The songs of a catalogue, found while the first ones are separated already: of folders, patterns, lists and addresses."""

import glob
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import msgspec

from core import songs
from core.batch import manifest, remote
from core.cancel import CancelToken
from core.decoding import from_builtins
from core.errors import AntaraError, ManifestError, SourceError
from core.file_names import LONGEST_NAME, cleaned, legal
from core.files import is_folder, path_text
from core.recipe import Recipe
from core.songs import EXTENSIONS

_ROOM = 20  # for a number behind a name


@dataclass(frozen=True)
class Entry:
    """A song: its source (a text of ``files.path_text``, or an address), the folder that its stems would have, and what a
    list says of it. ``problem`` is what is wrong with the list there.
    """

    source: str
    name: str
    model: str | None = None
    changes: Mapping[str, object] = field(default_factory=dict)  # of the recipe
    problem: AntaraError | None = None

    def recipe(self, general: Recipe) -> Recipe:
        """What is to be done: the general recipe, with the changes of this song."""
        return msgspec.structs.replace(general, **self.changes) if self.changes else general


def entries(sources: Iterable[str], cancel: CancelToken) -> Iterator[Entry]:
    """The songs, in an order that does not change. Raises SourceError, ManifestError, RemoteError and CancelledError.

    A file is taken whatever it is called, and whether it exists or not, unless it is a list. Folders and lists are read
    as they are used; what a pattern stands for is collected first.
    """
    for source in map(remote.without_scheme, sources):
        found = 0
        for entry in _entries(source, cancel):
            cancel.raise_if_cancelled()
            found += 1
            yield entry
        if not found:
            raise SourceError(source=source)


def count(sources: Iterable[str], cancel: CancelToken) -> int | None:
    """How many there are; None where it would take as long as finding them: at addresses. Raises as ``entries``."""
    total = 0
    for source in map(remote.without_scheme, sources):
        if source.endswith(manifest.ENDINGS):
            total += manifest.count(_local_text(source))
        elif remote.is_address(source):
            return None
        else:
            total += sum(1 for _ in _entries(source, cancel))
    return total


def _entries(source: str, cancel: CancelToken) -> Iterator[Entry]:
    if source.endswith(manifest.ENDINGS):
        return _listed(_local_text(source))
    if remote.is_address(source):
        return _remote(source)
    path = Path(source)
    if is_folder(path):
        return _in_folder(path, path, cancel)
    if remote.is_pattern(source) and not path.exists():
        return _matching(source, cancel)
    return iter([_song(path.absolute(), path.parent.absolute())])


def _in_folder(folder: Path, root: Path, cancel: CancelToken) -> Iterator[Entry]:
    for song in songs.walk(folder.absolute(), cancel):
        yield _song(song, root.absolute())


def _matching(pattern: str, cancel: CancelToken) -> Iterator[Entry]:
    parts = Path(pattern).parts
    fixed = next(index for index, part in enumerate(parts) if remote.is_pattern(part))
    root = Path(*parts[:fixed]).absolute()
    for found in sorted(glob.iglob(pattern, recursive=True), key=songs.natural_key):  # noqa: PTH207 - of absolute ones, too
        path = Path(found)
        if is_folder(path):
            if "**" not in pattern:  # which has what is below folders by itself
                yield from _in_folder(path, root, cancel)
        elif path.suffix.lower() in EXTENSIONS:
            yield _song(path.absolute(), root)


def _song(song: Path, root: Path) -> Entry:
    return Entry(path_text(song), _name(song.relative_to(root)))


def _name(path: Path | PurePosixPath) -> str:
    """The folder for a song: its own path below what was named, without the extension, as all systems allow it."""
    *folders, last = path.parts
    name = path.stem if path.stem.strip(".") else last
    return "/".join(legal(cleaned(part), LONGEST_NAME - _ROOM) for part in (*folders, name))


def _remote(address: str) -> Iterator[Entry]:
    files, root = remote.opened(address)
    scheme = address.partition("://")[0]
    with remote.errors(address):
        if remote.is_pattern(root):
            parts = PurePosixPath(root).parts
            fixed = PurePosixPath(*parts[: next(i for i, part in enumerate(parts) if remote.is_pattern(part))])
            found: Iterable[str] = sorted(map(str, files.glob(root)))
        elif files.isdir(root):
            fixed, found = PurePosixPath(root), remote.walk(files, root, address)
        else:
            yield Entry(address, _name(PurePosixPath(PurePosixPath(root).name)))
            return
    for path in found:
        if path.lower().endswith(EXTENSIONS):
            with remote.errors(address):
                whole = str(files.unstrip_protocol(path)) if scheme else path
            yield Entry(whole, _name(PurePosixPath(path).relative_to(fixed)))


def _listed(source: str) -> Iterator[Entry]:
    """Paths in a list that are not absolute begin where the list lies."""
    for number, row in manifest.rows(source):
        values = dict(row)
        path = str(values.pop(manifest.PATH, ""))
        name, model = values.pop(manifest.NAME, None), values.pop(manifest.MODEL, None)
        whole = path if remote.is_address(path) else _below(source, remote.without_scheme(path))
        problem: AntaraError | None = None
        if not path:
            problem, whole = ManifestError(path=source, line=number, detail="the path is missing"), f"{source}#{number}"
        changes: dict[str, object] = {}
        try:
            recipe = from_builtins(values, Recipe, strict=False)
            changes = {field: getattr(recipe, field) for field in values}
            _ = recipe.format
        except msgspec.ValidationError as error:
            problem = ManifestError(path=source, line=number, detail=str(error))
        except AntaraError as error:
            problem = error
        wanted = PurePosixPath(str(name)) if name else PurePosixPath(f"{PurePosixPath(path).name or number}")
        clean = _name(wanted) if not name else "/".join(legal(cleaned(part)) for part in wanted.parts if part != "/")
        yield Entry(whole, clean or "_", str(model) if model else None, changes, problem)


def _below(source: str, path: str) -> str:
    if remote.is_address(source):
        return f"{source.rpartition('/')[0]}/{path}"
    return path_text(Path(source).parent / path)


def _local_text(source: str) -> str:
    return source if remote.is_address(source) else path_text(Path(source).absolute())
