"""What the tests of downloads share: how to start one, and what must hold after it."""

import threading
from collections.abc import Callable

from core import paths
from core.cancel import CancelToken
from core.models import records, store
from core.models.catalogue import Model
from core.models.download import Patience
from core.progress import Transfer
from tests.support.archives import TinyModel, files_of, tree
from tests.support.loopback import LONG_S

QUICK = Patience(attempts=3, first_wait_s=0.01, longest_wait_s=0.05, connect_s=20, read_s=20)
HASTY = Patience(attempts=3, first_wait_s=0.01, longest_wait_s=0.05, connect_s=1, read_s=1)


def download(
    model: Model,
    patience: Patience = QUICK,
    mirror: str | None = None,
    cancel: CancelToken | None = None,
    report: Callable[[Transfer], None] | None = None,
) -> list[Transfer]:
    """Gets and installs it; what was reported."""
    reported: list[Transfer] = []

    def note(transfer: Transfer) -> None:
        reported.append(transfer)
        if report:
            report(transfer)

    store.download(model, cancel or CancelToken(), note, mirror, patience)
    return reported


class Background:
    """A download in a thread of its own, which the test cancels."""

    def __init__(self, model: Model, patience: Patience = QUICK) -> None:
        self._cancel = CancelToken()
        self._waiting = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, args=(model, patience), daemon=True)
        self._thread.start()

    def wait_until_it_waits(self) -> None:
        """For a server, or for another download."""
        assert self._waiting.wait(LONG_S)

    def cancel(self) -> None:
        """Raises what the download ended with."""
        self._cancel.cancel()
        self._thread.join(LONG_S)
        assert not self._thread.is_alive(), "it does not end"
        if self._error:
            raise self._error

    def _work(self, model: Model, patience: Patience) -> None:
        try:
            download(model, patience, cancel=self._cancel, report=self._on_report)
        except BaseException as error:
            self._error = error

    def _on_report(self, transfer: Transfer) -> None:
        if transfer.stage == "waiting":
            self._waiting.set()


def part_size() -> int:
    """How much of the tiny model's archive is kept to go on with; -1 if there is nothing."""
    part = paths.models_folder() / ".downloads" / "tiny.tar.gz.part"
    return part.stat().st_size if part.exists() else -1


def visible() -> set[str]:
    """What a user sees in the folder of models."""
    root = paths.models_folder()
    return {path.name for path in root.iterdir() if not path.name.startswith(".")} if root.exists() else set()


def check_installed(tiny_model: TinyModel) -> None:
    """The tiny model is there to the byte, and nothing is left of its download."""
    check_tidy(tiny_model)
    assert visible() == {"tiny"}
    assert left_of_downloads() == set()


def check_tidy(tiny_model: TinyModel) -> None:
    """The tiny model is there as a whole or not at all; nothing but locks and a part to go on with is beside it."""
    check_whole(tiny_model)
    assert list(paths.models_folder().glob(".installing/*")) == []
    assert left_of_downloads() <= {"tiny.tar.gz", "tiny.tar.gz.part", "tiny.tar.gz.part.json"}


def check_whole(tiny_model: TinyModel) -> None:
    """The tiny model is there as a whole or not at all, as a user sees it."""
    assert visible() <= {"tiny"}
    if visible():
        found = tree(paths.models_folder() / "tiny")
        assert found.pop(records.FILE)
        assert found == {member.name: member.data for member in files_of(tiny_model.folder)}


def left_of_downloads() -> set[str]:
    folder = paths.models_folder() / ".downloads"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()
