"""One card of the models dialog: what a model is, how things stand with it, and what can be done about that."""

import html
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import QDir, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core import extras, paths
from core.messages import printable
from core.models import bag_files, bags
from core.models.catalogue import Model
from core.models.store import Status
from core.progress import Transfer
from gui import icons, theme
from gui.i18n import Source, Text, mark, said, say, translate
from gui.messages import model_name, sentence, size_text, stem_name, transfer_text
from gui.widgets import elided_label, label, plain_tip, set_property

Situation = Literal["busy", "builtin", "here", "damaged", "interrupted", "available"]

_STEPS = 1000
_NAME_WIDTH = 320
_DOWNLOAD: Mapping[Situation, Source] = {
    "available": mark("Download"),
    "interrupted": mark("Resume"),
    "damaged": mark("Download again"),
}
_REMOVE: Mapping[Situation, Source] = {"here": mark("Remove"), "damaged": mark("Remove"), "interrupted": mark("Discard")}
_STATE: Mapping[Situation, Source] = {"builtin": mark("Built in"), "here": mark("Installed"), "damaged": mark("Damaged")}


class TransferView(QWidget):
    """How far a download or an installation is."""

    def __init__(self, name: Text) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        say(self.bar.setAccessibleName, lambda: translate("Progress of {name}").format(name=said(name)))
        self.text = label(faint=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.bar)
        column.addWidget(self.text)

    def show_transfer(self, transfer: Transfer) -> None:
        counted = transfer.fraction is not None and transfer.stage != "installing"
        self.bar.setRange(0, _STEPS if counted else 0)
        self.bar.setValue(round((transfer.fraction or 0.0) * _STEPS))
        say(self.text.setText, lambda: transfer_text(transfer))


class AdditionRow(QFrame):
    """What is being added from disk, until it is a model."""

    cancel_wanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.transfer = TransferView(lambda: name)
        self.cancel = _button(self.cancel_wanted, lambda: translate("Cancel the installation of {name}").format(name=name))
        say(self.cancel.setText, "Cancel")
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(_name_label(lambda: name))
        column.addWidget(self.transfer)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 14, 14, 14)
        row.setSpacing(18)
        row.addLayout(column, 1)
        row.addWidget(self.cancel)


class ModelRow(QFrame):
    """The models that are installed as one thing. Shows and forwards; decides nothing."""

    download_wanted = Signal()
    cancel_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, models: Sequence[Model]) -> None:
        super().__init__()
        self.models = models
        self.setProperty("card", True)
        name = partial(model_name, models[0])
        self.name = _name_label(name)
        self.stems = label()
        self.stems.setTextFormat(Qt.TextFormat.RichText)
        self.details = label(faint=True)
        self.note = label(faint=True)
        for line in (self.stems, self.details, self.note):
            line.setWordWrap(True)
        self.transfer = TransferView(name)
        self._state_icon, self.state = QLabel(), label()
        self.remove = _button(self.remove_wanted, lambda: translate("Remove {model}").format(model=name()))
        self.remove.setProperty("quiet", True)
        self.download = _button(self.download_wanted, lambda: translate("Download {model}").format(model=name()))
        self.cancel = _button(self.cancel_wanted, lambda: translate("Cancel the download of {model}").format(model=name()))
        say(self.cancel.setText, "Cancel")
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.name)
        head.addSpacing(8)
        head.addWidget(self._state_icon)
        head.addWidget(self.state)
        head.addStretch(1)
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addLayout(head)
        for widget in (self.stems, self.details, self.note, self.transfer):
            text.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 14, 14, 14)
        row.setSpacing(6)
        row.addLayout(text, 1)
        row.addSpacing(12)
        for button in (self.remove, self.download, self.cancel):
            row.addWidget(button)

    def show_state(self, status: Status, transfer: Transfer | None, damage: str) -> None:
        """How things stand: on disk, with a download that goes on, and what the check of the files found wrong."""
        situation = _situation(status, transfer, damage)
        ours = situation == "interrupted" or (status.folder is not None and status.folder.parent == paths.models_folder())
        self._show_facts(status)
        self._show_head(situation)
        self._show_note(situation, status, damage or status.detail)
        self.transfer.setVisible(transfer is not None)
        if transfer:
            self.transfer.show_transfer(transfer)
        self._show_buttons(situation, ours)

    def _show_head(self, situation: Situation) -> None:
        colours, damaged = theme.current(), situation == "damaged"
        self._state_icon.setVisible(situation in _STATE)
        self.state.setVisible(situation in _STATE)
        if situation in _STATE:
            icon = icons.icon("warning", colours.bad) if damaged else icons.icon("done", colours.good)
            self._state_icon.setPixmap(icon.pixmap(18, 18))
            self.state.setText(translate(_STATE[situation]))
            set_property(self.state, "tone", "bad" if damaged else "good")

    def _show_facts(self, status: Status) -> None:
        model = self.models[0]
        self.stems.setText(_stems_text(model))
        parts = [_size(model, status), model.licence.partition(" (")[0]]
        if any(other.bins > model.bins for other in self.models):
            parts.append(translate("also up to 16 kHz"))
        if model.quality:
            music, source = translate(model.quality.measured_on), translate(model.quality.source)
            parts.append(translate("SDR on {music}").format(music=music))
            tip = translate("Signal-to-distortion ratio on {music}; higher is better. Source: {source}.")
            self.stems.setToolTip(plain_tip(tip.format(music=music, source=source)))
        self.details.setText(" · ".join(printable(part) for part in parts if part))
        self.details.setToolTip(plain_tip(model.licence, model.citation))

    @property
    def _extra_missing(self) -> bool:
        """Whether what runs the model is not installed."""
        return self.models[0].bag is not None and not bags.can_run()

    def _show_note(self, situation: Situation, status: Status, damage: str) -> None:
        text = ""
        if situation == "damaged":
            text = translate(damage)
        elif situation == "interrupted":
            text = translate("{done} of {total} are here already").format(
                done=size_text(status.partial), total=size_text(status.size)
            )
        elif self._extra_missing:
            text = sentence(extras.missing(bag_files.NAME))
        elif status.state == "found" and situation == "here":
            text = translate("Found in {folder}").format(folder=QDir.toNativeSeparators(str(status.folder)))
        self.note.setText(printable(text))
        self.note.setVisible(bool(text))

    def _show_buttons(self, situation: Situation, ours: bool) -> None:
        """Those of the situation. The focus of one that goes stays in the row, but never falls to the removal."""
        focused = any(button.hasFocus() for button in (self.download, self.cancel, self.remove))
        shown = {
            self.cancel: situation == "busy",
            self.download: situation in _DOWNLOAD and self.models[0].archive is not None and not self._extra_missing,
            self.remove: situation in _REMOVE and ours,
        }
        self.download.setText(translate(_DOWNLOAD.get(situation, "Download")))
        self.remove.setText(translate(_REMOVE.get(situation, "Remove")))
        for button, wanted in shown.items():
            if wanted:
                button.show()
        if focused:
            next((button for button in (self.cancel, self.download) if shown[button]), self).setFocus()
        for button, wanted in shown.items():
            button.setVisible(wanted)


def _situation(status: Status, transfer: Transfer | None, damage: str) -> Situation:
    if transfer:
        return "busy"
    if damage or status.state == "damaged":
        return "damaged"
    if status.state == "available":
        return "interrupted" if status.partial else "available"
    return "builtin" if status.state == "builtin" else "here"


def _size(model: Model, status: Status) -> str:
    guessed = status.state == "available" and model.archive is not None and model.archive.size is None
    size = size_text(status.size)
    return translate("About {size}").format(size=size) if guessed else size


def _button(wanted: SignalInstance, purpose: Text) -> QPushButton:
    """``purpose`` is for screen readers: many rows have such a button."""
    button = QPushButton()
    say(button.setAccessibleName, purpose)
    button.clicked.connect(wanted)
    return button


def _name_label(name: Callable[[], str]) -> QLabel:
    result = elided_label(name="name")
    result.setMaximumWidth(_NAME_WIDTH)
    say(result.setText, lambda: printable(name()))
    say(result.setToolTip, lambda: plain_tip(name()))
    return result


def _stems_text(model: Model) -> str:
    """The stems with the colours that they have in the lanes, each with its quality where that is known."""
    parts = []
    for stem in model.stems:
        colour = theme.STEM_COLOURS.get(stem, theme.UNKNOWN_STEM_COLOUR)
        part = f'<span style="color: {colour}">●</span> {html.escape(printable(stem_name(stem)))}'
        if model.quality and stem in model.quality.sdr_db:
            level = translate("{level:.1f} dB").format(level=model.quality.sdr_db[stem])
            part += f' <span style="color: {theme.current().faint}">{level}</span>'
        parts.append(part)
    return f'<span style="white-space: pre-wrap">{"    ".join(parts)}</span>'
