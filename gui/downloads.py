"""What goes on with models in the background: downloads, additions, removals, and the check of those that are here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, SignalInstance

from core import settings
from core.cancel import CancelToken
from core.errors import ModelDamagedError, ModelMissingError
from core.models import catalogue, store
from core.models.catalogue import Model
from core.progress import Transfer
from gui.worker import BackgroundJob

ReportTransfer = Callable[[Transfer], None]
Work = Callable[[CancelToken, ReportTransfer], Iterable[str]]


def key_of(model: Model) -> str:
    """The same for all models that are installed as one thing: those of an archive share its folder."""
    return str(model.folder or model.name)


@dataclass
class _Task:
    job: BackgroundJob
    transfer: Transfer | None
    addition: bool


class Downloads(QObject):
    """At most one task for each key, whether or not a dialog shows it. The key of an addition is its path."""

    changed = Signal(str)  # the key of a task that began, went on or ended, or of a model that was found damaged
    installed = Signal(object)  # the names, a tuple
    removed = Signal(object)  # the names, a tuple
    failed = Signal(str, object)  # key, AntaraError
    checked = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks: dict[str, _Task] = {}
        self._damage: dict[str, str] = {}
        self._check: BackgroundJob | None = None
        self._touched: set[str] = set()  # keys whose files may have changed under the check

    def download(self, model: Model) -> None:
        """Gets the archive of ``model``, or goes on with it."""
        key = key_of(model)

        def work(cancel: CancelToken, report: ReportTransfer) -> Iterable[str]:
            store.download(model, cancel, report, settings.load().mirror)
            return [other.name for other in catalogue.models().values() if key_of(other) == key]

        self._start(key, work, self.installed, Transfer("waiting"))

    def add(self, source: Path) -> None:
        """Installs an archive or a folder from disk."""

        def work(cancel: CancelToken, report: ReportTransfer) -> Iterable[str]:
            return [model.name for model in store.add(source, cancel, report)]

        self._start(str(source), work, self.installed, Transfer("installing"), addition=True)

    def remove(self, model: Model) -> None:
        """Deletes the files of ``model``."""
        self._start(key_of(model), lambda cancel, report: store.remove(model), self.removed, None)

    def cancel(self, key: str) -> None:
        if key in self._tasks:
            self._tasks[key].job.cancel()

    def is_running(self, key: str) -> bool:
        return key in self._tasks

    def transfer(self, key: str) -> Transfer | None:
        """The last progress of a task; None for a removal, and where nothing runs."""
        return self._tasks[key].transfer if key in self._tasks else None

    @property
    def transfers(self) -> list[Transfer]:
        """The last progress of everything that runs and has any."""
        return [task.transfer for task in self._tasks.values() if task.transfer]

    @property
    def additions(self) -> list[str]:
        """The keys of the additions that run."""
        return [key for key, task in self._tasks.items() if task.addition]

    def damage(self, key: str) -> str:
        """What the check found wrong with a model; empty if nothing."""
        return self._damage.get(key, "")

    def check(self, models: Iterable[Model]) -> None:
        """Reads the files of these models through, and tells of each one that is damaged."""
        if self._check:
            return
        self._touched = set(self._tasks)
        chosen = [model for model in models if key_of(model) not in self._tasks]
        self._check = BackgroundJob(lambda cancel, report, notify: _check(chosen, cancel, report), self)
        self._check.progressed.connect(self._on_checked)
        self._check.finished.connect(self._on_check_finished)
        self._check.start()

    def close(self) -> None:
        """Cancels everything and waits for its end; nothing is told any more."""
        self.blockSignals(True)
        jobs = [task.job for task in self._tasks.values()] + ([self._check] if self._check else [])
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.wait()

    def _start(self, key: str, work: Work, done: SignalInstance, first: Transfer | None, addition: bool = False) -> None:
        if key in self._tasks:
            return
        names: list[str] = []
        outcome: list[Callable[[], None]] = []
        job = BackgroundJob(lambda cancel, report, notify: names.extend(work(cancel, report)), self)
        self._tasks[key] = _Task(job, first, addition)
        self._touched.add(key)
        job.progressed.connect(partial(self._on_progress, key))
        job.returned.connect(lambda: outcome.append(partial(self._on_done, key, tuple(names), done)))
        job.failed.connect(lambda error: outcome.append(partial(self.failed.emit, key, error)))
        job.finished.connect(lambda: self._on_finished(key, outcome))
        job.start()
        self.changed.emit(key)

    def _on_progress(self, key: str, transfer: Transfer) -> None:
        self._tasks[key].transfer = transfer
        self.changed.emit(key)

    def _on_finished(self, key: str, outcome: list[Callable[[], None]]) -> None:
        self._tasks.pop(key).job.deleteLater()
        for tell in outcome:
            tell()
        self.changed.emit(key)

    def _on_done(self, key: str, names: tuple[str, ...], done: SignalInstance) -> None:
        known = catalogue.models()
        for mended in {key, *(key_of(known[name]) for name in names if name in known)}:
            self._damage.pop(mended, None)
            self._touched.add(mended)
        done.emit(names)

    def _on_checked(self, found: tuple[str, str]) -> None:
        key, damage = found
        if key not in self._touched:
            self._damage[key] = damage
            self.changed.emit(key)

    def _on_check_finished(self) -> None:
        if self._check:
            self._check.deleteLater()
        self._check = None
        self.checked.emit()


def _check(models: Iterable[Model], cancel: CancelToken, report: Callable[[object], None]) -> None:
    for model in models:
        try:
            store.verify(model, cancel)
        except ModelMissingError:
            continue  # it went in the meantime
        except ModelDamagedError as error:
            report((key_of(model), str(error.parameters["detail"])))
