"""A level meter."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.playback.meter import fallen
from core.playback.mixer import SILENCE_DB
from gui import theme
from gui.i18n import Text, say

LOUDEST_DB = 6.0
_WIDTH = 6


class Meter(QWidget):
    """An upright bar from silence to +6 dB; what is above full scale is red."""

    def __init__(self, name: Text, colour: str) -> None:
        super().__init__()
        say(self.setAccessibleName, name)
        self.setFixedWidth(_WIDTH)
        self._colour = colour
        self.shown_db = SILENCE_DB

    def advance(self, peak: float, seconds: float) -> None:
        """Shows the largest absolute sample of the last ``seconds``, or falls."""
        before = self._height(self.shown_db)
        self.shown_db = fallen(self.shown_db, peak, seconds)
        if self._height(self.shown_db) != before:
            self.update()

    def clear(self) -> None:
        self.shown_db = SILENCE_DB
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        for height, colour in (
            (self.height(), theme.current().line),
            (self._height(self.shown_db), theme.current().bad),
            (self._height(min(self.shown_db, 0.0)), self._colour),
        ):
            if height:
                painter.setBrush(QColor(colour))
                part = whole.adjusted(0, self.height() - height, 0, 0)
                painter.drawRoundedRect(part, min(_WIDTH, height) / 2, min(_WIDTH, height) / 2)

    def _height(self, level_db: float) -> int:
        """In pixels, of a level."""
        return round(self.height() * (min(level_db, LOUDEST_DB) - SILENCE_DB) / (LOUDEST_DB - SILENCE_DB))
