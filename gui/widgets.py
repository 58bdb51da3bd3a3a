"""Small parts that several views share."""

import html
import re
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QToolTip,
    QWidget,
)

from core.messages import printable
from gui import icons, theme
from gui.i18n import Text, said, say

_Label = TypeVar("_Label", bound=QLabel)

_LONG_NAME = re.compile(r"[^\s/\\]{41,}")


def label(text: Text = "", faint: bool = False, name: str = "") -> QLabel:
    """A text label; ``faint`` for secondary text, ``name`` for the style sheet."""
    return _dressed(QLabel(), text, faint, name)


def wrappable(text: str) -> str:
    """``text`` with the middle left out of names that are longer than a line: between words and at slashes it wraps."""
    return _LONG_NAME.sub(lambda found: f"{found[0][:24]}…{found[0][-15:]}", text)


def plain_tip(*paragraphs: str) -> str:
    """A tool tip that is as wide as it reads well: names of files and models are no markup."""
    return "".join(f"<p>{html.escape(printable(text))}</p>" for text in paragraphs if text)


def unmarked_tip(text: str) -> str:
    """A tool tip with names in it: as it is, unless Qt could take it for markup."""
    return plain_tip(text) if "<" in text else printable(text)


class ElidedLabel(QLabel):
    """A label of one line that takes what room there is; of a text that is longer its tool tip has all."""

    elision = Qt.TextElideMode.ElideMiddle

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._full_width, 12 * self.fontMetrics().averageCharWidth()), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(min(self._full_width, self.maximumWidth()), super().sizeHint().height())

    @property
    def _full_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self.text()) + 2

    @property
    def shown_text(self) -> str:
        """What there is room for."""
        return self.fontMetrics().elidedText(self.text(), self.elision, self.width())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            QToolTip.showText(event.globalPos(), plain_tip(self.text()) if self.shown_text != self.text() else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.style().drawItemText(
            painter, self.rect(), self.alignment(), self.palette(), self.isEnabled(), self.shown_text, self.foregroundRole()
        )


def elided_label(faint: bool = False, name: str = "") -> ElidedLabel:
    """For names of any length."""
    return _dressed(ElidedLabel(), "", faint, name)


def _dressed(result: _Label, text: Text, faint: bool, name: str) -> _Label:
    result.setProperty("faint", faint)
    result.setObjectName(name)
    result.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
    if text:
        say(result.setText, text)
    return result


def announce(widget: QWidget, text: Text) -> None:
    """Has a screen reader say it, wherever its user is."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, said(text)))


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Sets a property that the style sheet asks for."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class JumpSlider(QSlider):
    """A horizontal slider that goes where it is clicked, and says so while it is dragged."""

    jumped = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.actionTriggered.connect(lambda action: self.jumped.emit(self.sliderPosition()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.setSliderDown(True)
            self._go_to(event.position())
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go_to(event.position())
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        super().mouseReleaseEvent(event)

    def _go_to(self, point: QPointF) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        span = max(self.width() - handle, 1)
        value = QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), int(point.x() - handle / 2), span)
        self.setValue(value)
        self.jumped.emit(value)


class MessageBar(QFrame):
    """One sentence across the window, for an error or a piece of news, until it is dismissed or replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message")
        self._icon, self._icon_name = QLabel(), "note"
        self._shown: Text = ""
        self._text = label()
        self._text.setWordWrap(True)
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action)
        self._then: Callable[[], object] | None = None
        self._close = QToolButton()
        say(self._close.setAccessibleName, "Dismiss the message")
        say(self._close.setToolTip, "Dismiss")
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text() if self.isVisible() else ""

    @property
    def is_error(self) -> bool:
        return bool(self.property("error"))

    @property
    def action(self) -> QPushButton:
        """The button beside the text."""
        return self._action

    def show_message(
        self,
        text: Text,
        icon: str = "note",
        error: bool = False,
        action: Text = "",
        then: Callable[[], object] | None = None,
    ) -> None:
        """``action`` is what a button beside the text says, ``then`` what it does. Without a text there is no message."""
        if not text:
            self.hide()
            return
        self._shown = text
        set_property(self, "error", error)
        self._icon_name = "warning" if error else icon
        self._refresh_icons()
        say(self._text.setText, lambda: wrappable(said(text)))
        say(self.setAccessibleName, text)
        self._then = then
        say(self._action.setText, action)
        self._action.setVisible(bool(action))
        self.show()
        announce(self, text)

    def withdraw(self, text: Text) -> None:
        """Hides what does not hold any more, if that is what is shown."""
        if self._shown is text:
            self.hide()

    def _on_action(self) -> None:
        if self._then:
            self._then()

    def _refresh_icons(self) -> None:
        colour = theme.current().text
        self._icon.setPixmap(icons.icon(self._icon_name, colour).pixmap(20, 20))
        self._close.setIcon(icons.icon("close", colour))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:  # the theme is another one
            self._refresh_icons()
        super().changeEvent(event)
