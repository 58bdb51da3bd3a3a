"""The drawing of one stem over the time that is in view."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from core.waveforms import Column
from gui import theme
from gui.i18n import Text, say
from gui.view import View

_ZOOM_A_NOTCH = 0.8
_NOTCH = 120  # Qt's angle of a wheel's notch
_PAN_A_NOTCH = 0.1  # of the view
_PLAYHEAD_WIDTH = 2


class Waveform(QWidget):
    """Drawn once into a picture; what moves during playback is a line over it. Clicks and drags tell where to go on."""

    sought = Signal(int)  # frame
    resized = Signal()

    def __init__(self, name: Text, colour: str, view: View) -> None:
        super().__init__()
        say(self.setAccessibleName, name)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 32)
        self._colour, self._view = colour, view
        self._dimmed = False
        self._shown: list[Column] = []  # the columns from the left on; of the rest nothing is known yet
        self._picture: QPixmap | None = None
        self._playhead: int | None = None
        self._region: tuple[int, int] | None = None
        self._looping = False

    @property
    def columns(self) -> int:
        """How many pixels of the screen it is wide."""
        return max(round(self.width() * self.devicePixelRatio()), 1)

    def show_columns(self, skip: int, columns: Sequence[Column]) -> None:
        """Keeps the first ``skip`` columns and shows these after them."""
        self._shown[skip:] = columns
        if self._picture is None or not skip:
            self.redraw()
            return
        self._draw(skip)
        left = int(skip / self.devicePixelRatio())
        self.update(left, 0, self.width() - left, self.height())

    def set_dimmed(self, dimmed: bool) -> None:
        """Whether this stem is not heard."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.redraw()

    def set_playhead(self, frame: int | None) -> None:
        before, self._playhead = self._playhead_rect(), frame
        after = self._playhead_rect()
        if after != before:
            self.update(before)
            self.update(after)

    def set_region(self, region: tuple[int, int] | None, looping: bool) -> None:
        """Marks the frames from the first up to the second; ``looping`` says whether they are played again and again."""
        if (region, looping) != (self._region, self._looping):
            self._region, self._looping = region, looping
            self.update()

    def redraw(self) -> None:
        """Draws the picture anew, when it is next seen."""
        self._picture = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatio()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(self.columns, max(round(self.height() * ratio), 1))
            self._picture.setDevicePixelRatio(ratio)
            self._draw(0)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        if self._region:
            colours = theme.current()
            left, right = (self._view.x_of(frame, self.width()) for frame in self._region)
            ink = QColor(colours.accent if self._looping else colours.faint)
            painter.fillRect(QRectF(left, 0, right - left, self.height()), theme.veil(ink))
        playhead = self._playhead_rect()
        if playhead.intersects(event.rect()):
            painter.fillRect(playhead, QColor(theme.current().text))

    def _draw(self, skip: int) -> None:
        """Draws the picture from column ``skip`` on, in pixels of the screen."""
        assert self._picture is not None
        colours = theme.current()
        ratio = self._picture.devicePixelRatio()
        self._picture.setDevicePixelRatio(1)
        width, height = self._picture.width(), self._picture.height()
        line = max(round(ratio), 1)
        painter = QPainter(self._picture)
        painter.fillRect(skip, 0, width - skip, height, QColor(colours.surface))
        painter.fillRect(skip, (height - line) // 2, width - skip, line, QColor(colours.line))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line if self._dimmed else self._colour))
        painter.drawRects(self._bars(skip, height, line))
        painter.end()
        self._picture.setDevicePixelRatio(ratio)

    def _bars(self, skip: int, height: int, line: int) -> list[QRectF]:
        """A bar for each column from ``skip`` on, at least ``line`` high, that touches the one before it."""
        middle = (height - line) // 2 + line / 2
        scale = height / 2 - 1
        before = self._shown[max(skip - 1, 0) : skip] or self._shown[skip : skip + 1]
        bars = []
        for x, (low, high) in enumerate(self._shown[skip:], skip):
            top = middle - scale * min(max(high, before[0][0]), 1.0)
            bottom = middle - scale * max(min(low, before[0][1]), -1.0)
            spare = max(line - (bottom - top), 0.0) / 2
            bars.append(QRectF(x, top - spare, 1, bottom - top + 2 * spare))
            before = [(low, high)]
        return bars

    def _playhead_rect(self) -> QRect:
        if self._playhead is None:
            return QRect()
        x = self._view.x_of(self._playhead, self.width())
        if not -_PLAYHEAD_WIDTH < x < self.width() + _PLAYHEAD_WIDTH:
            return QRect()
        return QRect(round(x) - _PLAYHEAD_WIDTH // 2, 0, _PLAYHEAD_WIDTH, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        self.resized.emit()

    # What the user does with it.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(event.position())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._view.show_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = self._view.first + event.position().x() * self._view.count / self.width()
            self._view.zoom(_ZOOM_A_NOTCH ** (angle.y() / _NOTCH), at)
        elif angle.x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            notches = (angle.x() or angle.y()) / _NOTCH
            self._view.move_to(self._view.first - notches * _PAN_A_NOTCH * self._view.count)
        else:
            event.ignore()  # the lanes may have more to scroll to

    def _seek(self, point: QPointF) -> None:
        self.sought.emit(self._view.frame_at(point.x(), self.width()))
