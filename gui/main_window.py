"""The main window: its pages, its keys, and what is dropped on it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.engines.cache import EngineCache
from core.messages import Notice
from gui import theme
from gui.downloads import Downloads
from gui.empty_page import EmptyPage
from gui.i18n import say, translate
from gui.messages import sentence
from gui.models import Models
from gui.song_page import SongPage
from gui.song_work import SongWork
from gui.widgets import MessageBar, label

SONG_TYPES = "*.mp3 *.wav *.flac *.m4a *.aac *.ogg *.opus *.wma *.aiff *.aif *.mp4 *.mkv *.mov *.webm *.avi"


class MainWindow(QMainWindow):
    """Puts the parts together; what they do is theirs."""

    def __init__(self) -> None:
        super().__init__()
        self._engines = EngineCache()
        self.empty_page = EmptyPage()
        self.song_page = SongPage()
        self.message = MessageBar()
        self._status = label(faint=True)
        self._status.hide()
        self.downloads = Downloads(self)
        self.models = Models(self.song_page.models, self.message, self.downloads, self)
        self.work = SongWork(self.song_page, self.message, self.models, self._engines, _music_folder(), self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setWindowTitle("Antara")
        self.setMinimumSize(900, 560)
        self.resize(1040, 640)
        self.setAcceptDrops(True)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.empty_page)
        self.pages.addWidget(self.song_page)
        centre = QWidget()
        bottom = QHBoxLayout()
        bottom.addWidget(self._status, 1)
        bottom.addWidget(self.models.button, 0, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(centre)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(14)
        column.addWidget(self.message)
        column.addWidget(self.pages, 1)
        column.addLayout(bottom)
        self.setCentralWidget(centre)
        for button in self.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the transport

    def _connect(self) -> None:
        work = self.work
        self.empty_page.open_wanted.connect(self.choose_song)
        self.song_page.open_wanted.connect(self.choose_song)
        work.opened.connect(self._on_song_opened)
        work.noticed.connect(self._on_notice)
        QApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        keys: list[tuple[QKeySequence | QKeySequence.StandardKey | str, Callable[[], object]]] = [
            (QKeySequence.StandardKey.Open, self.choose_song),
            ("Ctrl+Return", work.separate_unless_done),
            ("Ctrl+E", work.choose_export),
            ("Ctrl+M", self.models.show),
            ("Space", self._on_space),
            ("Escape", work.cancel_or_clear_loop),
        ]
        for key, action in keys:
            QShortcut(QKeySequence(key), self, activated=action)

    def choose_song(self) -> None:
        """Opens the file dialog."""
        if self.work.running_job:
            return
        start = str(self.work.song.path.parent if self.work.song else _music_folder())
        dialog = QFileDialog(self, translate("Open a song"), start)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([translate("Songs and videos ({types})").format(types=SONG_TYPES), translate("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.work.open_song(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_song_opened(self) -> None:
        assert self.work.song
        self.setWindowTitle(f"{self.work.song.path.stem} – Antara")
        self.pages.setCurrentWidget(self.song_page)

    def _on_notice(self, notice: Notice) -> None:
        say(self._status.setText, lambda: sentence(notice))
        self._status.show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not self.work.running_job and _dropped_file(event):
            event.acceptProposedAction()
            self.empty_page.set_inviting(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty_page.set_inviting(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.empty_page.set_inviting(False)
        path = _dropped_file(event)
        if path:
            event.acceptProposedAction()
            self.work.open_song(path)

    def _on_space(self) -> None:
        """Plays and pauses, as in every player; but a control that the keyboard was moved to is pressed instead."""
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        elif isinstance(focused, QComboBox):
            focused.showPopup()
        else:
            self.work.playback.toggle()

    def _on_scheme_changed(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.refresh(application)
        self.empty_page.refresh_icons()
        self.song_page.refresh_icons()
        self.models.refresh_icons()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ends what is going on first: it owns files."""
        self.hide()
        self.downloads.close()
        self.work.close()
        self._engines.close()
        event.accept()


def _music_folder() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation))


def _dropped_file(event: QDropEvent | QDragEnterEvent) -> Path | None:
    return next((Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()), None)
