"""Names and tags are text: nothing of a song, a model or a file that was tampered with is taken for markup by the window."""

import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core import history, paths
from core.errors import NotAudioError
from core.messages import Notice
from core.models import catalogue, records
from core.models.records import Record
from gui.about_dialog import AboutDialog
from gui.main_window import MainWindow
from gui.widgets import unmarked_tip
from tests.gui.whole_window import open_song, wait_for
from tests.support import model_windows, songs

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

MARKUP = '<img src="file:beacon.png"><b>bold'
TURNED = "gnos\u202e3pm.\x07"


def tampered_queue(song: Path) -> None:
    """Items of all states, each with markup in every text, and numbers at the ends of what is possible."""
    lines = []
    for number, state in enumerate(("waiting", "done", "failed", "cancelled", "running"), 1):
        failure = {"code": "not_audio", "parameters": {"path": MARKUP}} if state == "failed" else None
        item = {"id": number, "song": str(song), "model": MARKUP, "state": state, "failure": failure, "length_s": 1e11}
        item |= {"files": {MARKUP: f"/{MARKUP}"}, "added": 1e11, "finished": 1e11 if state == "done" else None}
        text = json.dumps({"item": item}).encode()
        lines.append(b"%08x %s\n" % (zlib.crc32(text), text))
    paths.queue_file().parent.mkdir(parents=True, exist_ok=True)
    paths.queue_file().write_bytes(b"".join(lines))


def own_model(name: str) -> None:
    """One whose folder somebody has named so, with markup wherever its description is free."""
    builtin = Path(str(catalogue.find("builtin").weights_file)).parent
    folder = paths.models_folder() / name
    folder.mkdir(parents=True)
    shutil.copyfile(builtin / "weights.npz", folder / "weights.npz")
    configuration = json.loads((builtin / "config.json").read_text("utf-8"))
    configuration["antara"] = {"licence": MARKUP, "citation": MARKUP, "residual": f"{MARKUP} residual"}
    weights = records.FileRecord((folder / "weights.npz").stat().st_size, "0" * 64)
    record = Record(MARKUP, "2026-11-21", {"weights.npz": weights}, json.dumps(configuration))
    (folder / records.FILE).write_text(msgspec.json.encode(record).decode(), "utf-8")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return songs.write(tmp_path / f"{MARKUP}{TURNED}.wav", songs.music(1.5))


@pytest.fixture
def window(song: Path, new_window: Callable[[], MainWindow]) -> MainWindow:
    tampered_queue(song)
    own_model(f"{MARKUP} model")
    history.add(song, 44_100, 44_100, MARKUP, (f"{MARKUP} vocals", "drums"))
    return new_window()


def marked(room: QWidget) -> Iterator[str]:
    """What in a window or a dialog Qt would take for markup that is not the program's own."""
    for widget in [room, *room.findChildren(QWidget)]:
        yield from _marked_texts(widget)
        tip = widget.toolTip()
        if "<img" in tip:
            yield f"the tool tip of {type(widget).__name__}: {tip}"
        if isinstance(widget, QAbstractItemView | QComboBox):
            yield from _marked_tips(widget.model())


def _marked_texts(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText and "<img" in widget.text():
        yield f"{type(widget).__name__} {widget.objectName()}: {widget.text()}"
    if isinstance(widget, QMessageBox) and widget.textFormat() != Qt.TextFormat.PlainText and "<img" in widget.text():
        yield f"a question: {widget.text()}"


def _marked_tips(model: QAbstractItemModel | None) -> Iterator[str]:
    for row in range(model.rowCount() if model else 0):
        for column in range(model.columnCount() if model else 0):
            tip = str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or "") if model else ""
            if "<img" in tip:
                yield f"the tool tip of a cell: {tip}"


def shown(room: QWidget) -> str:
    return "\n".join(label.text() for label in room.findChildren(QLabel))


def test_no_name_and_no_tampered_file_brings_markup_into_the_window(window: MainWindow, song: Path, qtbot: QtBot) -> None:
    wait_for(lambda: window.queue_page.model.rowCount() == 5, qtbot)
    found = list(marked(window))
    for page in ("queue", "history", "song"):
        window.show_page(page)
        qtbot.wait(50)
        found += marked(window)
    wait_for(lambda: bool(window.history_page.model.rowCount()), qtbot)
    open_song(window, song, qtbot)
    window.song_page.lanes.set_stems([f"{MARKUP} vocals", "drums"])
    window.footer.show_status(lambda: MARKUP)
    window.work._on_notice(Notice("gpu_failed", {"device": MARKUP, "detail": MARKUP}))
    found += marked(window)
    window.message.show_message(lambda: MARKUP, error=True, action=lambda: MARKUP)
    window.work._show_error(NotAudioError(path=song))
    found += marked(window)
    assert MARKUP in shown(window)  # as it is written
    assert found == []
    assert "\u202e" not in window.windowTitle() + shown(window)


def test_no_model_brings_markup_into_the_dialogs(window: MainWindow, qtbot: QtBot) -> None:
    dialog = model_windows.shown(window)
    assert f"{MARKUP} model" in shown(dialog)
    found = list(marked(dialog))
    dialog._ask_to_remove(next(key for key, row in dialog.rows.items() if row.models[0].own))
    found += marked(dialog)
    about = AboutDialog(window)
    qtbot.waitUntil(lambda: about.engines.text() != "…", timeout=60_000)
    about.devices.setText(MARKUP)
    found += marked(about)
    about.close()
    assert found == []


@pytest.mark.parametrize("text", [MARKUP, "a <b>b</b>", "<a href='x'>y</a>", "<!DOCTYPE html>"])
def test_a_tip_with_markup_in_a_name_shows_it(text: str) -> None:
    assert "<img" not in unmarked_tip(text)
    assert "&lt;" in unmarked_tip(text)


def test_a_tip_without_markup_is_as_it_is() -> None:
    assert unmarked_tip("2 & 3 > 1 (M)") == "2 & 3 > 1 (M)"
    assert unmarked_tip("two\nlines") == "two�lines"
