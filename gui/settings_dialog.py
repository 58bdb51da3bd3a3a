"""Shows the settings, lets them be changed, and saves them."""

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core import settings as stored
from core.engines.survey import Survey, survey
from core.errors import AntaraError
from core.settings import Settings
from gui.dialog_buttons import DialogButtons
from gui.i18n import mark, say, translate
from gui.messages import sentence
from gui.separation_settings import SeparationPage
from gui.settings_page import Page
from gui.settings_pages import AppearancePage, NetworkPage, OutputPage
from gui.widgets import MessageBar
from gui.worker import start_detached

_LIST_WIDTH = 170


class SettingsDialog(QDialog):
    """Emits ``accepted`` when what was changed is saved. Language and theme are to be shown as soon as they are chosen."""

    language_changed = Signal(str)  # core.settings.Language; the old one again when the dialog is cancelled
    theme_changed = Signal(str)  # core.settings.Theme; likewise
    surveyed = Signal()  # engines and devices are known

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before = self._after = settings
        say(self.setWindowTitle, lambda: translate("Settings"))
        self.setMinimumSize(700, 440)
        self.resize(QSize(860, 620).boundedTo(self.screen().availableSize() * 0.9))
        self.separation, self.output = SeparationPage(), OutputPage()
        self.appearance, self.network = AppearancePage(), NetworkPage()
        self.pages: list[Page] = [self.separation, self.output, self.appearance, self.network]
        self.sections = QListWidget()
        self.message = MessageBar()
        self._stack = QStackedWidget()
        self.buttons = DialogButtons(mark("Defaults"))
        self._build()
        self._show(settings)
        self._connect()
        start_detached(lambda cancel, report, notify: report(survey(cancel))).progressed.connect(self._on_survey)

    def _build(self) -> None:
        self.sections.setObjectName("sections")
        self.sections.setFixedWidth(_LIST_WIDTH)
        say(self.sections.setAccessibleName, lambda: translate("Sections"))
        for page in self.pages:
            self.sections.addItem(page.title())
            self._stack.addWidget(_scrolled(page))
        self.sections.setCurrentRow(0)
        say(self.buttons.other.setToolTip, lambda: translate("Shows the settings as they were at first, in all sections"))
        self.buttons.box.accepted.connect(self.accept)
        self.buttons.box.rejected.connect(self.reject)
        middle = QHBoxLayout()
        middle.setSpacing(22)
        middle.addWidget(self.sections)
        middle.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 18)
        column.setSpacing(14)
        column.addWidget(self.message)
        column.addLayout(middle, 1)
        column.addLayout(self.buttons)

    def _connect(self) -> None:
        self.sections.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.buttons.other.clicked.connect(partial(self._show, Settings()))
        self.appearance.language_changed.connect(self.language_changed)
        self.appearance.theme_changed.connect(self.theme_changed)

    def settings(self) -> Settings:
        """As they were saved; before that as they were given."""
        return self._after

    def show_page(self, page: Page) -> None:
        """Goes to a section."""
        self.sections.setCurrentRow(self.pages.index(page))

    def accept(self) -> None:
        """Saves what was changed; where that cannot be, says why and stays open."""
        self.message.hide()
        for page in self.pages:
            wrong = page.wrong_field()
            if wrong:
                self.show_page(page)
                wrong.setFocus()
                return
        try:
            self._after = stored.change(**self._changed())
        except AntaraError as error:
            self.message.show_message(partial(sentence, error), error=True)
            return
        super().accept()

    def reject(self) -> None:
        """Closes, with the language and the theme that were there before."""
        shown = self.appearance.fields()
        if shown["language"] != self._before.language:
            self.language_changed.emit(self._before.language)
        if shown["theme"] != self._before.theme:
            self.theme_changed.emit(self._before.theme)
        super().reject()

    def _changed(self) -> dict[str, Any]:
        fields = {name: value for page in self.pages for name, value in page.fields().items()}
        return {name: value for name, value in fields.items() if value != getattr(self._before, name)}

    def _show(self, settings: Settings) -> None:
        for page in self.pages:
            page.show_settings(settings)

    def _on_survey(self, found: Survey) -> None:
        self.separation.show_survey(found)
        self.surveyed.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            for row, page in enumerate(self.pages):
                self.sections.item(row).setText(page.title())
        super().changeEvent(event)


def _scrolled(page: Page) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area
