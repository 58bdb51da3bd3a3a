"""Where the results of a catalogue appear: a folder, or one under an address. A song's folder is there whole or not at all.

In a local folder it is made beside, in ``.antara/parts``, and gets its name in one step. Object stores cannot rename: there
the receipt comes last, and what has none is not there.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from core import paths
from core.batch import receipts, remote
from core.batch.receipts import Receipt
from core.errors import OutputExistsError, output_errors
from core.files import sync_folder, text_path

STATE = ".antara"  # in the output: what is in the making, and the ledger


class Place(Protocol):
    """An output folder."""

    def receipt(self, name: str) -> Receipt | None:
        """Of the song in the folder ``name``, if it is there and whole. Raises OutputErrors and RemoteErrors."""

    def receipts(self) -> Iterator[Receipt]:
        """All that there are."""

    def part(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """An empty folder for the files of a song that are to be put into the place; gone at the end in any case."""

    def publish(self, part: Path, receipt: Receipt) -> None:
        """Puts what is in a ``part`` under the receipt's name. What another run has finished meanwhile is left.

        Raises OutputExistsError where something is that is not this song's, OutputErrors and RemoteErrors.
        """

    def refresh(self, receipt: Receipt) -> None:
        """Replaces the receipt of a song."""

    def clean(self) -> None:
        """Removes what killed workers have left. Only while no run writes here."""


def place_at(text: str) -> Place:
    """The place of an address, or of a ``path_text``. Raises RemoteError and BatchMissingError."""
    return Bucket(text) if remote.is_address(text) else Folder(text_path(text))


class Folder:
    """A folder of a file system that all workers see under the same path."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._parts = root / STATE / "parts"

    def receipt(self, name: str) -> Receipt | None:
        """See Place.receipt."""
        folder = self.root / name
        try:
            found = receipts.decoded((folder / receipts.FILE).read_bytes())
            whole = found and all((folder / file.file).stat().st_size == file.bytes for file in found.files.values())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            with output_errors(folder):
                raise error
        return found if whole else None

    def receipts(self) -> Iterator[Receipt]:
        """See Place.receipts."""
        for folder, folders, files in os.walk(self.root):
            if Path(folder) == self.root:
                folders[:] = [name for name in folders if name != STATE]
            folders.sort()
            if receipts.FILE in files:
                found = self.receipt(Path(folder).relative_to(self.root).as_posix())
                if found:
                    yield found

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """See Place.part."""
        folder = self._parts / f"{os.getpid()}-{uuid.uuid4().hex}"
        with output_errors(self.root):
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, part: Path, receipt: Receipt) -> None:
        """See Place.publish."""
        target = self.root / receipt.name
        with output_errors(target):
            _write(part / receipts.FILE, receipts.encoded(receipt))
            for folder, _, _ in os.walk(part):
                sync_folder(Path(folder))
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.rename(target)
            except OSError:  # what it is depends on the system; if it is no folder in the way, it comes again
                self._replace(part, target, receipt)
            sync_folder(target.parent)

    def _replace(self, part: Path, target: Path, receipt: Receipt) -> None:
        """Raises OSError and OutputExistsError."""
        content = None
        with contextlib.suppress(OSError):
            content = (target / receipts.FILE).read_bytes()
        before = receipts.decoded(content)
        if before is None or before.key != receipt.key:
            if os.path.lexists(target):
                raise OutputExistsError(path=target)
            part.rename(target)
            return
        if before.finished > receipt.finished:  # by a worker of a run whose coordinator was killed
            return
        aside = self._parts / f"old-{uuid.uuid4().hex}"
        target.rename(aside)
        part.rename(target)
        shutil.rmtree(aside, ignore_errors=True)

    def refresh(self, receipt: Receipt) -> None:
        """See Place.refresh."""
        target = self.root / receipt.name / receipts.FILE
        part = self._parts / f"{uuid.uuid4().hex}.json"
        with output_errors(target):
            part.parent.mkdir(parents=True, exist_ok=True)
            _write(part, receipts.encoded(receipt))
            part.replace(target)

    def clean(self) -> None:
        """See Place.clean. A worker that still runs loses its part at once, and so cannot publish a half of it."""
        state = self.root / STATE
        with contextlib.suppress(FileNotFoundError):
            self._parts.rename(state / f"gone-{uuid.uuid4().hex}")
        for gone in state.glob("gone-*"):
            shutil.rmtree(gone, ignore_errors=True)


class Bucket:
    """A folder under an address."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._files, self._root = remote.opened(self.address)

    def receipt(self, name: str) -> Receipt | None:
        """See Place.receipt."""
        found = receipts.decoded(self._content(self._path(name, receipts.FILE)))
        if found is None:
            return None
        with remote.errors(self.address):
            self._files.invalidate_cache()
            try:
                sizes = {file.file: self._files.info(self._path(name, file.file))["size"] for file in found.files.values()}
            except FileNotFoundError:
                return None
        return found if all(sizes[file.file] == file.bytes for file in found.files.values()) else None

    def receipts(self) -> Iterator[Receipt]:
        """See Place.receipts."""
        for path in remote.walk(self._files, self._root, self.address):
            if PurePosixPath(path).name == receipts.FILE:
                found = receipts.decoded(self._content(path))
                if found:
                    yield found

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """See Place.part."""
        with local_folder() as folder:
            yield folder

    def publish(self, part: Path, receipt: Receipt) -> None:
        """See Place.publish."""
        target = self._path(receipt.name, receipts.FILE)
        content = self._content(target)
        before = receipts.decoded(content)
        with remote.errors(self.address):
            if before and before.key == receipt.key:
                if before.finished > receipt.finished:
                    return
                self._files.rm_file(target)
            elif content is not None or (self._files.exists(self._path(receipt.name)) and not self._is_ours(receipt)):
                raise OutputExistsError(path=PurePosixPath(self.address, receipt.name))
            for file in sorted(path for path in part.rglob("*") if path.is_file()):
                place = self._path(receipt.name, file.relative_to(part).as_posix())
                self._files.makedirs(str(PurePosixPath(place).parent), exist_ok=True)
                self._files.put_file(str(file), place)
            self._files.pipe_file(target, receipts.encoded(receipt))
            for gone in {file.file for file in before.files.values()} if before else ():
                if gone not in {file.file for file in receipt.files.values()}:
                    self._files.rm_file(self._path(receipt.name, gone))

    def _is_ours(self, receipt: Receipt) -> bool:
        """Whether the folder holds nothing but files of the receipt's names, which a killed worker has left."""
        names = {self._path(receipt.name, file.file) for file in receipt.files.values()}
        return set(self._files.find(self._path(receipt.name))) <= names

    def refresh(self, receipt: Receipt) -> None:
        """See Place.refresh."""
        with remote.errors(self.address):
            self._files.pipe_file(self._path(receipt.name, receipts.FILE), receipts.encoded(receipt))

    def put(self, file: Path, name: str) -> None:
        """A file of another kind, as a report. Raises RemoteError."""
        with remote.errors(self.address):
            place = self._path(name)
            self._files.makedirs(str(PurePosixPath(place).parent), exist_ok=True)
            self._files.put_file(str(file), place)

    def clean(self) -> None:
        """See Place.clean. What lies on workers they clean themselves; what has no receipt is written over."""

    def _content(self, path: str) -> bytes | None:
        with remote.errors(self.address):
            try:
                content: bytes = self._files.cat_file(path)
            except FileNotFoundError:
                return None
            return content

    def _path(self, *parts: str) -> str:
        return str(PurePosixPath(self._root, *parts))


@contextmanager
def local_folder() -> Iterator[Path]:
    """A folder on this computer, beside those of sessions: what a killed worker leaves the next one removes."""
    from filelock import FileLock

    from core.session import remove_stale_sessions

    remove_stale_sessions()
    folder = paths.sessions_folder() / uuid.uuid4().hex
    lock = FileLock(folder.with_suffix(".lock"), thread_local=False)
    with output_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
