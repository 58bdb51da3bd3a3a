"""Joins the combo box of the models with their dialog and with what goes on in the background."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from core.errors import AntaraError, UnexpectedError
from core.models import catalogue
from core.progress import Transfer
from gui import failures, icons, theme
from gui.downloads import Downloads
from gui.i18n import say, translate
from gui.messages import model_name, percent_text, sentence
from gui.model_box import ModelBox
from gui.models_dialog import ModelsDialog
from gui.widgets import MessageBar


class Models(QObject):
    """Opens the dialog; without it, ``button`` shows how far the downloads are and ``message`` how they ended."""

    def __init__(self, box: ModelBox, message: MessageBar, downloads: Downloads, window: QWidget) -> None:
        super().__init__(window)
        self._box, self._message, self._downloads, self._window = box, message, downloads, window
        self._wanted = ""  # the model that was to be chosen when it was not installed
        self.dialog: ModelsDialog | None = None
        self.button = QPushButton()
        self.button.setProperty("quiet", True)
        say(self.button.setToolTip, lambda: translate("Download, add and remove models") + " (Ctrl+M)")
        self.button.clicked.connect(lambda: self.show())
        box.others_wanted.connect(self._on_others_wanted)
        box.chosen.connect(self._on_chosen)
        downloads.changed.connect(self._show_progress)
        downloads.installed.connect(self._on_installed)
        downloads.removed.connect(box.refresh)
        downloads.failed.connect(self._on_failed)
        self.refresh_icons()
        self._show_progress()

    def show(self, name: str = "") -> None:
        """Opens the dialog, at the model ``name``."""
        if self.dialog is None:
            self.dialog = ModelsDialog(self._downloads, self._window)
            self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.dialog.finished.connect(self._on_closed)
            self.dialog.open()
        self.dialog.show_model(name)

    def refresh_icons(self) -> None:
        self.button.setIcon(icons.icon("models", theme.current().faint))
        if self.dialog:
            self.dialog.refresh_icons()

    def _on_closed(self) -> None:
        self.dialog = None
        self._box.refresh()  # the user may have had a hand in the folder, too

    def _on_chosen(self) -> None:
        self._wanted = ""

    def _on_others_wanted(self, name: str) -> None:
        self._wanted = name
        self.show(name)

    def _on_installed(self, names: tuple[str, ...]) -> None:
        wanted = self._wanted
        self._box.refresh()
        if wanted in names and self._box.isEnabled():  # it is not while a song is separated
            self._box.choose(wanted)
        if self.dialog is None:
            model = catalogue.models()[names[0]]
            self._message.show_message(
                lambda: translate("“{model}” is installed.").format(model=model_name(model)), icon="done"
            )

    def _on_failed(self, key: str, error: AntaraError) -> None:
        if self.dialog:
            return  # it says so itself
        if isinstance(error, UnexpectedError):
            failures.show(self._message, error)
        else:
            self._message.show_message(lambda: sentence(error), error=True, action="Models…", then=self.show)

    def _show_progress(self) -> None:
        say(self.button.setText, lambda: _progress_text(self._downloads.transfers))


def _progress_text(transfers: Sequence[Transfer]) -> str:
    """How far all of them are together; without any, what the button is for."""
    coming = [transfer for transfer in transfers if transfer.stage != "installing"]
    total = sum(transfer.total or 0 for transfer in coming)
    if total:
        done = sum(transfer.done for transfer in coming if transfer.total)
        return translate("Downloading: {progress}").format(progress=percent_text(done / total))
    if coming:
        return translate("Downloading…")
    return translate("Installing…") if transfers else translate("Models…")
