"""The settings in the window: what is chosen is shown, used, kept and remembered."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core import jobs, paths, settings
from core.engines import EngineOptions
from core.engines.survey import Survey
from core.jobs import Separation
from core.output import Output
from core.settings import Settings
from gui import settings_dialog, theme
from gui.export_dialog import ExportDialog
from gui.main_window import MainWindow
from gui.settings_dialog import SettingsDialog
from tests.gui.whole_window import PATIENCE_MS, album, all_stems, export, fill_queue, run_queue, separate, wait_for
from tests.support.texts import texts

pytestmark = pytest.mark.usefixtures("speaker")

NewWindow = Callable[[], MainWindow]


@pytest.fixture(autouse=True)
def _nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading all runtimes takes a while."""
    monkeypatch.setattr(settings_dialog, "survey", lambda cancel: Survey({}, (), True))


@pytest.fixture(autouse=True)
def _light_again(qapp: QApplication) -> Iterator[None]:
    yield
    theme.apply(qapp, theme.SCHEMES["system"])


def open_settings(window: MainWindow, qtbot: QtBot) -> SettingsDialog:
    window.footer.settings.click()
    return next(dialog for dialog in window.findChildren(SettingsDialog) if dialog.isVisible())


def accept(dialog: SettingsDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.accepted, timeout=PATIENCE_MS):
        dialog.buttons.ok.click()


def change(window: MainWindow, qtbot: QtBot, act: Callable[[SettingsDialog], object]) -> None:
    """Through the dialog."""
    dialog = open_settings(window, qtbot)
    act(dialog)
    accept(dialog, qtbot)


def all_texts(window: MainWindow) -> set[tuple[str, str]]:
    """Of all pages and the footer."""
    found: set[tuple[str, str]] = set()
    for page in ("song", "queue", "history"):
        window.show_page(page)
        QApplication.processEvents()  # Qt tells the widgets of the language
        found |= {(page, said.text) for said in texts(window)}
    return found


def test_the_language_switches_every_page_at_once_and_back(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    songs = album(tmp_path, 2)
    fill_queue(window, songs, qtbot)
    separate(window, songs[0], qtbot)
    with qtbot.waitSignal(window.history_page.refreshed, timeout=PATIENCE_MS):
        window.show_page("history")
    english = all_texts(window)
    dialog = open_settings(window, qtbot)
    dialog.appearance.language.choose("hi")
    hindi = all_texts(window)
    alike = {text for _, text in english & hindi}
    latin = {text for text in alike if any("a" <= letter.lower() <= "z" for letter in text)}
    assert {text for text in latin if len(text.split()) > 2} <= {f"{songs[0].stem} – Antara"}  # names and units are
    assert dialog.buttons.ok.text() == "ठीक है"
    assert window.footer.pages["queue"].text() == "कतार (2)"
    dialog.appearance.language.choose("en")
    assert all_texts(window) == english
    dialog.reject()


def test_a_language_stays_at_ok_also_for_the_next_start_and_goes_at_cancel(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window()
    dialog = open_settings(window, qtbot)
    dialog.appearance.language.choose("hi")
    dialog.reject()
    assert window.footer.pages["history"].text() == "History"
    assert settings.load().language == "system"
    change(window, qtbot, lambda dialog: dialog.appearance.language.choose("hi"))
    assert window.footer.pages["history"].text() == "इतिहास"
    assert settings.load().language == "hi"
    assert new_window().footer.pages["history"].text() == "इतिहास"


def test_a_theme_is_shown_at_once_stays_at_ok_and_goes_at_cancel(
    window: MainWindow, qapp: QApplication, qtbot: QtBot
) -> None:
    def ground() -> str:
        return window.palette().color(QPalette.ColorRole.Window).name()

    theme.apply(qapp, theme.SCHEMES["light"])
    settings.change(theme="light")
    dialog = open_settings(window, qtbot)
    dialog.appearance.theme.choose("dark")
    assert theme.current() == theme.DARK
    wait_for(lambda: ground() == theme.DARK.window, qtbot)
    dialog.reject()
    assert theme.current() == theme.LIGHT
    wait_for(lambda: ground() == theme.LIGHT.window, qtbot)
    change(window, qtbot, lambda dialog: dialog.appearance.theme.choose("dark"))
    assert theme.current() == theme.DARK
    assert settings.load().theme == "dark"


def test_engine_options_reach_the_separations_of_the_window_and_of_the_queue(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[EngineOptions] = []
    separate_song = jobs.separate_song

    def note(what: Separation, *rest: object) -> None:
        seen.append(what.options)
        separate_song(what, *rest)  # type: ignore[arg-type]

    def choose(dialog: SettingsDialog) -> None:
        dialog.separation.engine.choose("onnx")
        dialog.separation.device.choose("cpu")
        dialog.separation.precision.choose("f32")
        dialog.separation.threads.choose(1)
        dialog.output.queue_folder.show_folder(str(tmp_path / "queue"))

    monkeypatch.setattr(jobs, "separate_song", note)
    own, other = album(tmp_path, 2)
    change(window, qtbot, choose)
    separate(window, own, qtbot)
    fill_queue(window, [other], qtbot)
    run_queue(window, qtbot)
    assert seen == 2 * [EngineOptions("onnx", "cpu", "f32", 1)]
    assert window.queue_page.model.items[0].state == "done"


def test_folder_names_and_format_reach_the_export_dialog_and_the_queue(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    def choose(dialog: SettingsDialog) -> None:
        dialog.output.export_folder.show_folder(str(tmp_path / "exports"))
        dialog.output.queue_folder.show_folder(str(tmp_path / "queue"))
        dialog.output.template.line.setText("{song} - {stem}")
        dialog.output.format.codec.choose("flac")

    song, other = album(tmp_path, 2)
    change(window, qtbot, choose)
    assert window.queue_page.format.text() == "FLAC, 16 bit"
    assert window.queue_page.folder.text() == f"Into {tmp_path / 'queue'}"
    separate(window, song, qtbot)
    window.work.choose_export()
    dialog = window.findChild(ExportDialog)
    with qtbot.waitSignal(dialog.accepted, timeout=PATIENCE_MS):
        dialog.export_button.click()
    wait_for(lambda: window.work.running_job is None, qtbot)
    fill_queue(window, [other], qtbot)
    run_queue(window, qtbot)
    for folder, name in (("exports", song.stem), ("queue", other.stem)):
        written = {path.name for path in (tmp_path / folder).iterdir()}
        assert written == {f"{name} - {stem}.flac" for stem in ("vocals", "accompaniment")}


def test_what_was_exported_is_proposed_the_next_time_also_after_a_restart(
    new_window: NewWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    (tmp_path / "chosen").mkdir()
    window = new_window()
    separate(window, song, qtbot)
    export(window, all_stems(window, tmp_path / "chosen", Output(codec="flac", depth=24)), qtbot)
    window.close()
    window = new_window()
    separate(window, song, qtbot)
    window.work.choose_export()
    dialog = window.findChild(ExportDialog)
    assert dialog.choice().folder == tmp_path / "chosen"
    assert dialog.choice().output == Output(codec="flac", depth=24)
    dialog.reject()


@pytest.mark.usefixtures("two_models")
def test_the_last_model_of_several_that_were_tried_is_there_at_the_next_start(new_window: NewWindow) -> None:
    window = new_window()
    for _ in range(5):
        for name in ("second", "builtin", "second"):
            window.song_page.models.choose(name)
    window.close()
    assert settings.load().model == "second"
    assert new_window().song_page.model.name == "second"


@pytest.mark.usefixtures("two_models")
def test_the_model_of_the_settings_is_that_of_the_box_and_the_best_one_is_no_choice_of_one(
    window: MainWindow, qtbot: QtBot
) -> None:
    change(window, qtbot, lambda dialog: dialog.separation.model.choose("second"))
    assert window.song_page.model.name == "second"
    change(window, qtbot, lambda dialog: dialog.separation.model.choose(None))
    assert window.song_page.model.name == "builtin"
    window.close()
    assert settings.load().model is None


def test_volume_and_window_are_as_they_were_at_the_next_start_and_other_settings_do_not_touch_them(
    new_window: NewWindow, qtbot: QtBot
) -> None:
    window = new_window()
    window.song_page.transport.volume.setValue(-17)
    window.resize(900, 583)  # the screen of the tests is no wider
    change(window, qtbot, lambda dialog: dialog.output.tags.setChecked(False))
    assert window.song_page.transport.volume.value() == -17
    window.close()
    window = new_window()
    assert window.song_page.transport.volume.value() == -17
    assert window.size().toTuple() == (900, 583)
    assert not settings.load().output.tags


@pytest.mark.usefixtures("two_models")
def test_settings_that_cannot_be_written_cost_a_line_in_the_log_and_are_tried_again_at_the_end(
    new_window: NewWindow, tmp_path: Path, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    folder = paths.settings_file().parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")
    window = new_window()
    with caplog.at_level(logging.WARNING):
        window.song_page.models.choose("second")
        wait_for(lambda: "the settings cannot be kept" in caplog.text, qtbot)
    assert window.message.text == ""
    assert separate(window, album(tmp_path, 1)[0], qtbot).stems == ("vocals", "other")
    folder.unlink()
    window.close()
    assert settings.load().model == "second"
    assert window.message.text == ""


def test_a_folder_of_data_that_cannot_be_written_is_said_at_the_start(
    new_window: NewWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    paths.queue_file().parent.parent.mkdir(parents=True, exist_ok=True)
    paths.queue_file().parent.write_text("a file where the folder should be")
    window = new_window()
    wait_for(lambda: "The queue goes on, but cannot be saved" in window.message.text, qtbot)
    settings.change(queue_folder=str(tmp_path / "out"))
    window._change_settings(Settings(device="cpu", queue_folder=str(tmp_path / "out")))
    fill_queue(window, album(tmp_path, 1), qtbot)
    run_queue(window, qtbot)
    assert window.queue_page.model.items[0].state == "done"


def test_a_second_window_says_that_the_first_one_keeps_the_queue(new_window: NewWindow, qtbot: QtBot) -> None:
    new_window()
    second = new_window()
    wait_for(lambda: "Another window keeps the queue" in second.message.text, qtbot)
