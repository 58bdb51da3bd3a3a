"""What the sections of the settings have in common."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from core.settings import Settings
from gui.fields import Field
from gui.i18n import say
from gui.widgets import label

_LABEL_WIDTH = 140


class Page(QWidget):
    """One section: a title, and rows of a name, a control and perhaps a remark."""

    def __init__(self, title: Callable[[], str]) -> None:
        super().__init__()
        self.title = title
        heading = label(name="title")
        say(heading.setText, title)
        self._form = QFormLayout()
        self._form.setVerticalSpacing(14)
        self._form.setHorizontalSpacing(18)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 10, 4)
        column.setSpacing(18)
        column.addWidget(heading)
        column.addLayout(self._form)
        column.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        """Puts the settings into the controls."""
        raise NotImplementedError

    def fields(self) -> dict[str, Any]:
        """What the controls say, by the names of the settings. Raises OutputErrors where a field is wrong."""
        raise NotImplementedError

    def wrong_field(self) -> Field | None:
        """The first field that cannot be taken as it is."""
        return next((field for field in self.findChildren(Field) if field.problem()), None)

    def add(self, name: Callable[[], str], control: QWidget, remark: Callable[[], str] | None = None) -> QLabel:
        """Adds a row; gives the label of its remark."""
        text = label()
        say(text.setText, name)
        text.setMinimumWidth(_LABEL_WIDTH)
        text.setBuddy(control)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setContentsMargins(0, 9, 0, 0)  # level with the text in the control
        below = label(faint=True)
        below.setWordWrap(True)
        below.setVisible(remark is not None)
        if remark:
            say(below.setText, remark)
        cell = QVBoxLayout()
        cell.setSpacing(6)
        cell.addWidget(control)
        cell.addWidget(below)
        self._form.addRow(text, cell)
        return below

    def event(self, event: QEvent) -> bool:
        """Keeps the page as high as its text needs at this width: scroll areas do not ask for that."""
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            needed = self.layout().totalHeightForWidth(self.width())  # −1 where no text wraps
            self.setMinimumHeight(max(needed, self.layout().totalMinimumSize().height()))
        return done
