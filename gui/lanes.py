"""One lane a stem: its name, mute and volume."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from core.playback.mixer import SILENCE_DB, gain_of
from gui import icons, theme
from gui.i18n import translate
from gui.messages import stem_name
from gui.widgets import JumpSlider, label

LOUDEST_DB = 6.0
STEPS_PER_DB = 10


class Lane(QFrame):
    """The controls of one stem. ``gain`` is what the player should multiply it by."""

    changed = Signal()

    def __init__(self, stem: str) -> None:
        super().__init__()
        self.stem = stem
        name = stem_name(stem)
        self.setProperty("card", True)
        self.mute = QToolButton()
        self.mute.setCheckable(True)
        self.mute.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mute.setIconSize(QSize(22, 22))
        self.mute.setToolTip(translate("Mute {stem}").format(stem=name))
        self.mute.setAccessibleName(translate("Mute {stem}").format(stem=name))
        self.volume = JumpSlider()
        self.volume.setRange(round(SILENCE_DB * STEPS_PER_DB), round(LOUDEST_DB * STEPS_PER_DB))
        self.volume.setSingleStep(STEPS_PER_DB)
        self.volume.setPageStep(6 * STEPS_PER_DB)
        self.volume.setMinimumWidth(160)
        self.volume.setAccessibleName(translate("Volume of {stem}").format(stem=name))
        self._value = label(faint=True)
        self._value.setFixedWidth(70)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._lay_out(name)
        self.mute.toggled.connect(self._on_change)
        self.volume.valueChanged.connect(self._on_change)
        self.volume.setValue(0)
        self._on_change()

    def _lay_out(self, name: str) -> None:
        dot = QWidget()
        dot.setFixedSize(12, 12)
        colour = theme.STEM_COLOURS.get(self.stem, theme.UNKNOWN_STEM_COLOUR)
        dot.setStyleSheet(f"background: {colour}; border-radius: 6px;")
        title = label(name)
        title.setMinimumWidth(110)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 10, 18, 10)
        row.setSpacing(14)
        row.addWidget(dot)
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.mute)
        row.addWidget(self.volume, 3)
        row.addWidget(self._value)

    @property
    def level_db(self) -> float:
        return self.volume.value() / STEPS_PER_DB

    @property
    def gain(self) -> float:
        return 0.0 if self.mute.isChecked() else gain_of(self.level_db)

    def _on_change(self) -> None:
        self.refresh_icon()
        silent = self.level_db <= SILENCE_DB
        self._value.setText(translate("Off") if silent else _level_text(self.level_db))
        self.changed.emit()

    def refresh_icon(self) -> None:
        muted = self.mute.isChecked()
        colours = theme.current()
        self.mute.setIcon(icons.icon("muted" if muted else "volume", colours.accent if muted else colours.text))


def _level_text(level_db: float) -> str:
    sign = "−" if level_db < 0 else "+" if level_db > 0 else ""
    return f"{sign}{abs(level_db):.1f} dB"


class Lanes(QWidget):
    """The lanes of a song's stems."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self.lanes: list[Lane] = []

    def set_stems(self, stems: Sequence[str]) -> None:
        """Fresh lanes for these stems; the present ones are kept if they are the same."""
        if [lane.stem for lane in self.lanes] == list(stems):
            return
        for lane in self.lanes:
            self._column.removeWidget(lane)
            lane.deleteLater()
        self.lanes = [Lane(stem) for stem in stems]
        for lane in self.lanes:
            lane.changed.connect(self.changed)
            self._column.addWidget(lane)

    def gains(self) -> dict[str, float]:
        return {lane.stem: lane.gain for lane in self.lanes}

    def refresh_icons(self) -> None:
        for lane in self.lanes:
            lane.refresh_icon()
