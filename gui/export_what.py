"""What an export takes of a song: its stems, the mix or a stem file; all of it, or the looped region."""

import math
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QRadioButton, QStackedWidget, QWidget

from core.audio.ni_stems import has_four
from core.export import What
from core.progress import clock_text
from gui.i18n import say, translate
from gui.messages import stem_name
from gui.widgets import label

_SPACING = 18


class WhatRow(QWidget):
    """The kinds of files, one of them chosen. ``details`` says more about it, or asks for the stems."""

    changed = Signal()

    def __init__(self, stems: Sequence[str], gains: Mapping[str, float]) -> None:
        """``gains`` are those of the mix as heard, factors."""
        super().__init__()
        self.kinds: dict[What, QRadioButton] = {"stems": QRadioButton(), "mix": QRadioButton(), "ni_stems": QRadioButton()}
        say(self.kinds["stems"].setText, "Stems")
        say(self.kinds["mix"].setText, "The mix as heard")
        say(self.kinds["ni_stems"].setText, "Stem file for DJs")
        self.kinds["ni_stems"].setVisible(has_four(stems))
        self.stems = {stem: QCheckBox() for stem in stems}
        for stem, box in self.stems.items():
            say(box.setText, lambda stem=stem: stem_name(stem))
            box.setChecked(True)
            box.toggled.connect(self.changed)
        levels, explanation, boxes = label(faint=True), label(faint=True), QWidget()
        say(levels.setText, lambda: levels_text(gains))
        say(explanation.setText, "One file for Traktor and other DJ programs: the song, drums, bass, vocals and the rest.")
        for text in (levels, explanation):
            text.setWordWrap(True)
        self.details = QStackedWidget()
        for detail in (boxes, levels, explanation):
            self.details.addWidget(detail)
        _lay_in_row(boxes, self.stems.values())
        _lay_in_row(self, self.kinds.values())
        self._group = _grouped(self, self.kinds.values())
        self.kinds["stems"].setChecked(True)
        self._group.idToggled.connect(self._on_kind)

    @property
    def what(self) -> What:
        return next(what for what, button in self.kinds.items() if button.isChecked())

    @property
    def chosen_stems(self) -> list[str]:
        return [stem for stem, box in self.stems.items() if box.isChecked()]

    def _on_kind(self, index: int, checked: bool) -> None:
        if checked:
            self.details.setCurrentIndex(index)
            self.changed.emit()


class RegionRow(QWidget):
    """The whole song, or the looped region."""

    def __init__(self, region_s: tuple[float, float] | None) -> None:
        super().__init__()
        self._region_s = region_s
        self.whole, self.region = QRadioButton(), QRadioButton()
        say(self.whole.setText, "Whole song")
        say(self.region.setText, lambda: region_text(region_s) if region_s else "")
        self.whole.setChecked(True)
        self._group = _grouped(self, (self.whole, self.region))
        _lay_in_row(self, (self.whole, self.region))

    @property
    def chosen(self) -> tuple[float, float] | None:
        """Seconds, from and to; None: the whole song."""
        return self._region_s if self.region.isChecked() else None


def _lay_in_row(parent: QWidget, widgets: Iterable[QWidget]) -> None:
    row = QHBoxLayout(parent)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(_SPACING)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)


def _grouped(parent: QWidget, buttons: Iterable[QRadioButton]) -> QButtonGroup:
    """The buttons, of which one is on, numbered from 0."""
    group = QButtonGroup(parent)
    for index, button in enumerate(buttons):
        group.addButton(button, index)
    return group


def levels_text(gains: Mapping[str, float]) -> str:
    """``Vocals −6.0 dB · Instrumental off``, of factors."""
    return " · ".join(f"{stem_name(stem)} {_level_text(gain)}" for stem, gain in gains.items())


def _level_text(gain: float) -> str:
    if gain <= 0:
        return translate("off")
    level_db = round(20 * math.log10(gain), 1)
    sign = "−" if level_db < 0 else "+" if level_db > 0 else ""
    return f"{sign}{abs(level_db):.1f} dB"


def region_text(region_s: tuple[float, float]) -> str:
    """``Looped region, 0:12.3 – 0:45.0``, of seconds."""
    start, end = (f"{clock_text(tenths / 10)}.{tenths % 10}" for tenths in (round(10 * seconds) for seconds in region_s))
    return translate("Looped region, {start} – {end}").format(start=start, end=end)
