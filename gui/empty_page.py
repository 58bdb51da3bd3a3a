"""What is there before a song is: the invitation to drop one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from gui import icons, theme
from gui.i18n import say
from gui.widgets import label, set_property


class EmptyPage(QWidget):
    """A large area to drop a song on, with a button for those who do not drag."""

    open_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._area = QFrame()
        self._area.setObjectName("dropArea")
        self._picture = QLabel()
        self.button = QPushButton()
        say(self.button.setText, "Open a song…")
        self.button.setProperty("primary", True)
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.clicked.connect(self.open_wanted)
        inside = QVBoxLayout(self._area)
        inside.setSpacing(10)
        inside.addStretch(1)
        for widget, gap in (
            (self._picture, 14),
            (label("Drop a song here", name="headline"), 0),
            (label("Any audio or video file. It stays on this computer.", faint=True), 18),
            (self.button, 0),
        ):
            inside.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            inside.addSpacing(gap)
        inside.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._area)
        self.refresh_icons()

    def set_inviting(self, inviting: bool) -> None:
        """Whether something that can be dropped hovers over the window."""
        set_property(self._area, "inviting", inviting)

    def refresh_icons(self) -> None:
        self._picture.setPixmap(icons.icon("song", theme.current().accent).pixmap(64, 64))
