"""The main window: its pages, its keys, and what is dropped on it."""

import base64
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from msgspec import structs
from PySide6.QtCore import QByteArray, Qt, Signal
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

from core import history, paths, queue_jobs, settings, songs
from core.engines.cache import EngineCache
from core.errors import QueueError
from core.export import ExportChoice
from core.files import is_folder
from core.history import Entry
from core.messages import Notice, printable
from core.models import catalogue
from core.queue import open_queue
from core.queue_items import Item
from core.settings import Settings
from core.turns import Turns
from gui import i18n, theme
from gui.care_dialog import CareDialog
from gui.downloads import Downloads
from gui.dropped import files_in, has_files
from gui.empty_page import EmptyPage
from gui.footer import Footer
from gui.help_sheet import HelpSheet
from gui.history_page import HistoryPage
from gui.i18n import Text, translate
from gui.keeper import SettingsKeeper
from gui.messages import sentence
from gui.models import Models
from gui.queue_runner import QueueRunner
from gui.queue_view import QueuePage
from gui.settings_dialog import SettingsDialog
from gui.single_instance import raise_window
from gui.song_page import SongPage
from gui.song_work import SongWork
from gui.widgets import MessageBar
from gui.worker import start_detached


class MainWindow(QMainWindow):
    """Puts the parts together; what they do is theirs."""

    _queue_told = Signal(object)  # QueueError, or None when the queue can be kept again; from any thread

    def __init__(self) -> None:
        super().__init__()
        self._settings = settings.load()
        self._keeper = SettingsKeeper(self)
        self._engines, turns = EngineCache(), Turns()
        self.empty_page = EmptyPage()
        self.song_page = SongPage()
        self.history_page = HistoryPage()
        self.message = MessageBar()
        self.downloads = Downloads(self)
        self.models = Models(self.song_page.models, self.message, self.downloads, self)
        self.footer = Footer(self.models.button)
        self.work = SongWork(self.song_page, self.message, self.models, self._engines, turns, self)
        self._queue_trouble: Text = ""
        self._queue_told.connect(self._on_queue_told, Qt.ConnectionType.QueuedConnection)
        self._queue = open_queue(self._queue_told.emit)
        self.runner = QueueRunner(self._queue, self._engines, turns, lambda: self._settings, self)
        self.queue_page = QueuePage(self._queue, self.runner)
        self._build()
        self._connect()
        self.song_page.transport.volume.setValue(round(self._settings.master_db))
        self._use_settings()

    def _build(self) -> None:
        self.setWindowTitle("Antara")
        self.setMinimumSize(900, 560)
        self.resize(1040, 640)
        self.setAcceptDrops(True)
        self.pages = QStackedWidget()
        for page in (self.empty_page, self.song_page, self.queue_page, self.history_page):
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
        self.song_page.care_wanted.connect(self.choose_care)
        self.history_page.open_wanted.connect(work.open_entry)
        self.history_page.separate_wanted.connect(self._separate_again)
        self.queue_page.open_wanted.connect(self._open_item)
        self.queue_page.format_wanted.connect(lambda: self.choose_settings("output"))
        self.queue_page.folder_chosen.connect(lambda folder: self._remember(queue_folder=str(folder)))
        self.queue_page.told.connect(lambda text: self.message.show_message(text or self._queue_trouble))
        self.queue_page.waiting_changed.connect(self.footer.show_queue)
        self.footer.show_queue(self.queue_page.waiting)
        self.runner.noticed.connect(lambda item_id, notice: self._on_notice(notice))
        self.runner.finished_all.connect(self._on_queue_finished)
        self.downloads.installed.connect(lambda names: self.queue_page.refresh_models(self._settings.model))
        self.downloads.removed.connect(lambda: self.queue_page.refresh_models(self._settings.model))
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
            ("Ctrl+2", partial(self.show_page, "queue")),
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
        song = self.song_page if self.work.song else self.empty_page
        self.pages.setCurrentWidget({"song": song, "queue": self.queue_page, "history": self.history_page}[name])
        self.footer.show_page(name)

    def choose_settings(self, section: Literal["separation", "output"] = "separation") -> None:
        """Opens the settings; language and theme change while it is open."""
        dialog = SettingsDialog(settings.load(), self)
        dialog.show_page(getattr(dialog, section))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.language_changed.connect(lambda language: i18n.install(_application(), language))
        dialog.theme_changed.connect(self._show_theme)
        dialog.accepted.connect(lambda: self._change_settings(dialog.settings()))
        dialog.open()

    def choose_care(self) -> None:
        """Asks how careful the model is to be, which is Demucs'."""
        dialog = CareDialog(self.song_page.model, self._settings.care, self)
        dialog.accepted.connect(lambda: self._remember(care=dialog.care))
        dialog.open()

    def show_keys(self) -> None:
        """Opens the sheet of keys."""
        HelpSheet(self).open()

    # Songs come in

    def choose_song(self) -> None:
        """Opens the file dialog."""
        start = str(self.work.song.path.parent if self.work.song else paths.music_folder())
        dialog = QFileDialog(self, translate("Open songs"), start)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        types = translate("Songs and videos ({types})").format(types=songs.PATTERNS)
        dialog.setNameFilters([types, translate("All files (*)")])
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)
        dialog.filesSelected.connect(lambda names: self.take([Path(name) for name in names]))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def take(self, files: Sequence[Path], later: bool = False) -> None:
        """Shows a song that comes alone; puts several, a folder's, and those that come at a busy time into the queue."""
        if len(files) == 1 and not later and not self.work.running_job and not is_folder(files[0]):
            self.work.open_song(files[0])
        elif files:
            self.queue_page.add(files)
            self.show_page("queue")

    def receive(self, files: Sequence[Path]) -> None:
        """Comes to the front with what a second start was given; a dialog, such as that of an export, keeps its song."""
        raise_window(self)
        self.take(files, later=QApplication.activeModalWidget() is not None)

    def paste(self) -> None:
        """Takes the files that are in the clipboard; on the page of the queue, into it."""
        if self.pages.currentWidget() is self.queue_page:
            self.queue_page.paste()
            return
        self.take(files_in(QGuiApplication.clipboard().mimeData()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if has_files(event.mimeData()):
            event.acceptProposedAction()
            self.empty_page.set_inviting(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty_page.set_inviting(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.empty_page.set_inviting(False)
        event.acceptProposedAction()
        self.take(files_in(event.mimeData()))

    def _separate_again(self, entry: Entry) -> None:
        song = Path(entry.song)
        if self.work.running_job:
            self.queue_page.add([song], entry.model)
            self.show_page("queue")
        else:
            self.song_page.models.show_model(entry.model)
            self.work.open_song(song)

    # What the parts tell

    def _on_song_opened(self) -> None:
        assert self.work.song
        self.setWindowTitle(f"{printable(self.work.song.path.stem)} – Antara")
        self.show_page("song")

    def _on_notice(self, notice: Notice) -> None:
        self.footer.show_status(partial(sentence, notice))

    def _on_queue_told(self, error: QueueError | None) -> None:
        if error:
            self._queue_trouble = partial(sentence, error)
            self.message.show_message(self._queue_trouble)
        else:
            self.message.withdraw(self._queue_trouble)
            self._queue_trouble = ""

    def _on_queue_finished(self) -> None:
        unread = self.message.text and self.message.is_error  # of more weight
        if self.pages.currentWidget() is not self.queue_page and not unread:
            show = partial(self.show_page, "queue")
            self.message.show_message("The queue is done.", "done", action="Show the queue", then=show)

    def _open_item(self, item: Item) -> None:
        """Opens a song that the queue has separated."""
        find = partial(history.of_files, item.files)
        start_detached(lambda cancel, report, notify: report(find())).progressed.connect(self._open_found)

    def _open_found(self, entry: Entry | None) -> None:
        if entry:
            self.work.open_entry(entry)
        else:
            self.message.show_message("The history does not have this song any more; separate it again to open it.")

    def _on_model_chosen(self) -> None:
        if self.song_page.model.name != self._model_name:
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
        self._share_settings()
        self.song_page.models.choose(self._model_name)

    @property
    def _model_name(self) -> str:
        """Of what the settings want."""
        return self._settings.model or catalogue.default().name

    def _share_settings(self) -> None:
        self.work.use(self._settings)
        own = self._settings
        self.queue_page.show_output(queue_jobs.folder_for(own), own.output, own.model, own.care)

    def _remember(self, **fields: object) -> None:
        """Keeps what was chosen in passing."""
        self._settings = structs.replace(self._settings, **fields)
        self._share_settings()
        self._keeper.keep(**fields)

    def _show_theme(self, name: settings.Theme) -> None:
        theme.apply(_application(), theme.SCHEMES[name])
        self.refresh_colours()

    def refresh_colours(self) -> None:
        """Everything once more in the colours of the theme."""
        theme.refresh(_application())
        for part in (self.empty_page, self.song_page, self.queue_page, self.models, self.footer):
            part.refresh_icons()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ends what is going on first: it owns files."""
        geometry, volume = self.saveGeometry().toBase64().toStdString(), self.song_page.transport.volume.value()
        self.hide()
        self._keeper.close(window=geometry, master_db=float(volume))
        self.downloads.close()
        self.queue_page.close_jobs()
        self.runner.close()
        self._queue.close()
        self.work.close()
        self._engines.close()
        event.accept()


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application
