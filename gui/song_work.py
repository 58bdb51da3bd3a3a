"""What is done with the song that is shown: taken in, separated, heard, exported."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from core import export, history, jobs, paths
from core.audio.reader import AudioInfo, probe
from core.cancel import CancelToken
from core.engines import Notify
from core.engines.cache import EngineCache
from core.errors import AntaraError, ModelDamagedError, ModelMissingError, OutputError, TruncatedError
from core.export import ExportChoice
from core.history import Entry
from core.jobs import Report, Separation
from core.messages import Notice
from core.playback.player import Player
from core.progress import Progress, clock_text
from core.reopen import reopen, song_info
from core.separation.care import Care
from core.session import Session
from core.settings import Settings
from core.turns import Turns
from gui import failures
from gui.export_dialog import Exportable, ExportDialog
from gui.i18n import Text, mark, translate
from gui.messages import sentence, stem_name
from gui.models import Models
from gui.playback import Playback
from gui.show_file import show_in_folder
from gui.song_page import SongPage
from gui.widgets import MessageBar, announce
from gui.worker import BackgroundJob, Job, start_detached

_CLOSING_S = 3.0  # for a sound device; one that hangs must not keep the program from its end


class SongWork(QObject):
    """One song at a time. At most one job runs; the session and its player live as long as the song is shown."""

    opened = Signal()  # a song is shown
    noticed = Signal(object)  # Notice: news of the engine
    exporting = Signal(object)  # ExportChoice: what is proposed the next time

    def __init__(
        self, page: SongPage, message: MessageBar, models: Models, engines: EngineCache, turns: Turns, window: QWidget
    ) -> None:
        super().__init__(window)
        self._page, self._message, self._models, self._window = page, message, models, window
        self._engines, self._turns = engines, turns
        self.settings = Settings()  # what the window has of them
        self.song: AudioInfo | None = None
        self._session: Session | None = None
        self._entry: Entry | None = None  # of the session, in the history
        self._model_name = ""  # of what the session was separated with
        self._opened_again: list[tuple[AudioInfo, Session]] = []  # at most one, which is not shown yet
        self._job: BackgroundJob | None = None
        self._closed = False
        self._clock = QElapsedTimer()
        self._summary: Text = ""
        self._cleaning: list[threading.Thread] = []
        self.playback = Playback(page.transport, page.lanes, message, self)
        page.separate_wanted.connect(self.separate)
        page.cancel_wanted.connect(self.cancel)
        page.export_wanted.connect(self.choose_export)
        page.models.chosen.connect(self._on_model_chosen)
        self.playback.ready.connect(self._focus_play)
        self._show_stems()
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
        if self._job or self._closed:
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
        self._show_stems()
        self.opened.emit()
        self._page.separate_button.setFocus()

    def open_entry(self, entry: Entry) -> None:
        """Shows a song of the history with the stems that were exported of it."""
        if self._closed:
            return
        if self._job:
            self._message.show_message("Another song is being worked on; open this one when that is done.")
            return
        self._message.hide()
        found = self._opened_again

        def read(cancel: CancelToken, report: Report, notify: Notify) -> None:
            found.append((song_info(entry), reopen(entry, cancel, report)))

        job = self._run(read)
        job.progressed.connect(self._page.show_progress)
        job.finished.connect(lambda: self._show_entry(entry) if found else self._page.show_summary(self._summary))
        job.failed.connect(self._show_error)

    def _show_entry(self, entry: Entry) -> None:
        song, session = self._opened_again.pop()
        self._show_song(song)
        self._session, self._entry, self._model_name = session, entry, entry.model
        self._page.models.show_model(entry.model)
        self._page.lanes.show_session(session, entry.length_s)
        self._page.lanes.grow()
        self._page.lanes.finish()
        self.playback.start(session)
        self._say_done(mark("Opened from the stems that were exported"))
        self._show_state()

    def _on_model_chosen(self) -> None:
        if not self._session:
            self._show_stems()
        self._show_state()

    def use(self, settings: Settings) -> None:
        """From now on these."""
        self.settings = settings
        self._on_model_chosen()

    @property
    def _care(self) -> Care:
        return self.settings.care.fitting(self._page.model)

    def _show_stems(self) -> None:
        """The lanes that the song would have."""
        self._page.lanes.set_stems(self._care.stems_of(self._page.model))

    # Separating

    def separate(self) -> None:
        """Starts the separation of the song that is shown."""
        if self._job or self.song is None:
            return
        model = self._page.model
        what = Separation(self.song, model, self.settings.mode, self.settings.engine_options, care=self._care)
        try:
            session = Session(self.song.path, what.stems, what.rate)
        except AntaraError as error:
            self._show_error(error)
            return
        self._discard_session()
        self._message.hide()
        self._session, self._model_name = session, model.name
        self.playback.growing = True
        self._page.setFocus()  # else Qt gives that of the button, which goes, to the next one, and Space would press that
        self._page.lanes.show_session(session, what.length_s)
        self._page.show_busy(mark("Waiting for the song of the queue…") if self._turns.busy else mark("Loading the model…"))
        job = self._run(partial(self._separate, what, session))
        job.progressed.connect(self._on_separation_progress)
        job.noticed.connect(self._on_notice)
        job.returned.connect(self._on_separated)
        job.cancelled.connect(self._discard_session)
        job.failed.connect(self._on_separation_failed)

    def _separate(
        self,
        what: Separation,
        session: Session,
        cancel: CancelToken,
        report: Callable[[Progress | None], None],
        notify: Notify,
    ) -> None:
        with self._turns.take(cancel):
            self._clock.start()
            report(None)  # it goes on
            jobs.separate_song(what, self._engines, cancel, session.append, report, notify)

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

    def _on_separation_progress(self, progress: Progress | None) -> None:
        if progress is None:
            self._page.show_busy(mark("Loading the model…"))
            return
        self._page.show_progress(progress)
        if self._session and self._session.frames:
            self._page.lanes.grow()
            self.playback.start(self._session)

    def _on_separated(self) -> None:
        if self._session is None:  # the window was closed in the moment that the job returned
            return
        session, took = self._session, self._clock.elapsed() / 1000
        seconds = session.frames / session.rate
        self._page.transport.show_length(seconds)
        self._page.lanes.finish()
        text = mark("Separated {length} in {time:.1f} s")
        self._say_done(lambda: translate(text).format(length=clock_text(seconds), time=took))
        self._remember(session)

    def _say_done(self, text: Text) -> None:
        self._summary = text
        self._page.show_summary(text)
        announce(self._page, text)
        self._focus_play()

    def _remember(self, session: Session) -> None:
        """Puts the song into the history, in the background; a disk that is full has no part in what was asked for."""
        add = partial(history.add, session.song, session.frames, session.rate, self._model_name, session.stems)

        def entered(entry: Entry) -> None:
            if session is self._session:
                self._entry = entry

        job = start_detached(lambda cancel, report, notify: report(add()))
        job.progressed.connect(entered)
        job.failed.connect(partial(failures.tell_unless_foreseen, "the history cannot be kept"))

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
        session = self._session
        if self._job or not session or not session.frames:
            return
        looped = self._page.transport.looped
        material = Exportable(session.song, session.rate, self._page.lanes.gains(), looped, self._model_name)
        folder = Path(self.settings.export_folder) if self.settings.export_folder else paths.music_folder()
        dialog = ExportDialog(material, folder, self.settings.output, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.export(dialog.choice()))
        dialog.open()

    def export(self, choice: ExportChoice) -> None:
        """Writes what was chosen, all of it or nothing."""
        session, song = self._session, self.song
        if self._job or session is None or song is None:
            return
        self._message.hide()
        self.exporting.emit(choice)
        titles = {stem: stem_name(stem) for stem in choice.targets}
        news: list[Notice] = []
        job = self._run(partial(self._export, choice, session, self._entry, jobs.channels_for(song), titles))
        job.progressed.connect(self._page.show_progress)
        job.noticed.connect(news.append)
        job.returned.connect(lambda: self._on_exported(choice, news))
        job.cancelled.connect(lambda: self._message.show_message("Export cancelled; nothing was written."))
        job.failed.connect(self._show_error)
        job.finished.connect(lambda: self._page.show_summary(self._summary))

    def _export(
        self,
        choice: ExportChoice,
        session: Session,
        entry: Entry | None,
        channels: int,
        titles: Mapping[str, str],
        cancel: CancelToken,
        report: Report,
        notify: Notify,
    ) -> None:
        gain_db = 0.0

        def hear(notice: Notice) -> None:
            nonlocal gain_db
            if notice.code == "levels_lowered":
                gain_db = -float(notice.parameters["reduction_db"])
            notify(notice)

        export.perform(choice, session, channels, titles, cancel, report, hear)
        if entry and choice.what == "stems" and choice.region_s is None and set(choice.targets) == set(session.stems):
            with contextlib.suppress(OutputError):  # what was asked for is done
                history.exported(entry.id, choice.targets, gain_db)

    def _on_exported(self, choice: ExportChoice, news: list[Notice]) -> None:
        first = next(iter(choice.targets.values()))

        def text() -> str:
            return " ".join([translate("Exported to “{folder}”.").format(folder=first.parent), *map(sentence, news)])

        self._message.show_message(text, "done", action="Show in folder", then=partial(show_in_folder, first))

    # What the parts above share

    def _run(self, job: Job, shown: bool = True) -> BackgroundJob:
        """Starts a job; the page shows itself busy until it has finished, unless it is over in no time."""
        running = BackgroundJob(job, self)
        self._job = running
        running.finished.connect(self._on_job_finished)
        if shown:
            self._show_state()
        QTimer.singleShot(0, lambda: self._closed or running.start())  # after the caller has connected its signals
        return running

    def _on_job_finished(self) -> None:
        if self._job:
            self._job.deleteLater()
        self._job = None
        self.playback.growing = False
        self._show_state()

    def _show_state(self) -> None:
        separated = bool(self._session and self._session.frames and not self._job)
        self._page.show_care(self._care)
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
        """Ends the job, which owns files, and waits until everything is free. Nothing can be begun any more."""
        self._closed = True
        if self._job:
            self._job.blockSignals(True)
            self._job.cancel()
            self._job.wait()
        while self._opened_again:
            self._opened_again.pop()[1].close()
        self._discard_session()
        for thread in self._cleaning:
            thread.join()


def _free(players: list[Player], session: Session) -> None:
    for player in players:
        player.close(_CLOSING_S)
    session.close()
