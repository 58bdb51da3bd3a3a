"""What the tests of the models in the window share."""

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from core import paths
from core.cancel import CancelToken
from core.models import store
from core.models.catalogue import Model
from gui.main_window import MainWindow
from gui.model_row import ModelRow
from gui.models_dialog import ModelsDialog
from tests.support.archives import TinyModel

PATIENCE_MS = 60_000


def shown(window: MainWindow) -> ModelsDialog:
    window.models.show()
    assert window.models.dialog is not None
    return window.models.dialog


def install(model: Model, tiny_model: TinyModel) -> Path:
    """The tiny model as a download leaves it; its folder."""
    archive = paths.models_folder().parent / "tiny.tar.gz"
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(tiny_model.archive)
    store.add(archive, CancelToken(), lambda transfer: None)
    return paths.models_folder() / "tiny"


def wait_for(condition: Callable[[], bool], qtbot: QtBot) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


def wait_until_idle(window: MainWindow, qtbot: QtBot) -> None:
    wait_for(lambda: not window.downloads.transfers, qtbot)


def buttons(row: ModelRow) -> list[str]:
    return [button.text() for button in (row.remove, row.download, row.cancel) if button.isVisible()]


def models_of(window: MainWindow) -> list[str]:
    """What the combo box lists above the first separator."""
    box = window.song_page.models
    texts = [box.itemText(row) for row in range(box.count())]
    return texts[: texts.index("")]
