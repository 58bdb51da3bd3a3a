"""The song's time from left to right: marks, what is separated, the playhead, and the part that is looped."""

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QSlider

from core.progress import clock_text
from gui import theme
from gui.i18n import translate
from gui.widgets import label

_HEIGHT = 54
_SCALE_HEIGHT = 28  # the upper half: time marks, and where a loop is drawn
_GROOVE = 6
_KNOB = 7.0  # radius
_PAD = 10  # beside the song's beginning and end
_REACH = 6  # how near to a handle of the loop is on it
_DRAG = 4  # less is a click
_MARK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MARK_SPACE = 76
_SHORTEST_LOOP_MS = 100


class Region(NamedTuple):
    """A part of the song, in milliseconds."""

    start: int
    end: int


class Ruler(QSlider):
    """A slider of milliseconds that goes where it is clicked and dragged; a drag in its upper half chooses a loop."""

    jumped = Signal(int)
    region_changed = Signal()  # the user is done with it

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFixedHeight(_HEIGHT)
        self.setMouseTracking(True)
        self.setToolTip(translate("Click to go there; drag along the upper half to loop a part"))
        self.region: Region | None = None
        self._looping = False
        self._separated = 0
        self._anchor: int | None = None  # the other end of the region that is being drawn
        self._pressed_at = QPointF()
        self._keyboard = False
        self._notice = label(name="pill")
        self._notice.setParent(self)
        self._notice.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._notice.hide()
        self.actionTriggered.connect(lambda action: self.jumped.emit(self.sliderPosition()))
        self.valueChanged.connect(self._place_notice)

    @property
    def notice(self) -> QLabel:
        """What is said at the playhead."""
        return self._notice

    def show_notice(self, text: str) -> None:
        """Says something at the playhead; nothing if empty."""
        if text == self._notice.text() and self._notice.isVisibleTo(self) == bool(text):
            return
        self._notice.setText(text)
        self._notice.adjustSize()
        self._notice.setVisible(bool(text))
        self._place_notice()

    def show_separated(self, milliseconds: int) -> None:
        """How far the song can be heard."""
        if milliseconds != self._separated:
            self._separated = milliseconds
            self.update()

    def set_region(self, region: Region | None) -> None:
        self.region = region
        self.update()

    def set_looping(self, looping: bool) -> None:
        """Whether the region is in force."""
        self._looping = looping
        self.update()

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
        elif self._chooses(event):
            self._anchor = self._time_at(event.position().x())
        else:
            self.setSliderDown(True)
            self._jump(event.position())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._jump(event.position())
        elif self._anchor is not None:
            if self._is_dragged(event.position()):
                ends = sorted((self._anchor, self._time_at(event.position().x())))
                self.set_region(Region(*ends))
        else:
            on_handle = self._handle_at(event.position()) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_handle else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        if self._anchor is None:
            return
        dragged, on_handle = self._is_dragged(event.position()), self._handle_at(self._pressed_at) is not None
        self._anchor = None
        if dragged:
            if self.region and self.region.end - self.region.start < _SHORTEST_LOOP_MS:
                self.set_region(None)
            self.region_changed.emit()
        elif not on_handle:
            self._jump(event.position())

    def _chooses(self, event: QMouseEvent) -> bool:
        return event.position().y() < _SCALE_HEIGHT or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def _is_dragged(self, point: QPointF) -> bool:
        return abs(point.x() - self._pressed_at.x()) >= _DRAG

    def _handle_at(self, point: QPointF) -> int | None:
        """The end of the region that is under the mouse."""
        if not self.region or point.y() >= _SCALE_HEIGHT:
            return None
        nearest = min(self.region, key=lambda end: abs(self._x_of(end) - point.x()))
        return nearest if abs(self._x_of(nearest) - point.x()) <= _REACH else None

    def _jump(self, point: QPointF) -> None:
        self.setValue(self._time_at(point.x()))
        self.jumped.emit(self.value())

    # Time and place

    def _span(self) -> int:
        return max(self.width() - 2 * _PAD, 1)

    def _x_of(self, milliseconds: int) -> float:
        return _PAD + self._span() * milliseconds / max(self.maximum(), 1)

    def _time_at(self, x: float) -> int:
        return round(min(max((x - _PAD) / self._span(), 0.0), 1.0) * self.maximum())

    def _place_notice(self) -> None:
        if self._notice.isVisibleTo(self):
            x = round(self._x_of(self.value())) + 8
            if x + self._notice.width() > self.width():
                x = round(self._x_of(self.value())) - 8 - self._notice.width()
            self._notice.move(max(x, 0), 1)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        accent = QColor(colours.accent if self.isEnabled() else colours.line)
        self._draw_region(painter, colours)
        self._draw_marks(painter, colours)
        self._draw_track(painter, colours, accent)
        x = self._x_of(self.sliderPosition())
        middle = _SCALE_HEIGHT + (self.height() - _SCALE_HEIGHT) / 2
        if self.isEnabled():
            painter.setPen(QPen(accent, 2))
            painter.drawLine(QPointF(x, 2), QPointF(x, middle))
        painter.setPen(QPen(QColor(colours.text) if self._keyboard and self.hasFocus() else accent, 2))
        painter.setBrush(QColor(colours.surface))
        painter.drawEllipse(QPointF(x, middle), _KNOB, _KNOB)
        if self._keyboard and self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)

    def _draw_region(self, painter: QPainter, colours: theme.Colours) -> None:
        if not self.region:
            return
        ink = QColor(colours.accent if self._looping else colours.faint)
        left, right = self._x_of(self.region.start), self._x_of(self.region.end)
        veil = QColor(ink)
        veil.setAlpha(46 if self._looping else 30)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawRect(QRectF(left, 0, right - left, self.height()))
        painter.setBrush(ink)
        for x, side in ((left, 1), (right, -1)):
            painter.drawRect(QRectF(x - 1, 0, 2, self.height()))
            painter.drawRoundedRect(QRectF(x - 1 if side > 0 else x - 6, 0, 7, 12), 2, 2)

    def _draw_marks(self, painter: QPainter, colours: theme.Colours) -> None:
        total_s = self.maximum() / 1000
        if not total_s:
            return
        step = next((step for step in _MARK_STEPS_S if self._span() * step / total_s >= _MARK_SPACE), 7200)
        font = self.font()
        font.setPixelSize(12)
        painter.setFont(font)
        for index in range(int(total_s / step) + 1):
            x = self._x_of(index * step * 1000)
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawLine(QPointF(x, 4), QPointF(x, _SCALE_HEIGHT - 4))
            text = clock_text(index * step)
            place = QRectF(x + 5, 2, painter.fontMetrics().horizontalAdvance(text), 18)
            hidden = self._notice.isVisible() and place.intersects(QRectF(self._notice.geometry()))
            if place.right() <= self.width() and not hidden:
                painter.setPen(QColor(colours.faint))
                painter.drawText(QPointF(x + 5, 16), text)

    def _draw_track(self, painter: QPainter, colours: theme.Colours, accent: QColor) -> None:
        top = _SCALE_HEIGHT + (self.height() - _SCALE_HEIGHT - _GROOVE) / 2
        separated = QColor(colours.accent)
        separated.setAlpha(90)
        parts = [(self.maximum(), QColor(colours.line))]
        if self.isEnabled():
            parts += [(min(self._separated, self.maximum()), separated), (self.sliderPosition(), accent)]
        painter.setPen(Qt.PenStyle.NoPen)
        for end, colour in parts:
            painter.setBrush(colour)
            width = self._x_of(end) - _PAD
            if width > 0:
                painter.drawRoundedRect(QRectF(_PAD, top, width, _GROOVE), _GROOVE / 2, _GROOVE / 2)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_notice()

    def leaveEvent(self, event: QEvent) -> None:
        self.unsetCursor()
        super().leaveEvent(event)
