"""The sheet of keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.i18n import translate
from gui.widgets import label

_Group = tuple[str, tuple[tuple[str, str], ...]]  # its heading; keys, several with a space between them, and what they do


def groups() -> tuple[_Group, ...]:
    """All keys of the window."""
    return (
        (
            translate("Song"),
            (
                ("Ctrl+O", translate("Open songs")),
                ("Ctrl+V", translate("Open what was copied")),
                ("Ctrl+Return", translate("Separate")),
                ("Ctrl+E", translate("Export")),
                ("Esc", translate("Cancel, or remove the loop")),
            ),
        ),
        (
            translate("Window"),
            (
                ("Ctrl+1", translate("The song")),
                ("Ctrl+2", translate("The queue")),
                ("Ctrl+3", translate("The history")),
                ("Ctrl+M", translate("Models")),
                ("Ctrl+,", translate("Settings")),
                ("F1", translate("This sheet")),
                ("Ctrl+Q", translate("Quit")),
            ),
        ),
        (
            translate("Playing"),
            (
                ("Space", translate("Play and pause")),
                ("Ctrl+.", translate("Stop")),
                ("Ctrl+Left Ctrl+Right", translate("Five seconds back and on")),
                ("L", translate("Loop")),
                ("[ ]", translate("Beginning and end of the loop")),
                ("B", translate("Original or mix")),
                ("Ctrl+Up Ctrl+Down", translate("Volume")),
                ("Ctrl++ Ctrl+- Ctrl+0", translate("Zoom in, out, show all")),
            ),
        ),
        (
            translate("In a lane"),
            (
                ("M", translate("Mute")),
                ("S", translate("Solo")),
                ("Up Down", translate("One decibel louder, quieter")),
                ("0", translate("Back to 0 dB")),
            ),
        ),
        (
            translate("In the queue"),
            (
                ("Alt+Up Alt+Down", translate("Move up and down")),
                ("Return", translate("Open what is done")),
                ("Del", translate("Remove")),
            ),
        ),
    )


class HelpSheet(QDialog):
    """Two columns of groups; it is made anew each time, in the language of the moment."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Keys"))
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
        sheet = QVBoxLayout(self)
        sheet.setContentsMargins(28, 24, 28, 20)
        sheet.addLayout(both)
        sheet.addWidget(buttons)


def _grid(keys: tuple[tuple[str, str], ...]) -> QGridLayout:
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
    return label(QKeySequence(name).toString(QKeySequence.SequenceFormat.NativeText), name="key")
