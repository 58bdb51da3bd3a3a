"""Asks where and how the stems are written."""

import os
from collections.abc import Mapping, Sequence
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

from core.audio.formats import CHOICES, Codec, Format
from core.audio.naming import stem_paths
from gui.i18n import translate
from gui.messages import stem_name
from gui.widgets import label

_CODEC_NAMES: Mapping[Codec, str] = {
    "wav": "WAV",
    "flac": "FLAC",
    "mp3": "MP3",
    "m4a": "M4A (AAC)",
    "alac": "M4A (Apple Lossless)",
    "ogg": "Ogg Vorbis",
    "opus": "Opus",
    "wma": "WMA",
}


@dataclass(frozen=True)
class ExportChoice:
    """What the user decided."""

    targets: dict[str, Path]
    format: Format
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
        for codec, name in _CODEC_NAMES.items():
            self.format.addItem(name, codec)
        self.quality = QComboBox()
        self.quality.setAccessibleName(translate("Quality"))
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
        self.format.currentIndexChanged.connect(self._offer_qualities)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for box in self.stems.values():
            box.setChecked(True)
            box.toggled.connect(self._refresh)
        self._offer_qualities()

    def _offer_qualities(self) -> None:
        """The depths or bit rates of the chosen format, its default chosen."""
        codec: Codec = self.format.currentData()
        default = Format(codec)
        self.quality.clear()
        for offered in _qualities(codec):
            self.quality.addItem(_quality_name(offered), offered)
            if offered == default:
                self.quality.setCurrentIndex(self.quality.count() - 1)
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
        format_row = QHBoxLayout()
        format_row.setSpacing(10)
        format_row.addWidget(self.format, 1)
        format_row.addWidget(self.quality, 1)
        form.addRow(translate("Format"), format_row)
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
        chosen: Format = self.quality.currentData() or Format(self.format.currentData())
        targets = stem_paths(self._song, wanted, Path(folder), chosen.extension)
        return ExportChoice(targets, chosen, self.overwrite.isChecked())

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


def _qualities(codec: Codec) -> list[Format]:
    choices = CHOICES[codec]
    if choices.depths:
        return [Format(codec, depth) for depth in choices.depths]
    best = [Format(codec, vbr=choices.vbr[0])] if choices.vbr else []
    return [Format(codec, bitrate=bitrate) for bitrate in reversed(choices.bitrates)] + best


def _quality_name(offered: Format) -> str:
    if offered.depth:
        name = translate("{depth} bit float") if offered.keeps_over_full_scale else translate("{depth} bit")
        return name.format(depth=offered.depth)
    if offered.bitrate:
        return translate("{rate} kbit/s").format(rate=offered.bitrate // 1000)
    return translate("Variable, best")
