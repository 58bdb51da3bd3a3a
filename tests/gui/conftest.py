"""A window for each test, and no thread left behind by any."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.models import store
from core.models.catalogue import Model
from core.playback.device import Output
from core.playback.player import Player
from gui import i18n
from gui.main_window import MainWindow
from gui.models_dialog import ModelsDialog
from gui.worker import BackgroundJob
from tests.support import archives, faults, model_windows, songs
from tests.support.archive_server import ArchiveServer, Gate
from tests.support.archives import TinyModel
from tests.support.downloads import QUICK
from tests.support.loopback import closed_port


@pytest.fixture(autouse=True)
def _no_thread_is_left(_own_folders: None, qapp: QApplication) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # closed windows go: all would be styled each time
    for detached in qapp.findChildren(BackgroundJob, options=Qt.FindChildOption.FindDirectChildrenOnly):
        detached.cancel()  # as at the end of the program
        detached.wait()
    jobs = [job for widget in qapp.allWidgets() for job in widget.findChildren(BackgroundJob)]
    assert not [job for job in jobs if job.is_running]
    left = {thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("antara")}
    assert not left


@pytest.fixture(autouse=True)
def _warm(warm: None) -> None:
    """No test of the window waits for what is made but once on a computer."""


@pytest.fixture(autouse=True)
def _empty_clipboard(qapp: QApplication) -> Iterator[None]:
    """Qt deletes what is in it when Python has ended already, and the process dies of what Python put there."""
    yield
    QGuiApplication.clipboard().clear()


@pytest.fixture(autouse=True)
def _in_english(qapp: QApplication) -> None:
    """Whatever the system speaks, and the test before did."""
    i18n.install(qapp, "en")


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()
    assert window.work.running_job is None or not window.work.running_job.is_running


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for the sound card."""

    @contextlib.contextmanager
    def opened(player: Player) -> Iterator[Output]:
        yield Output(44100, None)

    monkeypatch.setattr(Player, "_open_stream", opened)
    monkeypatch.setattr("core.playback.player.LOST_AFTER_POLLS", 10**9)


@pytest.fixture
def new_window(qtbot: QtBot) -> Iterator[Callable[[], MainWindow]]:
    """Makes windows, each with the settings that are saved by then."""
    windows: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow()
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        return window

    yield make
    for window in windows:
        window.close()


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """26 s: a few chunks."""
    return songs.write(tmp_path_factory.mktemp("songs") / "गीत एक.flac", songs.music(26), sample_fmt="s16")


@pytest.fixture
def two_models(use_catalogue: Callable[[str], None]) -> None:
    """Antara's own model, and once more as "second", with another name for its second stem."""
    catalogue = json.loads(archives.catalogue_text({}))
    (own,) = (model for model in catalogue["models"] if model["name"] == "builtin")
    catalogue["models"].append(own | {"name": "second", "residual": "other"})
    use_catalogue(json.dumps(catalogue))


@pytest.fixture
def models_window(tiny: Model, window: MainWindow) -> MainWindow:
    """A window whose catalogue has the tiny model."""
    return window


@pytest.fixture
def dialog(models_window: MainWindow) -> ModelsDialog:
    return model_windows.shown(models_window)


@pytest.fixture
def gate(archive_server: ArchiveServer) -> Iterator[Gate]:
    """The first download stops in the middle until the gate is opened."""
    gate = Gate()
    archive_server.script(faults.stop(gate))
    yield gate
    gate.open()


@pytest.fixture
def offline(tiny_model: TinyModel, use_catalogue: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model is in the catalogue, and nobody listens where it should come from."""
    url = f"http://127.0.0.1:{closed_port()}/tiny.tar.gz"
    use_catalogue(archives.catalogue_text({"tiny": archives.offer(tiny_model.archive, url)}, tiny_model))
    monkeypatch.setattr(store, "Patience", lambda: QUICK)
