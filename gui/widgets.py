"""Small parts that several views share."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from gui import icons, theme
from gui.i18n import translate


def label(text: str = "", faint: bool = False, name: str = "") -> QLabel:
    """A text label; ``faint`` for secondary text, ``name`` for the style sheet."""
    result = QLabel(text)
    result.setProperty("faint", faint)
    result.setObjectName(name)
    result.setTextFormat(Qt.TextFormat.PlainText)  # file names are no markup
    return result


def announce(widget: QWidget, text: str) -> None:
    """Has a screen reader say it, wherever its user is."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


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
        self._icon = QLabel()
        self._text = label()
        self._text.setWordWrap(True)
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action)
        self._then: Callable[[], object] | None = None
        self._close = QToolButton()
        self._close.setAccessibleName(translate("Dismiss the message"))
        self._close.setToolTip(translate("Dismiss"))
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
        text: str,
        icon: str = "note",
        error: bool = False,
        action: str = "",
        then: Callable[[], object] | None = None,
    ) -> None:
        """``action`` is what a button beside the text says, and ``then`` what it does."""
        colours = theme.current()
        set_property(self, "error", error)
        self._icon.setPixmap(icons.icon("warning" if error else icon, colours.text).pixmap(20, 20))
        self._close.setIcon(icons.icon("close", colours.text))
        self._text.setText(text)
        self.setAccessibleName(text)
        self._then = then
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.show()
        announce(self, text)

    def _on_action(self) -> None:
        if self._then:
            self._then()
