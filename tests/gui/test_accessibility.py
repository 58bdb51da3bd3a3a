"""Everything can be used without a mouse and without seeing it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui import help_sheet, widgets
from gui.help_sheet import HelpSheet
from gui.main_window import MainWindow
from gui.song_page import SongPage
from gui.widgets import MessageBar

_CONTROLS = (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QProgressBar, QAbstractItemView)
_QTS_OWN = ("qt_", "QComboBoxPrivate", "ScrollLeftButton", "ScrollRightButton")


def controls(root: QWidget) -> Iterator[QWidget]:
    """What can be operated or read as a value, but for the parts that Qt makes for itself."""
    for widget in root.findChildren(QWidget):
        is_qts = widget.objectName().startswith(_QTS_OWN) or widget.metaObject().className().startswith(_QTS_OWN)
        in_popup = any(parent.metaObject().className().startswith("QComboBoxPrivate") for parent in _parents(widget))
        unsaid = any(isinstance(parent, MessageBar) and parent.isHidden() for parent in _parents(widget))
        if (
            isinstance(widget, _CONTROLS)
            and not isinstance(widget, QScrollBar)
            and not is_qts
            and not in_popup
            and not unsaid
        ):
            yield widget


def _parents(widget: QWidget) -> Iterator[QWidget]:
    parent = widget.parentWidget()
    while parent:
        yield parent
        parent = parent.parentWidget()


def spoken(widget: QWidget) -> str:
    """What a screen reader says it is."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface else ""


@pytest.fixture
def rooms(window: MainWindow) -> list[QWidget]:
    """The window and its dialogs."""
    window.song_page.lanes.set_stems(["vocals", "drums", "bass", "piano", "other"])
    window.message.show_message("news", action="Do it")
    window.models.show()
    assert window.models.dialog
    return [window, window.models.dialog, HelpSheet(window)]


def test_every_control_has_a_name(rooms: list[QWidget]) -> None:
    nameless = [
        f"{type(widget).__name__} {widget.objectName()} in {type(widget.parentWidget()).__name__}"
        for room in rooms
        for widget in controls(room)
        if not spoken(widget)
    ]
    assert nameless == []


def test_every_control_can_be_reached_by_the_keyboard(rooms: list[QWidget]) -> None:
    unreachable = [
        f"{type(widget).__name__} {spoken(widget)}"
        for room in rooms
        for widget in controls(room)
        if not isinstance(widget, QProgressBar) and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert unreachable == []


def test_sliders_tell_their_values(window: MainWindow) -> None:
    lane = window.song_page.lanes.lanes[0]
    interface = QAccessible.queryAccessibleInterface(lane.volume)
    assert interface.role() == QAccessible.Role.Slider
    lane.volume.setValue(-65)
    assert "−6.5 dB" in interface.text(QAccessible.Text.Description)


def test_news_and_the_end_of_a_separation_are_announced(
    window: MainWindow, song: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def listen(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append(event.message())

    monkeypatch.setattr(widgets.QAccessible, "updateAccessibility", listen)
    window.message.show_message("something happened")
    window.work.open_song(song)
    qtbot.waitUntil(lambda: window.work.running_job is None and window.work.song is not None)
    window.work.separate()
    qtbot.waitUntil(lambda: window.work.running_job is None and window.work.session is not None, timeout=60_000)
    assert said[0] == "something happened"
    assert any(text.startswith("Separated 0:26 in ") for text in said)


def test_every_key_is_on_the_sheet_and_no_two_mean_two_things(window: MainWindow) -> None:
    listed = {QKeySequence(name) for _, keys in help_sheet.groups() for names, _ in keys for name in names.split()}
    bound = [shortcut.key() for shortcut in window.findChildren(QShortcut)]
    aliases = {QKeySequence("Ctrl+=")}
    assert set(bound) - listed - aliases == set()
    assert len(bound) == len(set(bound))


def test_the_tab_key_walks_the_page_from_top_to_bottom(qtbot: QtBot) -> None:
    page = SongPage()
    qtbot.addWidget(page)
    page.resize(900, 560)
    page.lanes.set_stems(["vocals", "accompaniment"])
    page.show()
    chain: list[QWidget] = [page.open_button]
    while (following := chain[-1].nextInFocusChain()) is not page.open_button:
        chain.append(following)
    stops = [
        widget
        for widget in chain
        if widget.isVisibleTo(page) and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget is not page
    ]
    tops = [widget.mapTo(page, widget.rect().center()).y() for widget in stops]
    rows = [page.open_button, page.lanes.original.zoom_in, page.lanes.ruler, *page.lanes.lanes, page.transport.play]
    order = [stops.index(widget) for widget in rows]
    assert order == sorted(order)
    assert tops.index(max(tops)) > tops.index(min(tops))
