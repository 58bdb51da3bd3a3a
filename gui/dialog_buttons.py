"""The bottom row of a dialog."""

from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QPushButton

from gui.i18n import Source, say


class DialogButtons(QHBoxLayout):
    """OK and Cancel in the system's order, and on the left a quiet button that says ``other``."""

    def __init__(self, other: Source) -> None:
        super().__init__()
        self.ok, self.cancel, self.other = QPushButton(), QPushButton(), QPushButton()
        say(self.ok.setText, "OK")
        say(self.cancel.setText, "Cancel")
        say(self.other.setText, other)
        self.ok.setProperty("primary", True)
        self.ok.setDefault(True)
        self.other.setProperty("quiet", True)
        self.other.setAutoDefault(False)
        self.box = QDialogButtonBox()
        self.box.addButton(self.ok, QDialogButtonBox.ButtonRole.AcceptRole)
        self.box.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.addWidget(self.other)
        self.addStretch(1)
        self.addWidget(self.box)
