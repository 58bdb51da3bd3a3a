"""The sheet of keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.about_dialog import AboutDialog
from gui.i18n import Source, mark, say
from gui.widgets import label

# Its heading; keys, several with a space between them, and what they do.
_Group = tuple[Source, tuple[tuple[str, Source], ...]]


def groups() -> tuple[_Group, ...]:
    """All keys of the window."""
    return (
        (
            mark("Song"),
            (
                ("Ctrl+O", mark("Open songs")),
                ("Ctrl+V", mark("Open what was copied")),
                ("Ctrl+Return", mark("Separate")),
                ("Ctrl+E", mark("Export")),
                ("Esc", mark("Cancel, or remove the loop")),
            ),
        ),
        (
            mark("Window"),
            (
                ("Ctrl+1", mark("The song")),
                ("Ctrl+2", mark("The queue")),
                ("Ctrl+3", mark("The history")),
                ("Ctrl+M", mark("Models")),
                ("Ctrl+,", mark("Settings")),
                ("F1", mark("This sheet")),
                ("Ctrl+Q", mark("Quit")),
            ),
        ),
        (
            mark("Playing"),
            (
                ("Space", mark("Play and pause")),
                ("Ctrl+.", mark("Stop")),
                ("Ctrl+Left Ctrl+Right", mark("Five seconds back and on")),
                ("L", mark("Loop")),
                ("[ ]", mark("Beginning and end of the loop")),
                ("B", mark("Original or mix")),
                ("Ctrl+Up Ctrl+Down", mark("Volume")),
                ("Ctrl++ Ctrl+- Ctrl+0", mark("Zoom in, out, show all")),
            ),
        ),
        (
            mark("In a lane"),
            (
                ("M", mark("Mute")),
                ("S", mark("Solo")),
                ("Up Down", mark("One decibel louder, quieter")),
                ("0", mark("Back to 0 dB")),
            ),
        ),
        (
            mark("In the queue and the history"),
            (
                ("Alt+Up Alt+Down", mark("Move up and down")),
                ("Return", mark("Open what is done")),
                ("Del", mark("Remove")),
                ("Ctrl+F", mark("Search the history")),
            ),
        ),
    )


class HelpSheet(QDialog):
    """Two columns of groups."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        say(self.setWindowTitle, "Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = (QVBoxLayout(), QVBoxLayout())
        for number, (heading, keys) in enumerate(groups()):
            column = columns[number in (2, 3)]
            column.addWidget(label(heading, name="name"))
            column.addLayout(_grid(keys))
            column.addSpacing(10)
        both = QHBoxLayout()
        both.setSpacing(40)
        for column in columns:
            column.setSpacing(8)
            column.addStretch(1)
            both.addLayout(column)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.about = buttons.addButton("", QDialogButtonBox.ButtonRole.HelpRole)
        say(self.about.setText, "About Antara")
        self.about.clicked.connect(self._show_about)
        sheet = QVBoxLayout(self)
        sheet.setContentsMargins(28, 24, 28, 20)
        sheet.addLayout(both)
        sheet.addWidget(buttons)

    def _show_about(self) -> None:
        window = self.parentWidget()
        self.accept()
        AboutDialog(window).open()


def _grid(keys: tuple[tuple[str, Source], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnMinimumWidth(0, 190)
    grid.setColumnStretch(1, 1)
    for row, (names, text) in enumerate(keys):
        caps = QHBoxLayout()
        caps.setSpacing(4)
        for name in names.split():
            caps.addWidget(_cap(name))
        caps.addStretch(1)
        grid.addLayout(caps, row, 0)
        grid.addWidget(label(text), row, 1)
    return grid


def _cap(name: str) -> QLabel:
    """A key as it is written on this system's keyboards."""
    cap = label(name="key")
    cap.setText(QKeySequence(name).toString(QKeySequence.SequenceFormat.NativeText))
    return cap
