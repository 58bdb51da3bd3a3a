"""Play, pause and seek."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton

from core.progress import clock_text
from gui import icons, theme
from gui.i18n import translate
from gui.widgets import JumpSlider, label

STEP_S = 5


class Transport(QFrame):
    """The transport bar. Positions are in seconds of the song."""

    toggled = Signal()
    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.play = QToolButton()
        self.play.setObjectName("play")
        self.play.setIconSize(QSize(26, 26))
        self.play.clicked.connect(self.toggled)
        self.bar = JumpSlider()
        self.bar.setAccessibleName(translate("Position in the song"))
        self.bar.setSingleStep(STEP_S * 1000)
        self.bar.setPageStep(3 * STEP_S * 1000)
        self.bar.jumped.connect(lambda milliseconds: self.sought.emit(milliseconds / 1000))
        self._position, self._length = label("0:00"), label("0:00", faint=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 10, 18, 10)
        row.setSpacing(14)
        for widget in (self.play, self._position, self.bar, self._length):
            row.addWidget(widget, 1 if widget is self.bar else 0)
        self.show_playing(False)

    def show_playing(self, playing: bool) -> None:
        text = translate("Pause") if playing else translate("Play")
        self.play.setIcon(icons.icon("pause" if playing else "play", theme.current().on_accent))
        self.play.setAccessibleName(text)
        self.play.setToolTip(f"{text} (Space)")

    def show_length(self, seconds: float) -> None:
        self.bar.setRange(0, round(seconds * 1000))
        self._length.setText(clock_text(seconds))

    def show_position(self, seconds: float) -> None:
        """Moves the handle, unless the user holds it."""
        if not self.bar.isSliderDown():
            self.bar.setValue(round(seconds * 1000))
        self._position.setText(clock_text(seconds))
