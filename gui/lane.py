"""One lane: the name of a stem, its controls, its waveform and its level."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from core.playback.mixer import SILENCE_DB, gain_of
from gui import icons, theme
from gui.i18n import Source, Text, said, say, translate
from gui.messages import stem_name
from gui.meter import LOUDEST_DB, Meter
from gui.view import View
from gui.waveform import Waveform
from gui.widgets import JumpSlider, elided_label, label, unmarked_tip

STEPS_PER_DB = 10
_HEAD_WIDTH = 228
_ICON_SIZE = QSize(18, 18)


class Strip(QFrame):
    """What all lanes have: a name and controls, a waveform, a level."""

    def __init__(self, name: Text, level_name: Text, colour: str, view: View) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setProperty("lane", True)
        self.waveform = Waveform(lambda: translate("Waveform: {name}").format(name=said(name)), colour, view)
        self.meter = Meter(level_name, colour)
        self._dot = QWidget()
        self._dot.setFixedSize(10, 10)
        self._dot.setStyleSheet(f"background: {colour}; border-radius: 5px;")
        self._title = elided_label(name="name")
        say(self._title.setText, name)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(2)
        first = QHBoxLayout()
        first.setSpacing(10)
        first.addWidget(self._dot)
        first.addWidget(self._title, 1)
        first.addLayout(self._tools)
        self._head = QVBoxLayout()
        self._head.setSpacing(4)
        self._head.addStretch(1)
        self._head.addLayout(first)
        self._head.addStretch(1)
        head = QWidget()
        head.setFixedWidth(_HEAD_WIDTH)
        head.setLayout(self._head)
        self._head.setContentsMargins(0, 0, 0, 0)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 8, 14, 8)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(0)
        self._grid.addWidget(head, 0, 0, 3, 1)
        self._grid.addWidget(self.waveform, 1, 1)
        self._grid.addWidget(self.meter, 0, 2, 3, 1)
        self._grid.setColumnStretch(1, 1)
        self._grid.setRowStretch(1, 1)

    def _tool(self, name: Text, key: str, checkable: bool = False) -> QToolButton:
        """A button with an icon beside the name; ``key`` is what presses it, too."""
        tool = QToolButton()
        tool.setProperty("small", True)
        tool.setCheckable(checkable)
        tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tool.setIconSize(_ICON_SIZE)
        say(tool.setAccessibleName, name)
        say(tool.setToolTip, lambda: unmarked_tip(f"{said(name)} ({key})"))
        self._tools.addWidget(tool)
        return tool

    def refresh_icons(self) -> None:
        """Takes up the colours in use."""
        self.waveform.redraw()
        self.meter.update()


class VolumeSlider(JumpSlider):
    """A volume in tenths of a decibel; a double click puts it back to 0 dB."""

    def __init__(self, name: Text) -> None:
        super().__init__()
        self.setRange(round(SILENCE_DB * STEPS_PER_DB), round(LOUDEST_DB * STEPS_PER_DB))
        self.setSingleStep(STEPS_PER_DB)
        self.setPageStep(6 * STEPS_PER_DB)
        say(self.setAccessibleName, name)
        say(self.setToolTip, lambda: unmarked_tip(translate("{name}; a double click sets 0 dB").format(name=said(name))))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        self.setValue(0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only a slider in use: who scrolls through the lanes must not change the mix."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Lane(Strip):
    """The lane of one stem. ``gain`` is what the player should multiply it by."""

    changed = Signal()

    def __init__(self, stem: str, view: View) -> None:
        colour = theme.STEM_COLOURS.get(stem, theme.UNKNOWN_STEM_COLOUR)
        super().__init__(partial(stem_name, stem), _about(stem, "Level of {stem}"), colour, view)
        self.stem = stem
        self._overruled = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        say(self.setAccessibleName, _about(stem, "Lane of {stem}"))
        self.mute = self._tool(_about(stem, "Mute {stem}"), "M", checkable=True)
        self.solo = self._tool(_about(stem, "Solo {stem}"), "S", checkable=True)
        self.volume = VolumeSlider(_about(stem, "Volume of {stem}"))
        self.volume.setStyleSheet(theme.slider_style(colour))
        self.value = label(faint=True)
        self.value.setFixedWidth(64)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        second = QHBoxLayout()
        second.setSpacing(6)
        second.addWidget(self.volume, 1)
        second.addWidget(self.value)
        self._head.insertLayout(2, second)
        self.mute.toggled.connect(self._on_change)
        self.solo.toggled.connect(self._on_change)
        self.volume.valueChanged.connect(self._on_change)
        self._on_change()

    @property
    def tab_order(self) -> tuple[QWidget, ...]:
        """What the keyboard reaches, the lane itself first."""
        return self, self.mute, self.solo, self.volume

    @property
    def level_db(self) -> float:
        return self.volume.value() / STEPS_PER_DB

    @property
    def heard(self) -> bool:
        return not self.mute.isChecked() and not self._overruled

    @property
    def gain(self) -> float:
        return gain_of(self.level_db) if self.heard else 0.0

    def set_solos(self, any_solo: bool) -> None:
        """Whether any lane is soloed: then only those are heard."""
        self._overruled = any_solo and not self.solo.isChecked()
        self.waveform.set_dimmed(not self.heard)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 6, Qt.Key.Key_PageDown: -6}
        key = Qt.Key(event.key())
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_M:
            self.mute.click()
        elif key == Qt.Key.Key_S:
            self.solo.click()
        elif key == Qt.Key.Key_0:
            self.volume.setValue(0)
        elif key in steps:
            self.volume.setValue(self.volume.value() + steps[key] * STEPS_PER_DB)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 9, 9)

    def _on_change(self) -> None:
        self._show_buttons()
        for setter in (self.value.setText, self.volume.setAccessibleDescription):
            say(setter, lambda: _level_text(self.level_db))
        self.changed.emit()

    def refresh_icons(self) -> None:
        super().refresh_icons()
        self._show_buttons()

    def _show_buttons(self) -> None:
        colours = theme.current()
        for button, icon in ((self.mute, "muted" if self.mute.isChecked() else "volume"), (self.solo, "solo")):
            button.setIcon(icons.icon(icon, colours.on_accent if button.isChecked() else colours.text))


class OriginalLane(Strip):
    """The whole song: its level is that of the mix as heard, and its controls are those of the view."""

    def __init__(self, view: View) -> None:
        super().__init__("Original", "Level of the mix", theme.UNKNOWN_STEM_COLOUR, view)
        self.zoom_out = self._tool("Zoom out", "Ctrl+-")
        self.zoom_in = self._tool("Zoom in", "Ctrl++")
        self.show_all = self._tool("Show all", "Ctrl+0")
        self.refresh_icons()

    def add_around(self, above: QWidget, below: QWidget) -> None:
        """Puts something over and under the waveform."""
        self._grid.addWidget(above, 0, 1)
        self._grid.addWidget(below, 2, 1)

    def refresh_icons(self) -> None:
        super().refresh_icons()
        for button, icon in ((self.zoom_out, "zoom-out"), (self.zoom_in, "zoom-in"), (self.show_all, "zoom-all")):
            button.setIcon(icons.icon(icon, theme.current().text))


def _about(stem: str, template: Source) -> Callable[[], str]:
    return lambda: translate(template).format(stem=stem_name(stem))


def _level_text(level_db: float) -> str:
    if level_db <= SILENCE_DB:
        return translate("Off")
    sign = "−" if level_db < 0 else "+" if level_db > 0 else ""
    return f"{sign}{abs(level_db):.1f} dB"
