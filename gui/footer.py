"""The row at the bottom: which page is shown, what the engine says, and the dialogs."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolButton, QWidget

from gui import icons, theme
from gui.i18n import Text, said, say, translate
from gui.widgets import elided_label, unmarked_tip

PAGES = ("song", "queue", "history")


class Footer(QWidget):
    """Shows and forwards."""

    page_wanted = Signal(str)  # one of PAGES
    settings_wanted = Signal()
    keys_wanted = Signal()

    def __init__(self, models: QPushButton) -> None:
        super().__init__()
        self.pages = {name: QPushButton() for name in PAGES}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for name, button in self.pages.items():
            button.setProperty("quiet", True)
            button.setCheckable(True)
            button.clicked.connect(lambda checked, name=name: self.page_wanted.emit(name))
            self._group.addButton(button)
            row.addWidget(button)
        say(self.pages["song"].setText, "Song")
        say(self.pages["history"].setText, "History")
        self.status = elided_label(faint=True)
        self.status.elision = Qt.TextElideMode.ElideRight
        self.settings, self.keys = QToolButton(), QToolButton()
        say(self.settings.setAccessibleName, "Settings")
        say(self.settings.setToolTip, "Settings (Ctrl+,)")
        say(self.keys.setAccessibleName, "Keys")
        say(self.keys.setToolTip, "Keys (F1)")
        self.settings.clicked.connect(self.settings_wanted)
        self.keys.clicked.connect(self.keys_wanted)
        row.addSpacing(14)
        row.addWidget(self.status, 1)
        row.addSpacing(14)
        for widget in (models, self.settings, self.keys):
            row.addWidget(widget)
        self.show_queue(0)
        self.show_page("song")
        self.refresh_icons()

    def show_page(self, name: str) -> None:
        self.pages[name].setChecked(True)

    def show_queue(self, waiting: int) -> None:
        """How many songs are not done yet."""
        text = (lambda: translate("Queue ({count})").format(count=waiting)) if waiting else "Queue"
        say(self.pages["queue"].setText, text)

    def show_status(self, text: Text) -> None:
        say(self.status.setText, text)
        say(self.status.setToolTip, lambda: unmarked_tip(said(text)))

    def refresh_icons(self) -> None:
        faint = theme.current().faint
        for name, button in self.pages.items():
            button.setIcon(icons.icon("song" if name == "song" else name, faint))
        self.settings.setIcon(icons.icon("settings", faint))
        self.keys.setIcon(icons.icon("keys", faint))
