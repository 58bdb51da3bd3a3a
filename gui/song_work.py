"""What is done with the song that is shown: taken in, separated, heard, exported."""

import threading
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core import jobs, settings
from core.audio.reader import AudioInfo, probe
from core.audio.writer import Sound
from core.engines.cache import EngineCache
from core.errors import AntaraError, ModelDamagedError, ModelMissingError, TruncatedError
from core.messages import Notice
from core.playback.player import Player
from core.progress import Progress, clock_text
from core.session import Session
from gui import failures
from gui.export_dialog import ExportChoice, ExportDialog
from gui.i18n import Text, mark, translate
from gui.messages import sentence, stem_name
from gui.models import Models
from gui.playback import Playback
from gui.song_page import SongPage
from gui.widgets import MessageBar, announce
from gui.worker import BackgroundJob, Job


class SongWork(QObject):
    """One song at a time. At most one job runs; the session and its player live as long as the song is shown."""

    opened = Signal()  # a song is shown
    noticed = Signal(object)  # core.messages.Notice: news of the engine

    def __init__(
        self, page: SongPage, message: MessageBar, models: Models, engines: EngineCache, folder: Path, window: QWidget
    ) -> None:
        """``folder``: where exports go until another one is chosen."""
        super().__init__(window)
        self._page, self._message, self._models, self._engines, self._window = page, message, models, engines, window
        self._export_folder = folder
        self.song: AudioInfo | None = None
        self._session: Session | None = None
        self._job: BackgroundJob | None = None
        self._clock = QElapsedTimer()
        self._summary: Text = ""
        self._cleaning: list[threading.Thread] = []
        self.playback = Playback(page.transport, page.lanes, message, self)
        page.separate_wanted.connect(self.separate)
        page.cancel_wanted.connect(self.cancel)
        page.export_wanted.connect(self.choose_export)
        page.models.chosen.connect(self._on_model_chosen)
        self.playback.ready.connect(self._focus_play)
        page.lanes.set_stems(page.model.stems)
        self._show_state()

    @property
    def session(self) -> Session | None:
        """The stems of the song, once it is being separated."""
        return self._session

    @property
    def player(self) -> Player | None:
        return self.playback.player

    @property
    def running_job(self) -> BackgroundJob | None:
        return self._job

    # Taking a song in

    def open_song(self, path: Path) -> None:
        """Shows the song, ready to be separated; says why not if it cannot be read."""
        if self._job:
            return
        self._message.hide()
        found: list[AudioInfo] = []
        job = self._run(lambda cancel, report, notify: found.append(probe(path)), shown=False)
        # When the job is out of the way: a click as soon as the page is there must not be lost.
        job.finished.connect(lambda: self._show_song(found[0]) if found else None)
        job.failed.connect(self._show_error)

    def _show_song(self, song: AudioInfo) -> None:
        self._discard_session()
        self.song = song
        self._page.show_song(song)
        self._page.lanes.set_stems(self._page.model.stems)
        self.opened.emit()
        self._page.separate_button.setFocus()

    def _on_model_chosen(self) -> None:
        if not self._session:
            self._page.lanes.set_stems(self._page.model.stems)
        self._show_state()

    # Separating

    def separate(self) -> None:
        """Starts the separation of the song that is shown."""
        if self._job or self.song is None:
            return
        model = self._page.model
        what = jobs.Separation(self.song, model, options=settings.load().engine_options)
        try:
            session = Session(self.song.path, model.stems, what.rate)
        except AntaraError as error:
            self._show_error(error)
            return
        self._discard_session()
        self._message.hide()
        self._session = session
        self.playback.growing = True
        self._page.lanes.show_session(session, what.length_s)
        self._page.show_busy("Loading the model…")
        self._clock.start()
        job = self._run(
            lambda cancel, report, notify: jobs.separate_song(what, self._engines, cancel, session.append, report, notify)
        )
        job.progressed.connect(self._on_separation_progress)
        job.noticed.connect(self._on_notice)
        job.returned.connect(self._on_separated)
        job.cancelled.connect(self._discard_session)
        job.failed.connect(self._on_separation_failed)

    def separate_unless_done(self) -> None:
        """A stray key must not throw away stems that took an hour; the button, aimed at, may."""
        if self._session is None:
            self.separate()

    def cancel(self) -> None:
        if self._job:
            self._job.cancel()

    def cancel_or_clear_loop(self) -> None:
        """Cancels what is going on; when nothing is, removes the loop."""
        if self._job:
            self.cancel()
        else:
            self._page.transport.clear_loop()

    def _on_separation_progress(self, progress: Progress) -> None:
        self._page.show_progress(progress)
        if self._session and self._session.frames:
            self._page.lanes.grow()
            self.playback.start(self._session)

    def _on_separated(self) -> None:
        if self._session is None:  # the window was closed in the moment that the job returned
            return
        seconds, took = self._session.frames / self._session.rate, self._clock.elapsed() / 1000
        self._page.transport.show_length(seconds)
        self._page.lanes.finish()
        summary = mark("Separated {length} in {time:.1f} s")
        self._summary = lambda: translate(summary).format(length=clock_text(seconds), time=took)
        self._page.show_summary(self._summary)
        announce(self._page, self._summary)
        self._focus_play()

    def _on_separation_failed(self, error: AntaraError) -> None:
        if isinstance(error, TruncatedError):
            self._on_separated()  # what is there can be heard and exported
        else:
            self._discard_session()
        self._show_error(error)

    def _on_notice(self, notice: Notice) -> None:
        if notice.code.startswith("gpu_"):
            self._message.show_message(partial(sentence, notice))
        self.noticed.emit(notice)

    def _focus_play(self) -> None:
        """Once separated: Qt left the focus of the buttons that went with whatever came next, and Space would press that."""
        if self._summary:
            transport = self._page.transport
            (transport.play if transport.isEnabled() else self._page).setFocus()

    # Exporting

    def choose_export(self) -> None:
        """Opens the export dialog."""
        if self._job or not self._session or not self._session.frames:
            return
        dialog = ExportDialog(self._session.song, self._session.stems, self._export_folder, self._window)
        dialog.accepted.connect(lambda: self.export(dialog.choice()))
        dialog.open()

    def export(self, choice: ExportChoice) -> None:
        """Writes the stems."""
        session, song = self._session, self.song
        if self._job or session is None or song is None:
            return
        self._message.hide()
        sound = Sound(session.rate, jobs.channels_for(song), choice.format)
        titles = {stem: stem_name(stem) for stem in choice.targets}
        files = jobs.Files(choice.targets, sound, choice.overwrite, partial(jobs.stem_tags, session.song, titles))
        news: list[Notice] = []
        job = self._run(lambda cancel, report, notify: jobs.export(session, files, cancel, report, notify))
        job.progressed.connect(self._page.show_progress)
        job.noticed.connect(news.append)
        job.returned.connect(lambda: self._on_exported(choice, news))
        job.cancelled.connect(lambda: self._message.show_message("Export cancelled; nothing was written."))
        job.failed.connect(self._show_error)
        job.finished.connect(lambda: self._page.show_summary(self._summary))

    def _on_exported(self, choice: ExportChoice, news: list[Notice]) -> None:
        folder = next(iter(choice.targets.values())).parent
        self._export_folder = folder.parent

        def text() -> str:
            return " ".join([translate("Exported to “{folder}”.").format(folder=folder), *map(sentence, news)])

        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(folder)))
        self._message.show_message(text, icon="done", action="Show in folder", then=show)

    # What the parts above share

    def _run(self, job: Job, shown: bool = True) -> BackgroundJob:
        """Starts a job; the page shows itself busy until it has finished, unless it is over in no time."""
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
        self.playback.growing = False
        self._show_state()

    def _show_state(self) -> None:
        separated = bool(self._session and self._session.frames and not self._job)
        self._page.show_state(busy=self._job is not None, separated=separated)

    def _show_error(self, error: AntaraError) -> None:
        if not isinstance(error, ModelMissingError | ModelDamagedError):
            failures.show(self._message, error)
            return
        self._page.models.refresh()
        show = partial(self._models.show, str(error.parameters["name"]))
        self._message.show_message(partial(sentence, error), error=True, action="Models…", then=show)

    def _discard_session(self) -> None:
        """Lets go of the stems at once; device and files, which can take long, are freed in the background."""
        players, session = self.playback.stop(), self._session
        self._page.lanes.clear()
        self._session = None
        self._summary = ""
        self._page.show_summary("")
        if session:
            self._cleaning = [thread for thread in self._cleaning if thread.is_alive()]
            self._cleaning.append(threading.Thread(target=_free, args=(players, session), name="antara-cleaning"))
            self._cleaning[-1].start()

    def close(self) -> None:
        """Ends the job, which owns files, and waits until everything is free."""
        if self._job:
            self._job.cancel()
            self._job.wait()
        self._discard_session()
        for thread in self._cleaning:
            thread.join()


def _free(players: list[Player], session: Session) -> None:
    for player in players:
        player.close()
    session.close()
