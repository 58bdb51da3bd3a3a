"""The main window: takes a song in, has it separated, lets it be heard and exported."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QStandardPaths, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
)
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

from core import export, jobs
from core.audio.reader import AudioInfo, probe
from core.engines.cache import EngineCache
from core.errors import AntaraError, ModelDamagedError, ModelMissingError, NoOutputDeviceError, TruncatedError
from core.export import ExportChoice
from core.messages import Notice
from core.output import Output
from core.playback.player import Player
from core.progress import Progress, clock_text
from core.session import Session
from gui import theme
from gui.downloads import Downloads
from gui.empty_page import EmptyPage
from gui.export_dialog import Exportable, ExportDialog
from gui.i18n import translate
from gui.messages import sentence, stem_name
from gui.models import Models
from gui.playback import Playback
from gui.show_file import show_in_folder
from gui.song_page import SongPage
from gui.transport import STEP_S
from gui.widgets import MessageBar, label
from gui.worker import BackgroundJob, Job

SONG_TYPES = "*.mp3 *.wav *.flac *.m4a *.aac *.ogg *.opus *.wma *.aiff *.aif *.mp4 *.mkv *.mov *.webm *.avi"


class MainWindow(QMainWindow):
    """One song at a time. At most one job runs; the session and its player live as long as the song is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._song: AudioInfo | None = None
        self._session: Session | None = None
        self._job: BackgroundJob | None = None
        self._engines = EngineCache()
        self._clock = QElapsedTimer()
        self._export_folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation))
        self._output = Output()
        self._model_name = ""  # of what the session was separated with
        self._playback_told = False
        self._summary = ""
        self._cleaning: list[threading.Thread] = []
        self.empty_page = EmptyPage()
        self.song_page = SongPage()
        self.message = MessageBar()
        self._status = label(faint=True)
        self._status.hide()
        self.downloads = Downloads(self)
        self.models = Models(self.song_page.models, self.message, self.downloads, self)
        self._playback = Playback(self.song_page.transport, self.song_page.lanes, self)
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
        self.song_page.lanes.set_stems(self.song_page.model.stems)
        self._show_state()

    def _connect(self) -> None:
        page = self.song_page
        self.empty_page.open_wanted.connect(self.choose_song)
        page.open_wanted.connect(self.choose_song)
        page.separate_wanted.connect(self.separate)
        page.cancel_wanted.connect(self.cancel)
        page.export_wanted.connect(self.choose_export)
        page.models.chosen.connect(self._on_model_chosen)
        self._playback.ready.connect(self._focus_play)
        self._playback.failed.connect(self._on_playback_error)
        QApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        keys: list[tuple[QKeySequence | QKeySequence.StandardKey | str, Callable[[], None]]] = [
            (QKeySequence.StandardKey.Open, self.choose_song),
            ("Ctrl+Return", self._separate_unless_done),
            ("Ctrl+E", self.choose_export),
            ("Ctrl+M", self.models.show),
            ("Space", self._on_space),
            ("Ctrl+Left", lambda: self._playback.seek_by(-STEP_S)),
            ("Ctrl+Right", lambda: self._playback.seek_by(STEP_S)),
            ("Escape", self.cancel),
        ]
        for key, action in keys:
            QShortcut(QKeySequence(key), self, activated=action)

    @property
    def session(self) -> Session | None:
        """The stems of the song that is shown, once it is being separated."""
        return self._session

    @property
    def player(self) -> Player | None:
        return self._playback.player

    @property
    def running_job(self) -> BackgroundJob | None:
        return self._job

    # Taking a song in

    def choose_song(self) -> None:
        """Opens the file dialog."""
        if self._job:
            return
        start = (
            str(self._song.path.parent)
            if self._song
            else QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        )
        dialog = QFileDialog(self, translate("Open a song"), start)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([translate("Songs and videos ({types})").format(types=SONG_TYPES), translate("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.open_song(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_song(self, path: Path) -> None:
        """Shows the song, ready to be separated; says why not if it cannot be read."""
        if self._job:
            return
        self.message.hide()
        found: list[AudioInfo] = []
        job = self._run(lambda cancel, report, notify: found.append(probe(path)), shown=False)
        # When the job is out of the way: a click as soon as the page is there must not be lost.
        job.finished.connect(lambda: self._show_song(found[0]) if found else None)
        job.failed.connect(self._show_error)

    def _show_song(self, song: AudioInfo) -> None:
        self._discard_session()
        self._song = song
        self.song_page.show_song(song)
        self.song_page.lanes.set_stems(self.song_page.model.stems)
        self.setWindowTitle(f"{song.path.stem} – Antara")
        self.pages.setCurrentWidget(self.song_page)
        self.song_page.separate_button.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not self._job and _dropped_file(event):
            event.acceptProposedAction()
            self.empty_page.set_inviting(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty_page.set_inviting(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.empty_page.set_inviting(False)
        path = _dropped_file(event)
        if path:
            event.acceptProposedAction()
            self.open_song(path)

    def _on_model_chosen(self) -> None:
        if not self._session:
            self.song_page.lanes.set_stems(self.song_page.model.stems)
        self._show_state()

    # Separating

    def separate(self) -> None:
        """Starts the separation of the song that is shown."""
        if self._job or self._song is None:
            return
        song, model = self._song, self.song_page.model
        what = jobs.Separation(song, model)
        try:
            session = Session(song.path, model.stems, what.rate)
        except AntaraError as error:
            self._show_error(error)
            return
        self._discard_session()
        self.message.hide()
        self._session, self._model_name = session, model.name
        self._playback.growing = True
        self.song_page.lanes.set_stems(model.stems)
        self.song_page.show_busy(translate("Loading the model…"))
        self._clock.start()
        job = self._run(
            lambda cancel, report, notify: jobs.separate_song(what, self._engines, cancel, session.append, report, notify)
        )
        job.progressed.connect(self._on_separation_progress)
        job.noticed.connect(self._on_notice)
        job.returned.connect(self._on_separated)
        job.cancelled.connect(self._on_cancelled)
        job.failed.connect(self._on_separation_failed)

    def _separate_unless_done(self) -> None:
        """A stray key must not throw away stems that took an hour; the button, aimed at, may."""
        if self._session is None:
            self.separate()

    def cancel(self) -> None:
        if self._job:
            self._job.cancel()

    def _on_separation_progress(self, progress: Progress) -> None:
        self.song_page.show_progress(progress)
        if self._session and self._session.frames:
            self._playback.start(self._session)

    def _on_separated(self) -> None:
        if self._session is None:  # the window was closed in the moment that the job returned
            return
        seconds, took = self._session.frames / self._session.rate, self._clock.elapsed() / 1000
        self.song_page.transport.show_length(seconds)
        self._summary = translate("Separated {length} in {time:.1f} s").format(length=clock_text(seconds), time=took)
        self.song_page.show_summary(self._summary)
        self._focus_play()

    def _on_cancelled(self) -> None:
        self._discard_session()

    def _on_separation_failed(self, error: AntaraError) -> None:
        if isinstance(error, TruncatedError):
            self._on_separated()  # what is there can be heard and exported
        else:
            self._discard_session()
        self._show_error(error)

    def _on_notice(self, notice: Notice) -> None:
        text = sentence(notice)
        if notice.code.startswith("gpu_"):
            self.message.show_message(text)
        self._status.setText(text)
        self._status.show()

    # Listening

    def _focus_play(self) -> None:
        """Once separated: Qt left the focus of the buttons that went with whatever came next, and Space would press that."""
        if self._summary:
            transport = self.song_page.transport
            (transport.play if transport.isEnabled() else self.song_page).setFocus()

    def _on_space(self) -> None:
        """Plays and pauses, as in every player; but a control that the keyboard was moved to is pressed instead."""
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        elif isinstance(focused, QComboBox):
            focused.showPopup()
        else:
            self._playback.toggle()

    def _on_playback_error(self, error: AntaraError) -> None:
        """Playback is off for this song; without a sound card that is news once, and never in the place of other news."""
        if not isinstance(error, NoOutputDeviceError):
            self.message.show_message(sentence(error))
        elif not self._playback_told and not self.message.text:
            self.message.show_message(sentence(error))
            self._playback_told = True

    # Exporting

    def choose_export(self) -> None:
        """Opens the export dialog."""
        session = self._session
        if self._job or not session or not session.frames:
            return
        material = Exportable(session.song, session.rate, self.song_page.lanes.gains(), model=self._model_name)
        dialog = ExportDialog(material, self._export_folder, self._output, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.export(dialog.choice()))
        dialog.open()

    def export(self, choice: ExportChoice) -> None:
        """Writes what was chosen, all of it or nothing."""
        session, song = self._session, self._song
        if self._job or session is None or song is None:
            return
        self.message.hide()
        self._export_folder, self._output = choice.folder, choice.output
        titles = {stem: stem_name(stem) for stem in choice.targets}
        news: list[Notice] = []
        job = self._run(partial(export.perform, choice, session, jobs.channels_for(song), titles))
        job.progressed.connect(self.song_page.show_progress)
        job.noticed.connect(news.append)
        job.returned.connect(lambda: self._on_exported(choice, news))
        job.cancelled.connect(lambda: self.message.show_message(translate("Export cancelled; nothing was written.")))
        job.failed.connect(self._show_error)
        job.finished.connect(lambda: self.song_page.show_summary(self._summary))

    def _on_exported(self, choice: ExportChoice, news: list[Notice]) -> None:
        first = next(iter(choice.targets.values()))
        text = " ".join([translate("Exported to “{folder}”.").format(folder=first.parent), *map(sentence, news)])
        self.message.show_message(text, "done", action=translate("Show in folder"), then=partial(show_in_folder, first))

    # What the parts above share

    def _run(self, job: Job, shown: bool = True) -> BackgroundJob:
        """Starts a job; the window shows itself busy until it has finished, unless it is over in no time."""
        running = BackgroundJob(job, self)
        self._job = running
        running.finished.connect(self._on_job_finished)
        if shown:
            self._show_state()
        QTimer.singleShot(0, running.start)  # after the caller has connected its signals
        return running

    def _on_job_finished(self) -> None:
        if self._job:
            self._job.deleteLater()
        self._job = None
        self._playback.growing = False
        self._show_state()

    def _show_state(self) -> None:
        separated = bool(self._session and self._session.frames and not self._job)
        self.song_page.show_state(busy=self._job is not None, separated=separated)

    def _show_error(self, error: AntaraError) -> None:
        if not isinstance(error, ModelMissingError | ModelDamagedError):
            self.message.show_message(sentence(error), error=True)
            return
        self.song_page.models.refresh()
        show = partial(self.models.show, str(error.parameters["name"]))
        self.message.show_message(sentence(error), error=True, action=translate("Models…"), then=show)

    def _on_scheme_changed(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application)
        self.empty_page.refresh_icons()
        self.song_page.refresh_icons()
        self.models.refresh_icons()

    def _discard_session(self) -> None:
        """Lets go of the stems at once; device and files, which can take long, are freed in the background."""
        players, session = self._playback.stop(), self._session
        self._session = None
        self._summary = ""
        self.song_page.show_summary("")
        if session:
            self._cleaning = [thread for thread in self._cleaning if thread.is_alive()]
            self._cleaning.append(threading.Thread(target=_free, args=(players, session), name="antara-cleaning"))
            self._cleaning[-1].start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ends the job first: it owns files."""
        self.hide()
        self.downloads.close()
        if self._job:
            self._job.cancel()
            self._job.wait()
        self._discard_session()
        for thread in self._cleaning:
            thread.join()
        self._engines.close()
        event.accept()


def _free(players: list[Player], session: Session) -> None:
    for player in players:
        player.close()
    session.close()


def _dropped_file(event: QDropEvent | QDragEnterEvent) -> Path | None:
    return next((Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()), None)
