"""Pictures of every state of the window: python3 dev.py screenshots [FOLDER] [--readme]

Light and dark, in English and in Hindi, drawn on a virtual display with a virtual sound device; the demo song is separated
for them. ``--readme`` makes the README's picture anew, too. Another scale: QT_SCALE_FACTOR=2.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

import tests.real.conftest as devices
from core import history, paths, settings
from core.audio.reader import probe, read_blocks
from core.cancel import CancelToken
from core.export import ExportChoice
from core.models import store
from core.separation.care import Care
from core.separation.separator import StemBlock
from core.session import Session
from gui import fonts, i18n, theme
from gui.about_dialog import AboutDialog
from gui.care_dialog import CareDialog
from gui.export_dialog import ExportDialog
from gui.help_sheet import HelpSheet
from gui.main_window import MainWindow
from gui.ruler import Region
from gui.settings_dialog import SettingsDialog
from gui.support_dialog import SupportDialog
from tests.support import bags

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "resources" / "demo" / "antara-demo.ogg"
RATE = 44100
_LANGUAGES: tuple[Literal["en", "hi"], ...] = ("en", "hi")
_THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_SMALLEST, _USUAL, _LARGE = QSize(900, 560), QSize(1040, 640), QSize(2560, 1440)
_PATIENCE_MS = 120_000


class Album:
    """Takes the pictures."""

    def __init__(self, application: QApplication, folder: Path, home: Path) -> None:
        self.application, self.folder, self.home = application, folder, home
        self.window = MainWindow()
        self.window.resize(_USUAL)
        self.window.show()

    def take(self, name: str, subject: QWidget | None = None, size: QSize | None = None) -> None:
        """The window, or a dialog, in both languages and both themes."""
        self.window.resize(size or _USUAL)
        for language in _LANGUAGES:
            i18n.install(self.application, language)
            for scheme in _THEMES:
                theme.apply(self.application, theme.SCHEMES[scheme])
                self.window.refresh_colours()
                self.rest(150)
                (subject or self.window).grab().save(str(self.folder / f"{name}-{language}-{scheme}.png"))
        i18n.install(self.application, "en")
        theme.apply(self.application, theme.SCHEMES["light"])
        self.window.refresh_colours()

    def wait(self, until: Callable[[], object]) -> None:
        """Runs the event loop until the condition holds."""
        end = QDeadlineTimer(_PATIENCE_MS)
        while not until():
            if end.hasExpired():
                raise TimeoutError("a state was not reached")
            self.rest(20)

    def rest(self, milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    # The states, in an order in which each begins where the last one ended

    def take_all(self) -> None:
        self.take("empty")
        self.take("empty-smallest", size=_SMALLEST)
        self._song()
        self._dialogs()
        self._queue()
        self._history()
        self._five_stems()
        self._demucs()
        self._trouble()

    def _song(self) -> None:
        window, work, page = self.window, self.window.work, self.window.song_page
        window.take([self._long_song()])
        self.wait(lambda: work.song and not work.running_job)
        self.take("ready")
        work.separate()
        self.wait(lambda: page.transport.isEnabled())
        self.take("busy")
        work.cancel()
        self.wait(lambda: not work.running_job)
        window.take([DEMO])
        self.wait(lambda: work.song and work.song.path == DEMO and not work.running_job)
        work.separate()
        self.wait(lambda: work.session and not work.running_job and page.transport.isEnabled())
        self.take("done")
        page.transport.ruler.set_region(Region(5000, 11_000))
        page.transport.ruler.region_changed.emit()
        page.lanes.lanes[0].volume.setValue(-60)
        page.transport.play.click()
        self.rest(1500)
        for name, size in (("playing", _USUAL), ("playing-smallest", _SMALLEST), ("playing-large", _LARGE)):
            self.take(name, size=size)
        page.transport.stop.click()
        page.transport.clear.click()
        page.lanes.lanes[0].volume.setValue(0)

    def _dialogs(self) -> None:
        window = self.window
        choice = ExportChoice("stems", {stem: self.home / f"{stem}.wav" for stem in window.song_page.model.stems}, self.home)
        window.work.export(choice)
        self.wait(lambda: not window.work.running_job)
        self.take("exported")
        window.message.hide()
        window.work.choose_export()
        self._dialog("export", ExportDialog)
        window.choose_settings()
        dialog = window.findChild(SettingsDialog)
        self.rest(1500)  # the devices are looked for
        for page, name in zip(dialog.pages, ("separation", "files", "appearance", "network"), strict=True):
            dialog.show_page(page)
            self.take(f"settings-{name}", dialog)
        dialog.reject()
        window.models.show()
        assert window.models.dialog
        self.take("models", window.models.dialog)
        window.models.dialog.reject()
        window.show_keys()
        self._dialog("keys", HelpSheet)
        AboutDialog(window).open()
        self.rest(1500)
        self._dialog("about", AboutDialog)
        SupportDialog(window).open()
        support = window.findChild(SupportDialog)
        self.wait(lambda: support.parts)
        self._dialog("support", SupportDialog)

    def _dialog(self, name: str, kind: type[QWidget]) -> None:
        dialog = self.window.findChild(kind)
        self.rest(400)
        self.take(name, dialog)
        dialog.close()
        self.rest(50)

    def _queue(self) -> None:
        window = self.window
        window.show_page("queue")
        self.take("queue-empty")
        songs = [self._copy(name) for name in ("तुम ही हो", "Kesariya", "लग जा गले", "Tum Se Hi", "Zaalima")]
        broken = self.home / "songs" / "not a song.mp3"
        broken.write_bytes(b"nothing that could be decoded" * 50)
        window.take([*songs[:2], broken])
        self.wait(lambda: len(window.queue_page.model.items) == 3)
        window.runner.start()
        self.wait(lambda: window.runner.state == "idle")
        window.take([self._long_song(), *songs[2:]])
        self.wait(lambda: len(window.queue_page.model.items) == 7 and window.queue_page.intake.idle)
        window.runner.start()
        self.wait(lambda: window.runner.current)
        self.rest(1500)
        for name, size in (("queue", _USUAL), ("queue-smallest", _SMALLEST)):
            self.take(name, size=size)
        window.queue_page.cancel_all()
        self.wait(lambda: window.runner.state == "idle")

    def _history(self) -> None:
        self.window.show_page("history")
        self.wait(lambda: self.window.history_page.model.rowCount())
        self.rest(300)
        self.take("history")

    def _five_stems(self) -> None:
        """The demo song in five parts by their pitches, in the place of a model of five stems."""
        stems = ("vocals", "piano", "drums", "bass", "other")
        whole = np.concatenate(list(read_blocks(DEMO, RATE)))
        session = Session(DEMO, stems, RATE)
        bins = np.array_split(np.arange(len(whole) // 2 + 1) ** 0.5, 1)[0]
        spectrum = np.fft.rfft(whole, axis=0)
        limits = np.linspace(bins[0], bins[-1] / 3, len(stems))
        parts = [*limits, bins[-1] + 1]
        blocks = {
            stem: np.fft.irfft(
                np.where(((bins >= low) & (bins < high))[:, np.newaxis], spectrum, 0), len(whole), axis=0
            ).astype(np.float32)
            for stem, low, high in zip(stems, parts, parts[1:], strict=False)
        }
        session.append(StemBlock(0, blocks))
        entry = history.Entry(
            id="five", song=str(DEMO), stamp=history.Stamp(), frames=len(whole), rate=RATE, model="5stems", stems=stems,
            separated=0,
        )  # fmt: skip
        self.window.work._opened_again.append((probe(DEMO), session))
        self.window.work._show_entry(entry)
        self.rest(500)
        for name, size in (("five-stems", _USUAL), ("five-stems-smallest", _SMALLEST), ("five-stems-large", _LARGE)):
            self.take(name, size=size)

    def _demucs(self) -> None:
        """A small network of six stems: what of the window is only for Demucs' models."""
        window, box = self.window, self.window.song_page.models
        repository = bags.make_repository(self.home / "repository")
        store.add(repository / "six.th", CancelToken(), lambda transfer: None, "six-stems")
        box.refresh()
        box.choose("six-stems")
        window.take([DEMO])
        self.wait(lambda: not window.work.running_job and not window.work.session)
        for name, size in (("demucs", _USUAL), ("demucs-smallest", _SMALLEST), ("demucs-large", _LARGE)):
            self.take(name, size=size)
        window.choose_care()
        self.rest(300)
        self.take("quality", window.findChild(CareDialog))
        window.findChild(CareDialog).reject()
        self.rest(50)
        window._remember(care=Care(2, 0.5, "guitar"))
        window.choose_care()
        self.rest(300)
        self.take("quality-more", window.findChild(CareDialog))
        window.findChild(CareDialog).reject()
        window._remember(care=Care(0, 0.1, "guitar"))
        window.work.separate()
        self.wait(lambda: window.work.session and not window.work.running_job)
        self.take("two-stems")
        page = window.queue_page
        page.add([self._copy("Tum Hi Ho")])
        window.show_page("queue")
        self.wait(lambda: page.intake.idle and page.model.items[-1].state == "waiting")
        page.table.select([page.model.items[-1].id])
        page.choose_care()
        self.rest(300)
        self.take("quality-queue", page.findChild(CareDialog))
        page.findChild(CareDialog).buttons.ok.click()
        self.wait(lambda: page.model.items[-1].care)
        self.take("queue-quality")
        window.runner.remove([page.model.items[-1].id])
        box.choose("builtin")
        window.show_page("song")

    def _trouble(self) -> None:
        window = self.window
        window.take([self.home / "songs" / "not a song.mp3"])
        self.wait(lambda: window.message.is_error)
        self.take("error")
        window.message.hide()
        settings.set_mirror("http://127.0.0.1:9/")
        window.models.show("2stems")
        dialog = window.models.dialog
        assert dialog
        dialog.rows["2stems"].download.click()
        self.rest(1500)
        self.take("offline", dialog)
        window.downloads.close()
        dialog.reject()

    def _copy(self, name: str) -> Path:
        path = self.home / "songs" / f"{name}.ogg"
        path.parent.mkdir(exist_ok=True)
        shutil.copy(DEMO, path)
        return path

    def _long_song(self) -> Path:
        """An hour of the demo song."""
        path = self.home / "A concert.wav"
        if not path.exists():
            demo = np.concatenate(list(read_blocks(DEMO, RATE)))
            with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
                for _ in range(3600 * RATE // len(demo)):
                    file.write(demo)
        return path


def main(arguments: list[str]) -> None:
    """Takes all pictures into the folder."""
    folder = Path(next((argument for argument in arguments if not argument.startswith("-")), "screenshots")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="antara-screenshots-") as home:
        for name in ("CACHE", "CONFIG", "DATA"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        devices._start_display()
        devices._start_sound()
        settings.change(queue_folder=str(Path(home) / "Music" / "Antara"), export_folder=home)
        paths.sessions_folder().mkdir(parents=True, exist_ok=True)
        application = QApplication([])
        application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
        fonts.install()
        album = Album(application, folder, Path(home))
        try:
            album.take_all()
        finally:
            album.window.close()
            application.aboutToQuit.emit()
            for process in devices._started:
                process.terminate()
    if "--readme" in arguments:
        shutil.copy(folder / "playing-en-light.png", ROOT / "docs" / "screenshot.png")
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures are in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
