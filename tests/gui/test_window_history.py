"""The history in the window: what is listed, what can be opened again, what is said when it cannot."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core import history, settings
from core.export import ExportChoice
from core.output import Output
from core.settings import Settings
from gui.history_model import Column
from gui.main_window import MainWindow
from tests.gui.whole_window import (
    PATIENCE_MS,
    album,
    all_stems,
    export,
    queued,
    separate,
    sound,
    states,
    stems_of,
    wait_for,
    wait_for_job,
)
from tests.support import songs

pytestmark = pytest.mark.usefixtures("speaker")

NewWindow = Callable[[], MainWindow]


@pytest.fixture(autouse=True)
def _on_the_cpu(tmp_path: Path) -> None:
    settings.save(Settings(device="cpu", queue_folder=str(tmp_path / "queue")))


def show_history(window: MainWindow, qtbot: QtBot) -> None:
    """With its only song chosen."""
    window.show_page("song")
    with qtbot.waitSignal(window.history_page.refreshed, timeout=PATIENCE_MS):
        window.show_page("history")
    window.history_page.table.selectRow(0)


def listed(window: MainWindow, column: Column = Column.SONG) -> list[str]:
    model = window.history_page.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def wait_until_known(count: int, qtbot: QtBot) -> None:
    """That the song is in the history is written in the background."""
    wait_for(lambda: len(history.load()) == count, qtbot)


def separate_and_export(window: MainWindow, song: Path, folder: Path, qtbot: QtBot, output: Output | None = None) -> None:
    """All stems of the whole song."""
    separate(window, song, qtbot)
    wait_for(lambda: window.work._entry is not None, qtbot)
    folder.mkdir(exist_ok=True)
    export(window, all_stems(window, folder, output), qtbot)


def open_with_return(window: MainWindow, qtbot: QtBot) -> None:
    show_history(window, qtbot)
    window.history_page.table.setFocus()
    qtbot.keyClick(window.history_page.table, Qt.Key.Key_Return)
    wait_for(lambda: window.work.running_job is not None, qtbot)
    wait_for_job(window, qtbot)


def test_a_separated_song_is_listed_and_cannot_be_opened_before_it_is_exported(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    separate(window, song, qtbot)
    wait_until_known(1, qtbot)
    show_history(window, qtbot)
    assert listed(window) == [song.stem]
    assert listed(window, Column.STATE) == ["Not exported"]
    assert not window.history_page.open_button.isEnabled()
    assert window.history_page.separate_button.isEnabled()


@pytest.mark.parametrize(
    ("output", "off_by"), [(Output(depth=32), 0.0), (Output(depth=24), 2.0**-22), (Output(codec="flac"), 2.0**-14)]
)
@pytest.mark.parametrize("restarted", [False, True])
def test_after_the_export_of_all_stems_the_song_opens_with_what_is_in_the_files(
    restarted: bool, output: Output, off_by: float, new_window: NewWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    song, other = album(tmp_path, 2)
    window = new_window()
    separate_and_export(window, song, tmp_path / "out", qtbot, output)
    assert window.work.session is not None
    before = stems_of(window.work.session)
    if restarted:
        window.close()
        window = new_window()
    else:
        separate(window, other, qtbot)
        wait_until_known(2, qtbot)
        history.remove([history.load()[0].id])
    open_with_return(window, qtbot)
    assert window.pages.currentWidget() is window.song_page
    assert window.song_page.progress_text == "Opened from the stems that were exported"
    assert window.message.text == ""
    session = window.work.session
    assert session is not None
    assert session.song == song
    for stem, samples in stems_of(session).items():
        assert np.abs(samples - before[stem]).max() <= off_by
        in_file = sound(tmp_path / "out" / f"{stem}{output.format.extension}")
        np.testing.assert_array_equal(samples, in_file)
    assert window.windowTitle() == f"{song.stem} – Antara"
    assert window.song_page.export_button.isEnabled()


def test_a_loud_song_that_was_exported_quieter_opens_as_loud_as_it_was(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    loud = songs.write(tmp_path / "loud.wav", np.clip(4 * songs.music(2), -1, 1))
    separate_and_export(window, loud, tmp_path / "out", qtbot, Output(depth=24))
    assert "quieter" in window.message.text
    assert window.work.session is not None
    before = stems_of(window.work.session)
    open_with_return(window, qtbot)
    for stem, samples in stems_of(window.work.session).items():
        np.testing.assert_allclose(samples, before[stem], atol=2.0**-21)


def a_mix(choice: ExportChoice) -> ExportChoice:
    gains = dict.fromkeys(choice.targets, 1.0)
    return replace(choice, what="mix", targets={"mix": choice.folder / "mix.wav"}, gains=gains)


def a_region(choice: ExportChoice) -> ExportChoice:
    return replace(choice, region_s=(0.2, 1.0))


def one_stem(choice: ExportChoice) -> ExportChoice:
    return replace(choice, targets={"vocals": choice.folder / "vocals.wav"})


def a_stem_file(choice: ExportChoice) -> ExportChoice:
    return replace(choice, what="ni_stems", targets={"ni_stems": choice.folder / "song.stem.mp4"})


@pytest.mark.parametrize("part", [a_mix, a_region, one_stem, a_stem_file])
def test_the_export_of_a_part_does_not_make_it_possible_to_open_the_song(
    part: Callable[[ExportChoice], ExportChoice], window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    separate(window, song, qtbot)
    wait_for(lambda: window.work._entry is not None, qtbot)
    (tmp_path / "out").mkdir()
    export(window, part(all_stems(window, tmp_path / "out")), qtbot)
    assert "Exported to" in window.message.text
    show_history(window, qtbot)
    assert listed(window, Column.STATE) == ["Not exported"]
    assert history.load()[0].files == {}


def test_an_export_of_a_part_leaves_the_stems_that_were_exported_before_to_be_opened(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    separate_and_export(window, song, tmp_path / "out", qtbot)
    (tmp_path / "part").mkdir()
    export(window, one_stem(all_stems(window, tmp_path / "part")), qtbot)
    show_history(window, qtbot)
    assert listed(window, Column.STATE) == ["Can be opened"]


def test_a_song_that_was_opened_again_can_be_exported_elsewhere_and_opens_from_there(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    separate_and_export(window, song, tmp_path / "out", qtbot)
    open_with_return(window, qtbot)
    (tmp_path / "moved").mkdir()
    export(window, all_stems(window, tmp_path / "moved"), qtbot)
    for stem in ("vocals", "accompaniment"):
        (tmp_path / "out" / f"{stem}.wav").unlink()
    open_with_return(window, qtbot)
    assert window.message.text == ""
    assert window.work.session is not None
    assert window.work.session.frames == len(sound(song))


def test_a_song_that_is_gone_still_opens_from_its_stems_and_cannot_be_separated_again(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    separate_and_export(window, song, tmp_path / "out", qtbot)
    song.unlink()
    show_history(window, qtbot)
    assert not window.history_page.separate_button.isEnabled()
    open_with_return(window, qtbot)
    assert window.message.text == ""
    assert window.windowTitle() == f"{song.stem} – Antara"
    window.song_page.separate_button.click()
    wait_for_job(window, qtbot)
    assert window.message.text == f"“{song.name}” is not there; check the name."


@pytest.mark.parametrize(
    ("change", "words"), [("changed", "was changed after it"), ("missing", "is not where it was exported")]
)
def test_a_stem_that_was_changed_since_the_list_was_read_is_said_in_one_sentence(
    change: str, words: str, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    separate_and_export(window, song, tmp_path / "out", qtbot)
    kept = window.work.session
    show_history(window, qtbot)
    stem = tmp_path / "out" / "vocals.wav"
    if change == "changed":
        stem.write_bytes(stem.read_bytes() + b"more")
    else:
        stem.unlink()
    window.history_page.table.setFocus()
    qtbot.keyClick(window.history_page.table, Qt.Key.Key_Return)
    wait_for(lambda: window.message.is_error, qtbot)
    wait_for_job(window, qtbot)
    assert words in window.message.text
    assert "“vocals.wav”" in window.message.text
    assert window.message.text.count(".") == 2  # that of the name, and the end
    assert window.pages.currentWidget() is window.history_page
    assert window.work.session is kept
    show_history(window, qtbot)
    assert listed(window, Column.STATE) == [f"Stems {'changed' if change == 'changed' else 'not found'}"]
    assert not window.history_page.open_button.isEnabled()


@pytest.mark.usefixtures("two_models")
def test_separating_again_takes_the_model_of_then(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    first, second = album(tmp_path, 2)
    window.song_page.models.choose("second")
    separate(window, first, qtbot)
    wait_until_known(1, qtbot)
    window.song_page.models.choose("builtin")
    separate(window, second, qtbot)
    wait_until_known(2, qtbot)
    show_history(window, qtbot)
    window.history_page.table.selectRow(listed(window).index(first.stem))
    window.history_page.separate_button.click()
    wait_for(lambda: window.pages.currentWidget() is window.song_page, qtbot)
    wait_for_job(window, qtbot)
    assert window.song_page.model.name == "second"
    assert window._settings.model == "builtin"
    assert [lane.stem for lane in window.song_page.lanes.lanes] == ["vocals", "other"]
    window.song_page.separate_button.click()
    wait_for_job(window, qtbot)
    assert window.work.session is not None
    assert window.work.session.stems == ("vocals", "other")
    wait_for(lambda: [Path(entry.song) for entry in history.load()] == [first, second], qtbot)


@pytest.mark.usefixtures("two_models")
def test_separating_again_at_a_busy_time_goes_into_the_queue_for_that_model_and_changes_no_choice(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    first, second = album(tmp_path, 2)
    window.song_page.models.choose("second")
    separate(window, first, qtbot)
    wait_until_known(1, qtbot)
    window.song_page.models.choose("builtin")
    show_history(window, qtbot)
    window.work.open_song(second)
    wait_for_job(window, qtbot)
    window.song_page.separate_button.click()
    window.show_page("history")
    window.history_page.separate_button.click()
    wait_for(lambda: queued(window) == [first], qtbot)
    wait_for_job(window, qtbot)
    assert window.song_page.model.name == "builtin"
    assert window._settings.model == "builtin"
    window.queue_page.start_button.click()
    wait_for(lambda: states(window) == ["done"], qtbot)
    assert set(window.queue_page.model.items[0].files) == {"vocals", "other"}
