"""Fields of forms: a folder, a pattern for the names of files, an address."""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDir, QEvent, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from core.audio.naming import PLACEHOLDERS, Template
from core.audio.tags import Tags
from core.errors import AntaraError
from core.messages import printable
from gui.i18n import say, translate
from gui.messages import sentence
from gui.widgets import label, set_property

_SPLEETERS = ("filename", "instrument")  # other names of "song" and "stem"


class Field(QWidget):
    """A line to type in, with a remark below that says what it means or why it cannot be taken."""

    changed = Signal()

    def __init__(self, name: Callable[[], str]) -> None:
        super().__init__()
        self.line = QLineEdit()
        say(self.line.setAccessibleName, name)
        self.remark = label(faint=True)
        self.remark.setWordWrap(True)
        self.row = QHBoxLayout()
        self.row.setSpacing(10)
        self.row.addWidget(self.line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self.row)
        column.addWidget(self.remark)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self._on_text)

    def problem(self) -> str:
        """The sentence that says why this cannot be taken; empty if it can."""
        return ""

    def explanation(self) -> str:
        """The remark while there is no problem."""
        return ""

    def refresh(self) -> None:
        """The remark anew."""
        problem = self.problem()
        text = problem or self.explanation()
        self.remark.setText(text)
        self.remark.setVisible(bool(text))
        set_property(self.remark, "tone", "bad" if problem else "")
        self.line.setAccessibleDescription(text)

    def _on_text(self) -> None:
        self.refresh()
        self.changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)


class FolderField(Field):
    """A folder; empty for the one that is shown as long as nothing is typed."""

    def __init__(self, name: Callable[[], str], default: str) -> None:
        super().__init__(name)
        self.line.setPlaceholderText(QDir.toNativeSeparators(default))
        self.line.setClearButtonEnabled(True)
        self.default = default
        self.browse = QPushButton()
        say(self.browse.setText, "Choose…")
        say(self.browse.setAccessibleName, lambda: translate("Choose: {name}").format(name=name()))
        self.browse.clicked.connect(self._choose)
        self.row.addWidget(self.browse)
        self.refresh()

    @property
    def folder(self) -> str | None:
        text = self.line.text().strip()
        return os.path.expanduser(text) if text else None  # noqa: PTH111 - Path's raises for an unknown ~name

    def show_folder(self, folder: str | None) -> None:
        self.line.setText(QDir.toNativeSeparators(folder or ""))

    def problem(self) -> str:
        folder = self.folder
        if folder is None or (Path(folder).is_absolute() and "\0" not in folder):
            return ""
        return translate("Give the whole path of the folder, from its beginning.")

    def _choose(self) -> None:
        dialog = QFileDialog(self, translate("Choose a folder"), self.folder or self.default)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.show_folder)
        dialog.open()


class TemplateField(Field):
    """A pattern for names, with the names that it would give, and a menu of what can be filled in."""

    def __init__(self, name: Callable[[], str]) -> None:
        super().__init__(name)
        self._stems, self._extension = ("vocals", "accompaniment"), "wav"
        self.insert = QPushButton()
        say(self.insert.setText, "Insert")
        say(self.insert.setAccessibleName, "Insert a placeholder")
        self.insert.setProperty("menu", True)
        menu = QMenu(self)
        for placeholder in PLACEHOLDERS:
            if placeholder not in _SPLEETERS:
                menu.addAction(self._action(placeholder))
        self.insert.setMenu(menu)
        self.row.addWidget(self.insert)
        self.refresh()

    @property
    def text(self) -> str:
        return self.line.text().strip()

    def show_extension(self, extension: str) -> None:
        """Of the files in the preview, with or without its dot."""
        self._extension = extension.removeprefix(".")
        self.refresh()

    def problem(self) -> str:
        try:
            self._examples()
        except AntaraError as error:
            return sentence(error)
        return ""

    def explanation(self) -> str:
        return translate("For example {name}").format(name=printable(self._examples()[0]))

    def _examples(self) -> list[str]:
        """The names of the stems of a song that has all that can be filled in. Raises OutputErrors."""
        song = Path("Songs", "First Rain.mp3")
        tags = Tags(title="First Rain", artist="Asha Rao", album="Monsoon", date="2019")
        paths = Template(self.text).paths(song, self._stems, Path(), self._extension, tags, "2stems")
        return [str(path) for path in paths.values()]

    def _action(self, placeholder: str) -> QAction:
        action = QAction(self)
        action.setText(f"{{{placeholder}}}")
        action.triggered.connect(lambda: self._insert(f"{{{placeholder}}}"))
        return action

    def _insert(self, text: str) -> None:
        self.line.insert(text)
        self.line.setFocus()


class CheckedField(Field):
    """A line whose text ``find_problem`` judges."""

    def __init__(self, name: Callable[[], str], find_problem: Callable[[str], str]) -> None:
        super().__init__(name)
        self._find_problem = find_problem
        self.line.setClearButtonEnabled(True)
        self.refresh()

    @property
    def text(self) -> str:
        return self.line.text().strip()

    def problem(self) -> str:
        return self._find_problem(self.text)
