"""The times of what the lanes show."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.progress import clock_text
from gui import theme
from gui.i18n import translate
from gui.view import View

_HEIGHT = 16
_FONT_PX = 11
_APART_PX = 90  # labels, at least
_TICK_PX = 6
_TICKS_A_LABEL = 5
# Hundredths of a second between labels.
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1500, 3000, 6000, 12_000, 30_000, 60_000, 180_000, 360_000)


def step_of(view: View, width: int) -> int:
    """The time between labels, in hundredths of a second, that are far enough from each other in ``width`` pixels."""
    wanted = 100 * view.count / view.rate * _APART_PX / max(width, 1)
    return next((step for step in _STEPS if step >= wanted), _STEPS[-1])


def label_of(hundredths: int, step: int) -> str:
    """``3:07``, with decimals where labels are less than a second apart."""
    text = clock_text(hundredths // 100)
    return text if step % 100 == 0 else f"{text}.{hundredths % 100:02}"


class TimeScale(QWidget):
    """Labels and ticks; nothing to take hold of."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.setAccessibleName(translate("Times"))
        self.setFixedHeight(_HEIGHT)
        self._view = view
        view.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        view, width = self._view, self.width()
        if view.length <= 1:
            return
        step = step_of(view, width)
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(_FONT_PX)
        painter.setFont(font)
        frames = step * view.rate / 100  # between labels
        for number in range(int(view.first / frames), int(view.end / frames) + 1):
            x = view.x_of(number * frames, width)
            painter.setPen(QColor(theme.current().line))
            for tick in range(_TICKS_A_LABEL):
                at = x + view.x_of(view.first + tick * frames / _TICKS_A_LABEL, width)
                painter.drawLine(QPointF(at, _HEIGHT - (3 if tick else _TICK_PX)), QPointF(at, _HEIGHT))
            text = label_of(number * step, step)
            room = QRectF(x + 4, 0, painter.fontMetrics().horizontalAdvance(text) + 1, _HEIGHT - 4)
            if room.left() >= 0 and room.right() <= width:
                painter.setPen(QColor(theme.current().faint))
                painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
