"""A combo box of values under translated names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox

from gui.i18n import on_language_change, say
from gui.widgets import unmarked_tip

_NAME_LENGTH = 14
_LIST_MARGIN = 40


@dataclass(frozen=True)
class Choice:
    """A value, what it is called in the language of the moment, and why it cannot be chosen, if it cannot."""

    value: Any
    text: Callable[[], str]
    obstacle: Callable[[], str] | None = None


class ChoiceBox(QComboBox):
    """Follows the language; keeps its value when it is offered others. The wheel scrolls what is around it."""

    changed = Signal()  # by whomever

    def __init__(self, name: Callable[[], str], choices: Iterable[Choice] = ()) -> None:
        super().__init__()
        say(self.setAccessibleName, name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_NAME_LENGTH)
        self.setMaxVisibleItems(14)
        self._choices: list[Choice] = []
        self.offer(choices)
        self.currentIndexChanged.connect(self.changed)
        on_language_change(self.say_choices)

    @property
    def value(self) -> Any:
        """That of the choice that is shown; None where nothing is offered."""
        row = self.currentIndex()
        return self._choices[row].value if row >= 0 else None

    def offer(self, choices: Iterable[Choice]) -> None:
        """These from now on; the value stays if it is among them, else the first one is shown."""
        before = self.value
        self._choices = list(choices)
        with QSignalBlocker(self):
            self.clear()
            for choice in self._choices:
                self.addItem(choice.text())
            self._say_obstacles()
            self.choose(before)

    def choose(self, value: Any) -> None:
        """Shows the choice of that value; the first one where there is none."""
        rows = [row for row, choice in enumerate(self._choices) if choice.value == value]
        self.setCurrentIndex(rows[0] if rows else min(0, self.count() - 1))

    def _say_obstacles(self) -> None:
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for row, choice in enumerate(self._choices):
            model.item(row).setEnabled(choice.obstacle is None)
            self.setItemData(row, unmarked_tip(choice.obstacle()) if choice.obstacle else None, Qt.ItemDataRole.ToolTipRole)
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _LIST_MARGIN)

    def say_choices(self) -> None:
        """In the language of the moment."""
        for row, choice in enumerate(self._choices):
            self.setItemText(row, choice.text())
        self._say_obstacles()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
