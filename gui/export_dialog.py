"""Asks what of a separated song is written, where and how; shows the files before they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core import export
from core.audio import tags as song_tags
from core.audio.tags import Tags
from core.errors import OutputError
from core.export import ExportChoice, Looked
from core.output import Output
from gui.choice_box import ChoiceBox
from gui.export_format import FormatRow
from gui.export_names import NameField, Preview
from gui.export_what import RegionRow, WhatRow
from gui.fields import FolderField
from gui.i18n import say, translate
from gui.latest import Latest
from gui.messages import sentence
from gui.settings_pages import loud_choices
from gui.widgets import label

_WIDTH = 780
_LABEL_WIDTH = 80  # nothing moves sideways when more options appear
_TYPING_MS = 200  # no file is looked for while names are being typed


@dataclass(frozen=True)
class Exportable:
    """A separated song as the window has it. ``rate`` in Hz; ``gains`` as heard, factors; ``region_s`` is looped."""

    song: Path
    rate: int
    gains: Mapping[str, float]  # of all stems
    region_s: tuple[float, float] | None = None
    model: str = ""  # its name, for the names of files


class ExportDialog(QDialog):
    """All decisions about an export. It is accepted when the files are known that would be written; see ``choice``."""

    def __init__(self, material: Exportable, folder: Path, output: Output, parent: QWidget | None = None) -> None:
        """``folder`` and ``output`` are what is proposed."""
        super().__init__(parent)
        say(self.setWindowTitle, "Export")
        self._material, self._start = material, output
        self._tags = Tags()
        self._plain: dict[str, Path] = {}
        self._looked: Looked | None = None
        self._wanted = False  # whether Export was pressed before it was known what lies in the folder
        self.what = WhatRow(tuple(material.gains), material.gains)
        self.region = RegionRow(material.region_s)
        self.format = FormatRow(output, material.rate)
        self.folder = FolderField(lambda: translate("Folder"), str(folder))
        self.names = NameField(lambda: translate("Names of files"))
        self.preview = Preview(output.existing, len(material.gains))
        self.more = QToolButton()
        self.loud = ChoiceBox(lambda: translate("Too loud"), loud_choices())
        self.tags = QCheckBox()
        self.buttons = QDialogButtonBox()
        self.export_button, self.cancel_button = QPushButton(), QPushButton()
        self._form = QFormLayout()
        self._build(output)
        self._lay_out()
        self._reading = Latest(0, self)
        self._looking = Latest(_TYPING_MS, self)
        self._connect()
        self._refresh()
        self._reading.ask(partial(song_tags.read, material.song))

    def _build(self, output: Output) -> None:
        self.folder.show_folder(self.folder.default)
        self.names.line.setText(output.template)
        for button in (self.folder.browse, self.names.insert):
            button.setAutoDefault(False)
        say(self.more.setText, "More options")
        self.more.setObjectName("disclosure")
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.loud.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.loud.choose(output.loud)
        say(self.tags.setText, "Title, artist, cover and the like")
        self.tags.setChecked(output.tags)
        say(self.export_button.setText, "Export")
        self.export_button.setProperty("primary", True)
        self.export_button.setDefault(True)
        say(self.cancel_button.setText, "Cancel")
        self.cancel_button.setAutoDefault(False)
        self.buttons.addButton(self.export_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.cancel_button, QDialogButtonBox.ButtonRole.RejectRole)
        self.cancel_button.setIcon(QIcon())  # the style's is of another family

    def _lay_out(self) -> None:
        self._form.setVerticalSpacing(12)
        self._form.setHorizontalSpacing(18)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        rows: list[tuple[Callable[[], str], QWidget, QWidget]] = [
            (lambda: translate("What"), self.what, self.what.kinds["stems"]),
            (str, self.what.details, next(iter(self.what.stems.values()))),
            (lambda: translate("Part"), self.region, self.region.whole),
            (lambda: translate("Format"), self.format, self.format.fields.codec),
            (lambda: translate("Folder"), self.folder, self.folder.line),
            (lambda: translate("Names"), self.names, self.names.line),
            (str, self.preview, self.preview.existing),
            (lambda: translate("Too loud"), self.loud, self.loud),
            (lambda: translate("Tags"), self.tags, self.tags),
        ]
        for text, row, buddy in rows:
            name = label()
            say(name.setText, text)
            name.setBuddy(buddy)
            name.setMinimumWidth(_LABEL_WIDTH)
            self._form.addRow(name, row)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(16)
        column.addLayout(self._form)
        column.addStretch(1)
        column.addWidget(_row(self.more, self.buttons, growing=self.buttons))
        self.setMinimumWidth(_WIDTH)
        self._form.setRowVisible(self.region, self._material.region_s is not None)
        self.more.setChecked((self._start.loud, self._start.tags) != (Output().loud, Output().tags))
        self._show_more()

    def _connect(self) -> None:
        self._reading.answered.connect(self._on_tags)
        self._looking.answered.connect(self._on_looked)
        for part in (self.what, self.format, self.folder, self.names, self.preview):
            part.changed.connect(self._on_change)
        self.what.changed.connect(self._on_kind)
        self.more.toggled.connect(self._show_more)
        self.export_button.clicked.connect(self._on_export)
        self.cancel_button.clicked.connect(self.reject)

    # What is decided

    def choice(self) -> ExportChoice:
        """What the user decided. Its ``output`` is also what to propose the next time."""
        existing = self._looked.existing if self._looked else frozenset()
        replaces = existing if self.preview.existing.value == "replace" else frozenset()
        return ExportChoice(
            self.what.what,
            self._looked.targets if self._looked else self._plain,
            self._chosen_folder(),
            self._output(),
            self._material.gains,
            self.region.chosen,
            replaces,
            self.format.ni_codec.value,
        )

    def _output(self) -> Output:
        """Raises OutputErrors for a template that cannot be."""
        decided = structs.replace(
            self._start,
            template=self.names.text,
            existing=self.preview.to_remember,
            loud=self.loud.value,
            tags=self.tags.isChecked(),
        )
        return self.format.put_into(decided)

    def _chosen_folder(self) -> Path:
        return Path(self.folder.folder or self.folder.default)

    @property
    def pending(self) -> bool:
        """Whether it is still being found out which files there would be."""
        return self._reading.pending or self._looking.pending

    def _problem(self) -> Callable[[], str] | None:
        """Why nothing can be written; ``_plain`` are the files otherwise."""
        what, material = self.what.what, self._material
        if what == "stems" and not self.what.chosen_stems:
            return lambda: translate("Choose a stem.")
        if what == "mix" and not any(material.gains.values()):
            return lambda: translate("All stems are silent; turn one up.")
        if self.folder.problem():
            return str  # it is said below the folder
        folder = self._chosen_folder()
        try:
            stems = self.what.chosen_stems
            self._plain = export.targets(what, self._output(), material.song, stems, folder, self._tags, material.model)
        except OutputError as error:
            return partial(sentence, error)
        return None

    # What is shown

    def _on_change(self) -> None:
        self._wanted = False
        self._refresh()

    def _refresh(self) -> None:
        """Shows the files, and looks whether they exist."""
        self._looked = None
        problem = self._problem()
        if problem is not None:
            self._plain = {}
            self._looking.forget()
            self.preview.show_problem(problem)
        else:
            self.preview.show_names(list(self._plain.values()), self._chosen_folder())
            self._looking.ask(partial(export.look, self._plain, self.preview.existing.value))
        self.export_button.setEnabled(problem is None)

    def _on_tags(self, tags: Tags) -> None:
        self._tags = tags
        self._refresh()

    def _on_looked(self, looked: Looked) -> None:
        asked = self.preview.existing.value
        self.preview.show_existing(looked.existing)
        if self.preview.existing.value != asked:  # a consent that was not meant for these files
            self._refresh()
            return
        self._looked = looked
        self.preview.show_names(list(looked.targets.values()), self._chosen_folder())
        self.export_button.setEnabled(not looked.existing or asked != "refuse")
        if self._wanted:
            self._on_export()

    def _on_kind(self) -> None:
        stem_file = self.what.what == "ni_stems"
        self.format.show_for(stem_file=stem_file)
        self._show_more()

    def _show_more(self) -> None:
        shown = self.more.isChecked()
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._form.setRowVisible(self.loud, shown and self.what.what != "ni_stems")  # these are made quieter always
        self._form.setRowVisible(self.tags, shown)
        if self.isVisible():
            self.layout().activate()
            self.resize(self.width(), self.sizeHint().height())

    def _on_export(self) -> None:
        """Accepts at once, or when it is known what lies in the folder."""
        self._wanted = self.pending
        if not self._wanted and self.export_button.isEnabled():
            self.accept()


def _row(*widgets: QWidget, growing: QWidget) -> QWidget:
    result = QWidget()
    row = QHBoxLayout(result)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    for widget in widgets:
        row.addWidget(widget, int(widget is growing))
    return result
