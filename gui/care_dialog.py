"""Asks how much work Demucs' models are to do for a song, and which stems are to come of it."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from core.messages import printable
from core.models.catalogue import Model
from core.separation.care import Care
from gui.choice_box import Choice, ChoiceBox
from gui.dialog_buttons import DialogButtons
from gui.i18n import mark, plural, say, translate
from gui.messages import model_name, percent_text, stem_name
from gui.settings_page import Page
from gui.widgets import label

_WIDTH = 560
_SHIFTS = (1, 2, 3, 5, 10)
_OVERLAPS = (0.1, 0.25, 0.5, 0.75)
Number = TypeVar("Number", int, float)

_NO_LONGER = 1.05  # times as long, which no one notices


class CareDialog(QDialog):
    """For all songs, or with ``follows`` for songs of the queue, which may also do as the settings say.

    When it is accepted ``care`` is what was chosen; None: as the settings say.
    """

    def __init__(self, model: Model, care: Care, parent: QWidget, follows: bool = False) -> None:
        super().__init__(parent)
        say(self.setWindowTitle, "Quality of Demucs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self.care: Care | None = care
        self._before, self._fitting = care, care.fitting(model)
        self.stems = ChoiceBox(lambda: translate("Stems"), _stems(model))
        self.shifts = ChoiceBox(lambda: translate("Passes"), _shifts(care.shifts))
        self.overlap = ChoiceBox(lambda: translate("Overlap"), _overlaps(care.overlap))
        self.work = label()
        self.work.setContentsMargins(4, 0, 0, 0)  # level with the page above it
        self.buttons = DialogButtons(mark("As in the settings") if follows else mark("Defaults"))
        self._build(model)
        self._show(self._fitting)
        for box in (self.shifts, self.overlap):
            box.changed.connect(self._show_work)
        self.buttons.other.clicked.connect(self._follow if follows else partial(self._show, Care()))

    def _build(self, model: Model) -> None:
        page = Page(lambda: printable(model_name(model)))
        page.add(lambda: translate("Stems"), self.stems, lambda: translate("“The rest” is all the others in one lane."))
        page.add(
            lambda: translate("Passes"),
            self.shifts,
            lambda: translate("Each pass cuts the song elsewhere; the mean of several is a little cleaner."),
        )
        page.add(
            lambda: translate("Overlap"),
            self.overlap,
            lambda: translate("How much neighbouring parts of the song share; more makes the joins smoother."),
        )
        self.buttons.box.accepted.connect(self._take)
        self.buttons.box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 18)
        column.setSpacing(14)
        column.addWidget(page)
        column.addWidget(self.work)
        column.addLayout(self.buttons)

    def _show(self, care: Care) -> None:
        for box, value in ((self.stems, care.two_stems), (self.shifts, care.shifts), (self.overlap, care.overlap)):
            box.choose(value)
        self._show_work()

    def _show_work(self) -> None:
        say(self.work.setText, partial(_work_text, self._chosen().work))

    def _chosen(self) -> Care:
        stem = self.stems.value
        if stem == self._fitting.two_stems:  # another model may have the one that was chosen
            stem = self._before.two_stems
        return Care(self.shifts.value, self.overlap.value, stem)

    def _take(self) -> None:
        self.care = self._chosen()
        self.accept()

    def _follow(self) -> None:
        self.care = None
        self.accept()


def care_text(care: Care) -> str:
    """``Vocals and the rest · 2 passes · 50 % overlap``"""
    stems = _stem_text(care.two_stems) if care.two_stems else translate("All stems")
    overlap = translate("{overlap} overlap").format(overlap=percent_text(care.overlap))
    return " · ".join((stems, _shift_text(care.shifts), overlap))


def _stems(model: Model) -> list[Choice]:
    parts = [Choice(stem, partial(_stem_text, stem)) for stem in model.stems]
    return [Choice(None, lambda: translate("All stems")), *parts]


def _stem_text(stem: str) -> str:
    return translate("{stem} and the rest").format(stem=printable(stem_name(stem)))


def _shifts(chosen: int) -> list[Choice]:
    return _choices({*_SHIFTS, chosen}, Care().shifts, _shift_text)


def _shift_text(shifts: int) -> str:
    return plural("%n pass(es)", shifts) if shifts else translate("1 pass, from the beginning")


def _overlaps(chosen: float) -> list[Choice]:
    return _choices({*_OVERLAPS, chosen}, Care().overlap, percent_text)


def _choices(numbers: Iterable[Number], usual: Number, text: Callable[[Number], str]) -> list[Choice]:
    def said(number: Number) -> str:
        return translate("{value} (usual)").format(value=text(number)) if number == usual else text(number)

    return [Choice(number, partial(said, number)) for number in sorted(numbers)]


def _work_text(work: float) -> str:
    if 1 / _NO_LONGER < work < _NO_LONGER:
        return translate("Takes as long as usual.")
    digits = 0 if work >= 9.95 else 1
    return translate("Takes about {work:.{digits}f} × as long as usual.").format(work=work, digits=digits)
