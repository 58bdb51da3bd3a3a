"""Shows what a support bundle holds, and saves it where the user wants it. Nothing is sent."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core import support
from core.errors import AntaraError
from core.support import Part
from gui import failures
from gui.i18n import Source, mark, on_language_change, say, translate
from gui.show_file import show_in_folder
from gui.widgets import MessageBar, label
from gui.worker import BackgroundJob, start_detached

_SIZE = QSize(760, 560)
_LIST_WIDTH = 190

_TITLES: Mapping[str, Source] = {
    "about.txt": mark("Program and computer"),
    "engines.txt": mark("Engines and devices"),
    "settings.txt": mark("Settings"),
    "models.txt": mark("Models"),
    "last-error.txt": mark("Last error"),
}


class SupportDialog(QDialog):
    """Collects as it opens; what is shown then is what is saved."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        say(self.setWindowTitle, "Support bundle")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() * 0.9))
        self.parts: list[Part] = []
        self.message = MessageBar()
        self.list, self.text = QListWidget(), QPlainTextEdit()
        self.save_button = QPushButton()
        self._build()
        self._job: BackgroundJob | None = start_detached(lambda cancel, report, notify: report(support.collect(cancel)))
        self._job.progressed.connect(self._on_parts)
        self._job.failed.connect(self._on_failed)
        self._job.finished.connect(self._on_finished)
        self.finished.connect(self._stop)

    def _build(self) -> None:
        introduction = label(
            "One file for whoever helps you. Look through it: your name and your home folder are replaced in it. "
            "It is only saved; nothing is sent."
        )
        introduction.setWordWrap(True)
        self.list.setObjectName("sections")
        self.list.setFixedWidth(_LIST_WIDTH)
        say(self.list.setAccessibleName, "What is in the bundle")
        self.list.currentRowChanged.connect(self._on_row)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        say(self.text.setPlaceholderText, "Collecting…")
        say(self.text.setAccessibleName, "Its text")
        both = QHBoxLayout()
        both.setSpacing(14)
        both.addWidget(self.list)
        both.addWidget(self.text, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        say(self.save_button.setText, "Save…")
        self.save_button.setEnabled(False)
        self.save_button.clicked.connect(self.choose_file)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(14)
        column.addWidget(introduction)
        column.addWidget(self.message)
        column.addLayout(both, 1)
        column.addWidget(buttons)
        on_language_change(self._name_parts)

    def choose_file(self) -> None:
        """Opens the file dialog, which asks about a file that is there."""
        dialog = QFileDialog(self, translate("Save the support bundle"), str(Path.home()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(translate("ZIP files (*.zip)"))
        dialog.setDefaultSuffix("zip")
        dialog.selectFile(support.file_name())
        dialog.fileSelected.connect(lambda name: self.save(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def save(self, target: Path) -> None:
        """Writes the file, which the user has agreed to replace if it is there."""
        self.message.hide()
        job = start_detached(lambda cancel, report, notify: support.save(self.parts, target, overwrite=True))
        job.returned.connect(partial(self._on_saved, target))
        job.failed.connect(self._on_failed)

    def _on_parts(self, parts: list[Part]) -> None:
        self.parts = parts
        self.list.addItems([""] * len(parts))
        self._name_parts()
        self.list.setCurrentRow(0)
        self.save_button.setEnabled(True)
        self.save_button.setDefault(True)

    def _name_parts(self) -> None:
        for row, part in enumerate(self.parts):
            title = _TITLES.get(part.name)
            self.list.item(row).setText(translate(title) if title else Path(part.name).name)

    def _on_row(self, row: int) -> None:
        self.text.setPlainText(self.parts[row].text if row >= 0 else "")

    def _on_saved(self, target: Path) -> None:
        self.message.show_message(
            lambda: translate("Saved “{file}”.").format(file=target.name),
            icon="done",
            action="Show",
            then=partial(show_in_folder, target),
        )

    def _on_failed(self, error: AntaraError) -> None:
        failures.show(self.message, error)

    def _on_finished(self) -> None:
        self._job = None

    def _stop(self) -> None:
        if self._job:
            self._job.cancel()
