"""What can be read in a window: all of its texts, what in them is not translated, and what is cut off."""

import html
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QTabBar,
    QTextEdit,
    QToolButton,
    QWidget,
)

from gui.widgets import ElidedLabel

_QTS_CONTEXTS = ("QPlatformTheme", "QDialogButtonBox")  # the texts of standard buttons
_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀçðéƒĝĥíĵķļɱñóþǫŕšţúṽŵẋýžÁƁÇÐÉƑĜĤÍĴĶĻṀÑÓÞǪŔŠŢÚṼŴẊÝŽ"
)
_LONGER = 0.4  # than English
_KEPT = re.compile(r"(\{(?:[^{}]|\{[^{}]*\})*\}|%n)")  # placeholders
_WORD = re.compile(r"[A-Za-z]{2,}")
_KEYS = re.compile(r"\b(Ctrl|Alt|Shift)\+[^\s)]+|\b(Ctrl|Alt|Shift|Esc|Space|Return|Del|Delete|Left|Right|Up|Down)\b")
_TAG = re.compile(r"<[^>]*>|\{[a-z]+\}")  # markup, and what can be put into names of files

# What is the same in every language: units and names.
SAME = frozenset(
    "dB kHz Hz MB GB kbit Antara Spleeter Demucs htdemucs ft hdemucs mmi Tiny OpenVINO ONNX Runtime PyTorch "
    "TensorFlow python dev py pip requirements demucs txt CPU GPU bf MUSDB SDR DJ AAC ALAC Traktor "
    "Windows tar gz https http am pm".split()
)


class Said(NamedTuple):
    where: str
    text: str


class Pseudo(QTranslator):
    """A language whose words have accents and are longer than the English ones. It knows only ``sources``."""

    def __init__(self, sources: Collection[str]) -> None:
        super().__init__()
        self._sources = sources

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, count: int = -1) -> str | None:
        ours = context == "Antara" and source in self._sources
        return pseudo(source) if ours or context in _QTS_CONTEXTS else None


def pseudo(text: str) -> str:
    parts = [part if place % 2 else part.translate(_ACCENTED) for place, part in enumerate(_KEPT.split(text))]
    return f"[{''.join(parts)}{'~' * round(len(text) * _LONGER)}]"


def texts(root: QWidget) -> Iterator[Said]:
    """What ``root`` and everything visible in it say, to the eye and to a screen reader."""
    if root.windowTitle():
        yield Said("title", root.windowTitle())
    for widget in (root, *root.findChildren(QWidget)):
        if widget is root or (widget.isVisibleTo(root) and widget.window() is root.window()):
            for kind, text in _own_texts(widget):
                if text:
                    yield Said(f"{type(widget).__name__} {widget.objectName()} {kind}", text)


def _own_texts(widget: QWidget) -> Iterator[tuple[str, str]]:
    yield "tool tip", widget.toolTip()
    yield "accessible name", widget.accessibleName()
    yield "accessible description", widget.accessibleDescription()
    if isinstance(widget, QLabel | QAbstractButton):
        yield "text", widget.text()
    if isinstance(widget, QGroupBox):
        yield "title", widget.title()
    if isinstance(widget, QLineEdit | QTextEdit):
        yield "placeholder", widget.placeholderText()
    if isinstance(widget, QProgressBar) and widget.isTextVisible():
        yield "text", widget.text()
    if isinstance(widget, QAbstractSpinBox):
        yield "text", widget.text()
    yield from _items(widget)


def _items(widget: QWidget) -> Iterator[tuple[str, str]]:
    if isinstance(widget, QComboBox):
        yield from (("item", widget.itemText(row)) for row in range(widget.count()))
    if isinstance(widget, QTabBar):
        yield from (("tab", widget.tabText(tab)) for tab in range(widget.count()))
    if isinstance(widget, QHeaderView) and widget.model():
        header = widget.orientation()
        yield from (("header", str(widget.model().headerData(section, header) or "")) for section in range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and widget.model():
        yield from (("cell", text) for text in _cells(widget.model()))
    buttons = [kind.menu(widget) for kind in (QPushButton, QToolButton) if isinstance(widget, kind)]
    for menu in filter(None, [widget] if isinstance(widget, QMenu) else buttons):
        yield from (("action", action.text()) for action in menu.actions())


def _cells(model: QAbstractItemModel) -> Iterator[str]:
    root = QModelIndex()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(root)
    for row, column in product(range(model.rowCount(root)), range(columns)):
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            yield str(model.index(row, column).data(role) or "")


def untranslated(text: str, data: Iterable[str] = ()) -> list[str]:
    """The words of ``text`` in English letters, but for those that are the same everywhere and for ``data``."""
    plain = _KEYS.sub(" ", html.unescape(_TAG.sub(" ", text)))
    for known in sorted(filter(None, data), key=len, reverse=True):
        plain = plain.replace(known, " ")
    return [word for word in _WORD.findall(plain) if word not in SAME]


def cut_off(root: QWidget) -> Iterator[Said]:
    """The texts that have less room than they need."""
    for widget in root.findChildren(QWidget):
        if widget.isVisibleTo(root) and widget.window() is root.window() and _is_cut(widget):
            text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()  # type: ignore[attr-defined]
            yield Said(f"{type(widget).__name__} {widget.size().toTuple()} of {widget.sizeHint().toTuple()}", text)


def _is_cut(widget: QWidget) -> bool:
    if isinstance(widget, ElidedLabel):
        return False  # its tool tip has all
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() < widget.heightForWidth(widget.width())
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly:
        return False
    if isinstance(widget, QAbstractButton) and widget.text():  # the space around a text may be less than usual
        return widget.width() < widget.sizeHint().width() or widget.height() < widget.fontMetrics().height()
    if isinstance(widget, QLabel) and widget.text():
        return widget.width() < widget.sizeHint().width() or widget.height() < widget.sizeHint().height()
    return False
