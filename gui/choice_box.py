"""A combo box of values that have names in the language of the interface."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox

from gui.i18n import say

Value = TypeVar("Value")


class ChoiceBox(QComboBox, Generic[Value]):
    """One of some values. ``currentIndexChanged`` tells what the user does, and not ``offer`` or ``choose``."""

    def __init__(self) -> None:
        super().__init__()
        self.setMaxVisibleItems(20)
        self._values: list[Value] = []

    def offer(self, values: Sequence[Value], name_of: Callable[[Value], str], chosen: Value) -> None:
        """These values in place of those before; ``name_of`` translates."""
        blocker = QSignalBlocker(self)
        self._values = list(values)
        self.clear()
        self.addItems([""] * len(values))
        say(self.set_texts, lambda: "\n".join(map(name_of, values)))
        self.choose(chosen)
        blocker.unblock()

    def set_texts(self, lines: str) -> None:
        """Names the values, a line each."""
        for row, text in enumerate(lines.split("\n")):
            self.setItemText(row, text)

    @property
    def choice(self) -> Value:
        return self._values[self.currentIndex()]

    def choose(self, value: Value) -> None:
        blocker = QSignalBlocker(self)
        self.setCurrentIndex(self._values.index(value))
        blocker.unblock()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # it is meant for what the box lies in
