"""The song's time over the lanes: marks, the playhead, and the part that is looped."""

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QSlider

from core.progress import clock_text
from gui import theme
from gui.i18n import Source, say
from gui.view import View
from gui.widgets import label

_HEIGHT = 28
_FONT_PX = 11
_APART_PX = 90  # labels, at least
_TICK_PX = 7
_TICKS_A_LABEL = 5
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1500, 3000, 6000, 12_000, 30_000, 60_000, 180_000, 360_000)
_POINTER = 6.0  # half the width of the playhead's head
_REACH = 6  # how near to an end of the loop is on it
_DRAG = 4  # less is a click
_SHORTEST_LOOP_MS = 100


class Region(NamedTuple):
    """A part of the song, in milliseconds."""

    start: int
    end: int


def step_of(view: View, width: int) -> int:
    """The time between labels, in hundredths of a second, that are far enough from each other in ``width`` pixels."""
    wanted = 100 * view.count / view.rate * _APART_PX / max(width, 1)
    return next((step for step in _STEPS if step >= wanted), _STEPS[-1])


def label_of(hundredths: int, step: int) -> str:
    """``3:07``, with decimals where labels are less than a second apart."""
    text = clock_text(hundredths // 100)
    return text if step % 100 == 0 else f"{text}.{hundredths % 100:02}"


class Ruler(QSlider):
    """A slider of milliseconds over the part of the song in view: a click goes there, a drag chooses what is looped."""

    jumped = Signal(int)
    region_changed = Signal()  # the user is done with it
    region_shown = Signal()  # it is drawn otherwise than before

    def __init__(self, view: View) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._view = view
        self.setFixedHeight(_HEIGHT)
        self.setMouseTracking(True)
        say(self.setAccessibleName, "Position in the song")
        say(self.setToolTip, "Click to go there; drag to loop a part")
        self.region: Region | None = None
        self.looping = False
        self._anchor: int | None = None  # the other end of the region that is being drawn
        self._pressed_at = QPointF()
        self._keyboard = False
        self._noticed = ""
        self._notice = label(name="pill")
        self._notice.setParent(self)
        self._notice.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._notice.hide()
        view.changed.connect(self.update)
        view.changed.connect(self._place_notice)
        self.actionTriggered.connect(lambda action: self.jumped.emit(self.sliderPosition()))
        self.valueChanged.connect(self._place_notice)

    @property
    def notice(self) -> QLabel:
        """What is said at the playhead."""
        return self._notice

    def show_notice(self, text: Source) -> None:
        """Says something at the playhead; nothing if empty."""
        if text == self._noticed:
            return
        self._noticed = text
        self._notice.setVisible(bool(text))
        say(self._set_notice, text)

    def _set_notice(self, text: str) -> None:
        self._notice.setText(text)
        self._notice.adjustSize()
        self._place_notice()

    def set_region(self, region: Region | None) -> None:
        self.region = region
        self.update()
        self.region_shown.emit()

    def set_looping(self, looping: bool) -> None:
        """Whether the region is in force."""
        self.looping = looping
        self.update()
        self.region_shown.emit()

    def sizeHint(self) -> QSize:
        return QSize(400, _HEIGHT)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.isEnabled():
            event.ignore()
            return
        self._pressed_at = event.position()
        grasped = self._handle_at(event.position())
        if grasped is not None and self.region:
            self._anchor = self.region.start if grasped == self.region.end else self.region.end
        else:
            self._anchor = self._time_at(event.position().x())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._anchor is None:
            on_handle = self._handle_at(event.position()) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_handle else Qt.CursorShape.ArrowCursor)
        elif self._is_dragged(event.position()):
            self.set_region(Region(*sorted((self._anchor, self._time_at(event.position().x())))))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._anchor is None:
            return
        dragged, on_handle = self._is_dragged(event.position()), self._handle_at(self._pressed_at) is not None
        self._anchor = None
        if dragged:
            if self.region and self.region.end - self.region.start < _SHORTEST_LOOP_MS:
                self.set_region(None)
            self.region_changed.emit()
        elif not on_handle:
            self.setValue(self._time_at(event.position().x()))
            self.jumped.emit(self.value())

    def _is_dragged(self, point: QPointF) -> bool:
        return abs(point.x() - self._pressed_at.x()) >= _DRAG

    def _handle_at(self, point: QPointF) -> int | None:
        """The end of the region that is under the mouse."""
        if not self.region:
            return None
        nearest = min(self.region, key=lambda end: abs(self._x_of(end) - point.x()))
        return nearest if abs(self._x_of(nearest) - point.x()) <= _REACH else None

    # Time and place

    def _x_of(self, milliseconds: int) -> float:
        return self._view.x_of(milliseconds * self._view.rate / 1000, self.width())

    def _time_at(self, x: float) -> int:
        return min(round(self._view.frame_at(x, self.width()) * 1000 / self._view.rate), self.maximum())

    def _place_notice(self) -> None:
        if self._notice.isVisibleTo(self):
            playhead = round(self._x_of(self.value()))
            x = playhead + 8
            if x + self._notice.width() > self.width():
                x = playhead - 8 - self._notice.width()
            self._notice.move(max(x, 0), 1)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._view.length <= 1:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        self._draw_region(painter, colours)
        self._draw_marks(painter, colours)
        if self.isEnabled():
            self._draw_playhead(painter, colours)
        if self._keyboard and self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _draw_region(self, painter: QPainter, colours: theme.Colours) -> None:
        if not self.region:
            return
        ink = QColor(colours.accent if self.looping else colours.faint)
        left, right = self._x_of(self.region.start), self._x_of(self.region.end)
        painter.fillRect(QRectF(left, 0, right - left, _HEIGHT), theme.veil(ink))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        for x, side in ((left, 1), (right, -1)):
            painter.drawRect(QRectF(x - 1, 0, 2, _HEIGHT))
            painter.drawRoundedRect(QRectF(x - 1 if side > 0 else x - 6, 0, 7, 12), 2, 2)

    def _draw_marks(self, painter: QPainter, colours: theme.Colours) -> None:
        view, width = self._view, self.width()
        step = step_of(view, width)
        font = painter.font()
        font.setPixelSize(_FONT_PX)
        painter.setFont(font)
        frames = step * view.rate / 100  # between labels
        for number in range(int(view.first / frames), int(view.end / frames) + 1):
            x = view.x_of(number * frames, width)
            painter.setPen(QColor(colours.line))
            for tick in range(_TICKS_A_LABEL):
                at = x + view.x_of(view.first + tick * frames / _TICKS_A_LABEL, width)
                painter.drawLine(QPointF(at, _HEIGHT - (3 if tick else _TICK_PX)), QPointF(at, _HEIGHT))
            text = label_of(number * step, step)
            room = QRectF(x + 4, 2, painter.fontMetrics().horizontalAdvance(text) + 1, _HEIGHT - _TICK_PX)
            hidden = self._notice.isVisible() and room.intersects(QRectF(self._notice.geometry()))
            if room.left() >= 0 and room.right() <= width and not hidden:
                painter.setPen(QColor(colours.faint))
                painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_playhead(self, painter: QPainter, colours: theme.Colours) -> None:
        x = self._x_of(self.sliderPosition())
        corners = (QPointF(x - _POINTER, _HEIGHT - 10), QPointF(x + _POINTER, _HEIGHT - 10), QPointF(x, _HEIGHT - 1))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.text))
        painter.drawPolygon(QPolygonF(corners))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._keyboard = True
        self.update()
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keyboard = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        super().focusInEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.unsetCursor()
        super().leaveEvent(event)
