"""The transport bar: play and step, loop, original or mix, karaoke, volume and device."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractSlider, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from core.playback.mixer import SILENCE_DB
from core.progress import clock_text
from gui import icons, theme
from gui.device_button import DeviceButton
from gui.i18n import Source, Text, mark, say, translate
from gui.ruler import Region, Ruler
from gui.widgets import JumpSlider, label

STEP_S = 5
VOLUME_STEP_DB = 3
_SLIDER_WIDTHS = (56, 84)  # less where the texts need the room


class Transport(QFrame):
    """Shows and forwards. Positions are in seconds of the song, levels in dB."""

    toggled = Signal()
    stopped = Signal()
    sought = Signal(float)
    stepped = Signal(float)  # seconds from here
    loop_changed = Signal()
    original_changed = Signal(bool)
    karaoke_changed = Signal(float)  # the level of the vocals
    volume_changed = Signal(float)

    def __init__(self, ruler: Ruler) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._icons: dict[QToolButton | QLabel, str] = {}
        self.ruler = ruler
        self.ruler.setSingleStep(STEP_S * 1000)
        self.ruler.setPageStep(3 * STEP_S * 1000)
        self.back = self._button("back", "Back 5 seconds", "Ctrl+←")
        self.play = QToolButton()
        self.play.setObjectName("play")
        self.play.setIconSize(QSize(26, 26))
        self.stop = self._button("stop", "Stop", "Ctrl+.")
        self.forward = self._button("forward", "Forward 5 seconds", "Ctrl+→")
        self._time = label()
        self.loop = self._button("loop", "Loop", "L")
        self.loop.setCheckable(True)
        self.clear = self._button("close", "Remove the loop", "Esc")
        self.original = QPushButton()
        say(self.original.setText, "Original")
        self.original.setCheckable(True)
        say(self.original.setToolTip, lambda: translate("Hear the original in the place of the mix") + " (B)")
        self.karaoke = _slider("Karaoke: vocals down")
        self.karaoke.setRange(0, round(-SILENCE_DB))
        self._karaoke_part = _joined(label("Karaoke", faint=True), self.karaoke)
        self.volume = _slider("Volume")
        self.volume.setRange(round(SILENCE_DB), 0)
        self.volume.setValue(0)
        self.devices = DeviceButton()
        self._add_icon(self.devices, "device")
        self._lay_out()
        self._connect()
        self._add_shortcuts()
        self.show_playing(False)
        self.show_vocals(None)
        self._show_loop()
        self._show_volume()
        self.refresh_icons()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(4)
        for widget in (self.back, self.play, self.stop, self.forward):
            row.addWidget(widget)
        row.addSpacing(6)
        row.addWidget(self._time)
        row.addStretch(1)
        row.addWidget(self.clear)
        row.addWidget(self.loop)
        row.addSpacing(6)
        row.addWidget(self.original)
        row.addSpacing(6)
        row.addWidget(self._karaoke_part)
        picture = QLabel()
        self._add_icon(picture, "volume")
        row.addWidget(_joined(picture, self.volume))
        row.addWidget(self.devices)

    def _connect(self) -> None:
        self.ruler.jumped.connect(lambda milliseconds: self.sought.emit(milliseconds / 1000))
        self.ruler.valueChanged.connect(self._show_time)
        self.ruler.region_changed.connect(self._on_region_changed)
        self.play.clicked.connect(self.toggled)
        self.stop.clicked.connect(self.stopped)
        self.back.clicked.connect(lambda: self.stepped.emit(-STEP_S))
        self.forward.clicked.connect(lambda: self.stepped.emit(STEP_S))
        self.loop.clicked.connect(self._on_loop_clicked)
        self.clear.clicked.connect(self.clear_loop)
        self.original.toggled.connect(self.original_changed)
        self.karaoke.valueChanged.connect(lambda value: self.karaoke_changed.emit(float(-value)))
        self.volume.valueChanged.connect(self._show_volume)
        self.volume.valueChanged.connect(lambda value: self.volume_changed.emit(float(value)))

    def _add_shortcuts(self) -> None:
        """Keys that work in the whole window while the transport is enabled."""
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+Left": self.back.click,
            "Ctrl+Right": self.forward.click,
            "Ctrl+.": self.stop.click,
            "L": self.loop.click,
            "[": self.set_loop_start,
            "]": self.set_loop_end,
            "B": self.original.click,
            "Ctrl+Up": lambda: self.volume.triggerAction(QAbstractSlider.SliderAction.SliderSingleStepAdd),
            "Ctrl+Down": lambda: self.volume.triggerAction(QAbstractSlider.SliderAction.SliderSingleStepSub),
        }
        for key, action in keys.items():
            QShortcut(QKeySequence(key), self, activated=action)

    def _button(self, icon: str, text: Source, keys: str) -> QToolButton:
        button = QToolButton()
        say(button.setAccessibleName, text)
        say(button.setToolTip, lambda: f"{translate(text)} ({keys})")
        self._add_icon(button, icon)
        return button

    def _add_icon(self, widget: QToolButton | QLabel, icon: str) -> None:
        self._icons[widget] = icon
        if isinstance(widget, QToolButton):
            widget.setIconSize(QSize(22, 22))

    # The loop

    @property
    def looped(self) -> tuple[float, float] | None:
        """The part of the song that is to be looped; None while nothing is."""
        region = self.ruler.region
        return (region.start / 1000, region.end / 1000) if region and self.loop.isChecked() else None

    def set_loop_start(self) -> None:
        """The loop begins at the playhead, and ends where it did or at the end of the song."""
        start, end = self.ruler.value(), self.ruler.region.end if self.ruler.region else self.ruler.maximum()
        self._set_region(Region(start, end if end > start else self.ruler.maximum()))

    def set_loop_end(self) -> None:
        """The loop ends at the playhead, and begins where it did or at the beginning of the song."""
        start, end = self.ruler.region.start if self.ruler.region else 0, self.ruler.value()
        self._set_region(Region(start if start < end else 0, end))

    def clear_loop(self) -> None:
        self._set_region(None)

    def _set_region(self, region: Region | None) -> None:
        self.ruler.set_region(region if region and region.end > region.start else None)
        self._on_region_changed()

    def _on_region_changed(self) -> None:
        self.loop.setChecked(self.ruler.region is not None)
        self._show_loop()
        self.loop_changed.emit()

    def _on_loop_clicked(self) -> None:
        """Without a part that was chosen, the whole song is looped."""
        if self.loop.isChecked() and not self.ruler.region:
            self.ruler.set_region(Region(0, self.ruler.maximum()))
        self._show_loop()
        self.loop_changed.emit()

    def _show_loop(self) -> None:
        self.ruler.set_looping(self.loop.isChecked())
        self.clear.setVisible(self.ruler.region is not None)
        self._refresh_icon(self.loop)

    # What is shown

    def show_playing(self, playing: bool) -> None:
        text = mark("Pause") if playing else mark("Play")
        self.play.setIcon(icons.icon("pause" if playing else "play", theme.current().on_accent))
        say(self.play.setAccessibleName, text)
        say(self.play.setToolTip, lambda: f"{translate(text)} (Space)")

    def show_length(self, seconds: float) -> None:
        self.ruler.setRange(0, round(seconds * 1000))
        self._show_time()

    def show_position(self, seconds: float) -> None:
        self.ruler.setValue(round(seconds * 1000))
        self._show_time()

    def show_separated(self, seconds: float) -> None:
        """How far the song can be heard; it may turn out to be longer than it declared."""
        if seconds * 1000 > self.ruler.maximum():
            self.show_length(seconds)

    def show_waiting(self, waiting: bool) -> None:
        """Whether the playhead waits for more of the song to be separated."""
        self.ruler.show_notice("Waiting for the separation…" if waiting else "")

    def show_vocals(self, level_db: float | None) -> None:
        """What the karaoke slider follows; None if the song has no vocals of its own."""
        self._karaoke_part.setVisible(level_db is not None)
        if level_db is not None:
            self.karaoke.blockSignals(True)
            self.karaoke.setValue(round(-level_db))
            self.karaoke.blockSignals(False)
            level = _level_text(level_db, f"{level_db:+.0f}")
            say(self.karaoke.setToolTip, lambda: translate("Karaoke: vocals {level}").format(level=level()))

    def _show_volume(self) -> None:
        value = self.volume.value()
        level = _level_text(value, f"{value}")
        say(self.volume.setToolTip, lambda: translate("Volume: {level}").format(level=level()) + " (Ctrl+↑, Ctrl+↓)")

    def _show_time(self) -> None:
        length = clock_text(self.ruler.maximum() / 1000)
        self._time.setText(f"{clock_text(self.ruler.value() / 1000)} / {length}")
        self._time.setMinimumWidth(self._time.fontMetrics().horizontalAdvance(f"{length} / {length}"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.EnabledChange:
            self.ruler.setEnabled(self.isEnabled())
        super().changeEvent(event)

    def refresh_icons(self) -> None:
        for widget in self._icons:
            self._refresh_icon(widget)
        self.ruler.update()

    def _refresh_icon(self, widget: QToolButton | QLabel) -> None:
        colours = theme.current()
        name = self._icons[widget]
        if isinstance(widget, QToolButton):
            widget.setIcon(icons.icon(name, colours.accent if widget.isChecked() else colours.text))
        else:
            widget.setPixmap(icons.icon(name, colours.faint).pixmap(20, 20))


def _joined(name: QLabel, slider: JumpSlider) -> QWidget:
    part = QWidget()
    row = QHBoxLayout(part)
    row.setContentsMargins(4, 0, 4, 0)
    row.setSpacing(8)
    row.addWidget(name)
    row.addWidget(slider)
    return part


def _level_text(level_db: float, shown: str) -> Callable[[], str]:
    """``shown`` is the level as a number."""
    return lambda: translate("off") if level_db <= SILENCE_DB else f"{shown} dB".replace("-", "−")


def _slider(name: Text) -> JumpSlider:
    slider = JumpSlider()
    say(slider.setAccessibleName, name)
    slider.setMinimumWidth(_SLIDER_WIDTHS[0])
    slider.setMaximumWidth(_SLIDER_WIDTHS[1])
    slider.setSingleStep(VOLUME_STEP_DB)
    slider.setPageStep(2 * VOLUME_STEP_DB)
    slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return slider
