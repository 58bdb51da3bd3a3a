"""Asks where and how the stems are written."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QDir
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.audio.naming import stem_paths
from core.audio.writer import Encoding
from gui.messages import stem_name, translate
from gui.widgets import label


@dataclass(frozen=True)
class ExportChoice:
    """What the user decided."""

    targets: dict[str, Path]
    encoding: Encoding
    overwrite: bool


class ExportDialog(QDialog):
    """Folder, format and stems; shows the files that it would write."""

    def __init__(self, song: Path, stems: Sequence[str], folder: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Export"))
        self.setMinimumWidth(560)
        self._song = song
        self.folder = QLineEdit(QDir.toNativeSeparators(str(folder)))
        self.folder.setAccessibleName(translate("Folder"))
        self.browse = QPushButton(translate("Choose…"))
        self.format = QComboBox()
        self.format.setAccessibleName(translate("Format"))
        for encoding, name in (("16", "WAV, 16 bit"), ("24", "WAV, 24 bit"), ("float", "WAV, 32 bit float")):
            self.format.addItem(translate(name), encoding)
        self.stems = {stem: QCheckBox(stem_name(stem)) for stem in stems}
        self.overwrite = QCheckBox(translate("Replace existing files"))
        self._preview = label(faint=True)
        self._preview.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.buttons.addButton(translate("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setProperty("primary", True)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())  # the style's is of another family
        self._lay_out()
        self.browse.clicked.connect(self._choose_folder)
        self.folder.textChanged.connect(self._refresh)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for box in self.stems.values():
            box.setChecked(True)
            box.toggled.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        folder_row = QHBoxLayout()
        folder_row.setSpacing(10)
        folder_row.addWidget(self.folder, 1)
        folder_row.addWidget(self.browse)
        stems_row = QHBoxLayout()
        stems_row.setSpacing(18)
        for box in self.stems.values():
            stems_row.addWidget(box)
        stems_row.addStretch(1)
        form = QFormLayout()
        form.setVerticalSpacing(14)
        form.setHorizontalSpacing(18)
        form.addRow(translate("Stems"), stems_row)
        form.addRow(translate("Format"), self.format)
        form.addRow(translate("Folder"), folder_row)
        form.addRow("", self._preview)
        form.addRow("", self.overwrite)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 20)
        column.setSpacing(20)
        column.addLayout(form)
        column.addWidget(self.buttons)

    def choice(self) -> ExportChoice:
        wanted = [stem for stem, box in self.stems.items() if box.isChecked()]
        folder = os.path.expanduser(self.folder.text())  # noqa: PTH111 - Path's raises for an unknown ~name
        targets = stem_paths(self._song, wanted, Path(folder))
        return ExportChoice(targets, self.format.currentData(), self.overwrite.isChecked())

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, translate("Choose a folder"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self.folder.setText(QDir.toNativeSeparators(folder)))
        dialog.open()

    def _refresh(self) -> None:
        targets = self.choice().targets
        existing = [path for path in targets.values() if os.path.lexists(path)]  # unlike Path.exists, never raises
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in targets.values())
        self._preview.setText(translate("Writes {names}").format(names=names) if targets else translate("No stem chosen"))
        if not existing:
            self.overwrite.setChecked(False)  # a consent is for the files that it was given for
        self.overwrite.setVisible(bool(existing))
        self.export_button.setEnabled(bool(targets) and bool(self.folder.text().strip()))
