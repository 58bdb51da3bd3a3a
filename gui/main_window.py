"""The main window: its pages, its keys, and what is dropped on it."""

import base64
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from msgspec import structs
from PySide6.QtCore import QByteArray, QMimeData, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core import paths, settings
from core.engines.cache import EngineCache
from core.errors import OutputError
from core.export import ExportChoice
from core.history import Entry
from core.messages import Notice
from core.settings import Settings
from core.turns import Turns
from gui import i18n, theme
from gui.downloads import Downloads
from gui.empty_page import EmptyPage
from gui.footer import Footer
from gui.help_sheet import HelpSheet
from gui.history_page import HistoryPage
from gui.i18n import translate
from gui.messages import sentence
from gui.models import Models
from gui.settings_dialog import SettingsDialog
from gui.song_page import SongPage
from gui.song_work import SongWork
from gui.widgets import MessageBar
from gui.worker import start_detached

SONG_TYPES = "*.mp3 *.wav *.flac *.m4a *.aac *.ogg *.opus *.wma *.aiff *.aif *.mp4 *.mkv *.mov *.webm *.avi"

_log = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """Puts the parts together; what they do is theirs."""

    def __init__(self) -> None:
        super().__init__()
        self._settings = settings.load()
        self._engines, turns = EngineCache(), Turns()
        self.empty_page = EmptyPage()
        self.song_page = SongPage()
        self.history_page = HistoryPage()
        self.message = MessageBar()
        self.downloads = Downloads(self)
        self.models = Models(self.song_page.models, self.message, self.downloads, self)
        self.footer = Footer(self.models.button)
        self.work = SongWork(self.song_page, self.message, self.models, self._engines, turns, self)
        self._build()
        self._connect()
        self._use_settings()

    def _build(self) -> None:
        self.setWindowTitle("Antara")
        self.setMinimumSize(900, 560)
        self.resize(1040, 640)
        self.setAcceptDrops(True)
        self.pages = QStackedWidget()
        for page in (self.empty_page, self.song_page, self.history_page):
            self.pages.addWidget(page)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(28, 24, 28, 14)
        column.setSpacing(14)
        column.addWidget(self.message)
        column.addWidget(self.pages, 1)
        column.addWidget(self.footer)
        self.setCentralWidget(centre)
        for button in self.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the transport
        if self._settings.window:
            self.restoreGeometry(QByteArray(base64.b64decode(self._settings.window)))

    def _connect(self) -> None:
        work = self.work
        self.empty_page.open_wanted.connect(self.choose_song)
        self.song_page.open_wanted.connect(self.choose_song)
        self.song_page.models.chosen.connect(self._on_model_chosen)
        self.history_page.open_wanted.connect(work.open_entry)
        self.history_page.separate_wanted.connect(self._separate_again)
        self.footer.page_wanted.connect(self.show_page)
        self.footer.settings_wanted.connect(self.choose_settings)
        self.footer.keys_wanted.connect(self.show_keys)
        work.opened.connect(self._on_song_opened)
        work.noticed.connect(self._on_notice)
        work.exporting.connect(self._on_exporting)
        QApplication.styleHints().colorSchemeChanged.connect(self.refresh_colours)
        keys: list[tuple[QKeySequence | QKeySequence.StandardKey | str, Callable[[], object]]] = [
            (QKeySequence.StandardKey.Open, self.choose_song),
            (QKeySequence.StandardKey.Paste, self.paste),
            ("Ctrl+Q", self.close),
            ("Ctrl+Return", work.separate_unless_done),
            ("Ctrl+E", work.choose_export),
            ("Ctrl+1", partial(self.show_page, "song")),
            ("Ctrl+3", partial(self.show_page, "history")),
            ("Ctrl+M", self.models.show),
            ("Ctrl+,", self.choose_settings),
            ("F1", self.show_keys),
            ("Space", self._on_space),
            ("Escape", work.cancel_or_clear_loop),
        ]
        for key, action in keys:
            QShortcut(QKeySequence(key), self, activated=action)

    # Pages and dialogs

    def show_page(self, name: str) -> None:
        """One of ``footer.PAGES``."""
        page = {"song": self.song_page if self.work.song else self.empty_page, "history": self.history_page}[name]
        self.pages.setCurrentWidget(page)
        self.footer.show_page(name)

    def choose_settings(self) -> None:
        """Opens the settings; language and theme change while it is open."""
        dialog = SettingsDialog(settings.load(), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.language_changed.connect(lambda language: i18n.install(_application(), language))
        dialog.theme_changed.connect(self._show_theme)
        dialog.accepted.connect(lambda: self._change_settings(dialog.settings()))
        dialog.open()

    def show_keys(self) -> None:
        """Opens the sheet of keys."""
        HelpSheet(self).open()

    # Songs come in

    def choose_song(self) -> None:
        """Opens the file dialog."""
        if self.work.running_job:
            return
        start = str(self.work.song.path.parent if self.work.song else paths.music_folder())
        dialog = QFileDialog(self, translate("Open a song"), start)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([translate("Songs and videos ({types})").format(types=SONG_TYPES), translate("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.take([Path(name)]))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def take(self, files: Sequence[Path]) -> None:
        """Shows a song that comes alone."""
        if files:
            self.work.open_song(files[0])

    def paste(self) -> None:
        """Takes the files that are in the clipboard."""
        self.take(_files_in(QGuiApplication.clipboard().mimeData()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _files_in(event.mimeData()):
            event.acceptProposedAction()
            self.empty_page.set_inviting(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty_page.set_inviting(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.empty_page.set_inviting(False)
        event.acceptProposedAction()
        self.take(_files_in(event.mimeData()))

    def _separate_again(self, entry: Entry) -> None:
        self.song_page.models.choose(entry.model)
        self.take([Path(entry.song)])

    # What the parts tell

    def _on_song_opened(self) -> None:
        assert self.work.song
        self.setWindowTitle(f"{self.work.song.path.stem} – Antara")
        self.show_page("song")

    def _on_notice(self, notice: Notice) -> None:
        self.footer.show_status(partial(sentence, notice))

    def _on_model_chosen(self) -> None:
        self._remember(model=self.song_page.model.name)

    def _on_exporting(self, choice: ExportChoice) -> None:
        self._remember(export_folder=str(choice.folder), output=choice.output)

    def _on_space(self) -> None:
        """Plays and pauses, as in every player; but a control that the keyboard was moved to is pressed instead."""
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        elif isinstance(focused, QComboBox):
            focused.showPopup()
        else:
            self.work.playback.toggle()

    # Settings

    def _change_settings(self, changed: Settings) -> None:
        self._settings = changed
        self._use_settings()

    def _use_settings(self) -> None:
        self.work.settings = self._settings
        if self._settings.model:
            self.song_page.models.choose(self._settings.model)
        self.song_page.transport.volume.setValue(round(self._settings.master_db))

    def _remember(self, **fields: object) -> None:
        """Keeps what was chosen in passing, in the background: a disk that is full has no part in it."""
        self._settings = self.work.settings = structs.replace(self._settings, **fields)
        job = start_detached(lambda cancel, report, notify: settings.change(**fields) and None)
        job.failed.connect(lambda error: _log.warning("the settings cannot be kept: %s", error))

    def _show_theme(self, name: settings.Theme) -> None:
        theme.apply(_application(), theme.SCHEMES[name])
        self.refresh_colours()

    def refresh_colours(self) -> None:
        """Everything once more in the colours of the theme."""
        theme.refresh(_application())
        for part in (self.empty_page, self.song_page, self.models, self.footer):
            part.refresh_icons()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ends what is going on first: it owns files."""
        geometry, volume = self.saveGeometry().toBase64().toStdString(), self.song_page.transport.volume.value()
        self.hide()
        try:
            settings.change(window=geometry, master_db=float(volume))
        except OutputError as error:
            _log.warning("the settings cannot be kept: %s", error)
        self.downloads.close()
        self.work.close()
        self._engines.close()
        event.accept()


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


def _files_in(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
