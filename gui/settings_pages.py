"""The sections of the settings about files, looks and the network."""

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QCheckBox

from core.audio.formats import Format
from core.errors import MirrorError
from core.settings import Settings, is_web_address
from gui.choice_box import Choice, ChoiceBox
from gui.fields import CheckedField, FolderField, TemplateField
from gui.format_fields import FormatFields
from gui.i18n import LANGUAGES, say, translate
from gui.messages import sentence
from gui.settings_page import Page

_ROW_HEIGHT = 36


class OutputPage(Page):
    """Where stems are written, and how, unless something else is said when they are."""

    def __init__(self) -> None:
        super().__init__(lambda: translate("Files"))
        music = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation))
        self.export_folder = FolderField(lambda: translate("Folder for exports"), str(music))
        self.queue_folder = FolderField(lambda: translate("Folder for the queue"), str(music / "Antara"))
        self.format = FormatFields()
        self.template = TemplateField(lambda: translate("Names of files"))
        self.existing = ChoiceBox(lambda: translate("Existing files"), _existing())
        self.loud = ChoiceBox(lambda: translate("Too loud"), loud_choices())
        self.tags = QCheckBox()
        self.tags.setMinimumHeight(_ROW_HEIGHT)
        say(self.tags.setText, lambda: translate("Title, artist, cover and the like"))
        self.add(lambda: translate("Folder for exports"), self.export_folder)
        self.add(lambda: translate("Folder for the queue"), self.queue_folder)
        self.add(lambda: translate("Format"), self.format)
        self.add(lambda: translate("Names of files"), self.template)
        self.add(lambda: translate("Existing files"), self.existing)
        self.add(
            lambda: translate("Too loud"), self.loud, lambda: translate("What happens to stems that exceed full scale.")
        )
        self.add(lambda: translate("Tags"), self.tags)
        self._output = Settings().output
        self.format.changed.connect(self._show_extension)

    def show_settings(self, settings: Settings) -> None:
        self._output = output = settings.output
        self.export_folder.show_folder(settings.export_folder)
        self.queue_folder.show_folder(settings.queue_folder)
        self.format.show_format(output.format)
        self.template.line.setText(output.template)
        self.existing.choose(output.existing)
        self.loud.choose(output.loud)
        self.tags.setChecked(output.tags)
        self._show_extension()

    def fields(self) -> dict[str, Any]:
        output = msgspec.structs.replace(
            self._output,
            **self.format.output_fields(),
            template=self.template.text,
            existing=self.existing.value,
            loud=self.loud.value,
            tags=self.tags.isChecked(),
        )
        return {"export_folder": self.export_folder.folder, "queue_folder": self.queue_folder.folder, "output": output}

    def _show_extension(self) -> None:
        chosen: Format = self.format.format
        self.template.show_extension(chosen.extension)


class AppearancePage(Page):
    """How the window looks; what is chosen is shown at once."""

    language_changed = Signal(str)
    theme_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__(lambda: translate("Appearance"))
        self.language = ChoiceBox(lambda: translate("Language"), _languages())
        self.theme = ChoiceBox(lambda: translate("Theme"), _themes())
        self.add(lambda: translate("Language"), self.language)
        self.add(lambda: translate("Theme"), self.theme)
        self.language.changed.connect(lambda: self.language_changed.emit(self.language.value))
        self.theme.changed.connect(lambda: self.theme_changed.emit(self.theme.value))

    def show_settings(self, settings: Settings) -> None:
        self.language.choose(settings.language)
        self.theme.choose(settings.theme)

    def fields(self) -> dict[str, Any]:
        return {"language": self.language.value, "theme": self.theme.value}


class NetworkPage(Page):
    """Where models are downloaded from."""

    def __init__(self) -> None:
        super().__init__(lambda: translate("Network"))
        self.mirror = CheckedField(lambda: translate("Mirror"), _mirror_problem)
        self.mirror.line.setPlaceholderText("https://")
        self.add(lambda: translate("Mirror"), self.mirror, _mirror_text)

    def show_settings(self, settings: Settings) -> None:
        self.mirror.line.setText(settings.mirror or "")

    def fields(self) -> dict[str, Any]:
        return {"mirror": self.mirror.text or None}


def _mirror_problem(address: str) -> str:
    return "" if not address or is_web_address(address) else sentence(MirrorError(address=address))


def _mirror_text() -> str:
    return translate(
        "The address of a folder with the archives of the models, for networks that do not reach the official ones. "
        "Nothing else that Antara does needs a network."
    )


def _existing() -> list[Choice]:
    return [
        Choice("refuse", lambda: translate("Leave them, and say so")),
        Choice("number", lambda: translate("Keep both, as “vocals (2)”")),
        Choice("replace", lambda: translate("Replace them")),
    ]


def loud_choices() -> list[Choice]:
    """What can become of stems that exceed full scale."""
    return [
        Choice("gain", lambda: translate("All stems quieter, by the same amount")),
        Choice("limit", lambda: translate("Only the loud moments quieter")),
        Choice("clip", lambda: translate("Peaks are cut off, as Spleeter does")),
    ]


def _languages() -> list[Choice]:
    return [
        Choice("system", lambda: translate("As the system")),
        *(Choice(language, lambda name=name: name) for language, name in LANGUAGES.items()),
    ]


def _themes() -> list[Choice]:
    return [
        Choice("system", lambda: translate("As the system")),
        Choice("light", lambda: translate("Light")),
        Choice("dark", lambda: translate("Dark")),
    ]
