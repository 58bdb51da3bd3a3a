"""The queue in the window from end to end, with the built-in model on short songs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core import settings
from core.errors import QueueUnsavedError
from core.output import Output
from core.settings import Settings
from gui.main_window import MainWindow
from tests.gui.whole_window import (
    RATE,
    album,
    files_below,
    fill_queue,
    open_song,
    run_queue,
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
def out(tmp_path: Path) -> Path:
    """Where the queue writes."""
    settings.save(Settings(device="cpu", queue_folder=str(tmp_path / "out"), output=Output(depth=32)))
    return tmp_path / "out"


def open_with_return(window: MainWindow, row: int, qtbot: QtBot) -> None:
    """The song in that row of the queue."""
    window.show_page("queue")
    table = window.queue_page.table
    table.selectRow(row)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    wait_for(lambda: window.pages.currentWidget() is window.song_page, qtbot)
    wait_for_job(window, qtbot)


def test_all_songs_are_separated_a_failing_one_stops_nothing_and_the_files_add_up_to_the_songs(
    window: MainWindow, tmp_path: Path, out: Path, qtbot: QtBot
) -> None:
    good = album(tmp_path / "in", 3)
    bad = tmp_path / "in" / "bad.mp3"
    bad.write_bytes(b"no song at all")
    fill_queue(window, [good[0], bad, *good[1:]], qtbot)
    run_queue(window, qtbot)
    assert states(window) == ["done", "failed", "done", "done"]
    assert files_below(out) == {f"{song.stem}/{stem}.wav" for song in good for stem in ("vocals", "accompaniment")}
    for song in good:
        vocals, rest = (sound(out / song.stem / f"{stem}.wav") for stem in ("vocals", "accompaniment"))
        assert np.abs(vocals + rest - sound(song)).max() < 1e-6
        assert np.abs(vocals).max() > 0.01
    window.show_page("queue")
    assert window.queue_page.count.text() == "3 of 4 done, 1 failed"
    window.queue_page.table.selectRow(1)
    assert window.queue_page.detail.text() == "“bad.mp3” is not a song that can be read, or it is damaged; try another file."


def test_the_footer_counts_what_is_not_done_yet(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    said: list[str] = []
    fill_queue(window, album(tmp_path, 3), qtbot)
    window.runner.item_changed.connect(
        lambda item: (
            wait_for(lambda: not window.queue_page._later.isActive(), qtbot)
            or said.append(window.footer.pages["queue"].text())
        )
    )
    assert window.footer.pages["queue"].text() == "Queue (3)"
    run_queue(window, qtbot)
    wait_for(lambda: window.footer.pages["queue"].text() == "Queue", qtbot)
    assert list(dict.fromkeys(said)) == ["Queue (3)", "Queue (2)", "Queue (1)", "Queue"]


@pytest.mark.parametrize("page", ["song", "history", "queue"])
def test_the_end_of_the_queue_is_news_on_the_other_pages_and_leads_to_it(
    page: str, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    fill_queue(window, album(tmp_path, 2), qtbot)
    window.show_page(page)
    run_queue(window, qtbot)
    if page == "queue":
        assert window.message.text == ""
        return
    assert window.message.text == "The queue is done."
    assert window.message.action.text() == "Show the queue"
    assert not window.message.is_error
    window.message.action.click()
    assert window.pages.currentWidget() is window.queue_page


def test_return_opens_a_song_that_is_done_with_the_samples_of_its_files(
    window: MainWindow, tmp_path: Path, out: Path, qtbot: QtBot
) -> None:
    first, second = album(tmp_path, 2)
    fill_queue(window, [first, second], qtbot)
    run_queue(window, qtbot)
    open_with_return(window, 1, qtbot)
    work = window.work
    assert work.session is not None
    assert work.session.song == second
    assert window.windowTitle() == f"{second.stem} – Antara"
    for stem, samples in stems_of(work.session).items():
        np.testing.assert_array_equal(samples, sound(out / second.stem / f"{stem}.wav"))
    assert window.song_page.model.name == "builtin"
    assert [lane.stem for lane in window.song_page.lanes.lanes] == ["vocals", "accompaniment"]
    wait_for(lambda: work.player is not None and work.player.ready and window.song_page.transport.isEnabled(), qtbot)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert work.player is not None
    assert work.player.playing
    assert work.player._session is work.session
    assert window.song_page.export_button.isEnabled()


def test_loud_songs_are_written_quieter_and_opened_as_loud_as_they_were(
    window: MainWindow, tmp_path: Path, out: Path, qtbot: QtBot
) -> None:
    settings.change(output=Output(depth=24))
    window._change_settings(settings.load())
    loud = songs.write(tmp_path / "loud.wav", np.clip(4 * songs.music(2), -1, 1))
    fill_queue(window, [loud], qtbot)
    run_queue(window, qtbot)
    written = {stem: sound(out / "loud" / f"{stem}.wav") for stem in ("vocals", "accompaniment")}
    assert max(np.abs(samples).max() for samples in written.values()) <= 1
    open_with_return(window, 0, qtbot)
    assert window.work.session is not None
    stems = stems_of(window.work.session)
    assert max(np.abs(samples).max() for samples in stems.values()) > 1
    assert np.abs(sum(stems.values()) - sound(loud)).max() < 1e-5


@pytest.mark.usefixtures("two_models")
def test_each_song_is_separated_by_its_own_model_and_opened_with_its_lanes(
    window: MainWindow, tmp_path: Path, out: Path, qtbot: QtBot
) -> None:
    first, second, third = album(tmp_path, 3)
    fill_queue(window, [first, second, third], qtbot)
    window.show_page("queue")
    window.queue_page.table.selectRow(1)
    window.queue_page.set_model("second")
    run_queue(window, qtbot)
    assert {path.name for path in (out / first.stem).iterdir()} == {"vocals.wav", "accompaniment.wav"}
    assert {path.name for path in (out / second.stem).iterdir()} == {"vocals.wav", "other.wav"}
    for row, model, stems in ((1, "second", ["vocals", "other"]), (2, "builtin", ["vocals", "accompaniment"])):
        open_with_return(window, row, qtbot)
        assert window.song_page.model.name == model
        assert window._settings.model is None  # the choice for songs to come
        assert [lane.stem for lane in window.song_page.lanes.lanes] == stems
        assert window.work.session is not None
        assert list(window.work.session.stems) == stems


@pytest.mark.usefixtures("two_models")
def test_the_model_of_the_box_is_that_of_songs_whose_turn_comes_later(
    window: MainWindow, tmp_path: Path, out: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    fill_queue(window, [song], qtbot)
    window.song_page.models.choose("second")
    run_queue(window, qtbot)
    assert {path.name for path in (out / song.stem).iterdir()} == {"vocals.wav", "other.wav"}


def test_a_song_cannot_be_opened_while_the_windows_own_one_is_separated_and_it_is_said(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    own, other = album(tmp_path, 2)
    fill_queue(window, [other], qtbot)
    run_queue(window, qtbot)
    open_song(window, own, qtbot)
    window.song_page.separate_button.click()
    window.show_page("queue")
    window.queue_page.table.selectRow(0)
    window.queue_page.open_item()
    wait_for(lambda: window.message.text != "" or window.work.running_job is None, qtbot)
    assert window.message.text == "Another song is being worked on; open this one when that is done."
    wait_for_job(window, qtbot)
    assert window.work.session is not None
    assert window.work.session.song == own
    assert window.work.session.frames == round(1.5 * RATE)


def test_a_done_song_that_the_history_has_forgotten_says_so(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    from core import history

    fill_queue(window, album(tmp_path, 1), qtbot)
    run_queue(window, qtbot)
    history.clear()
    window.show_page("queue")
    window.queue_page.table.selectRow(0)
    window.queue_page.open_item()
    wait_for(lambda: "The history does not have this song any more" in window.message.text, qtbot)
    assert window.pages.currentWidget() is window.queue_page


def test_the_queue_of_the_last_start_goes_on_in_the_next_one(
    new_window: NewWindow, tmp_path: Path, out: Path, qtbot: QtBot
) -> None:
    album_ = album(tmp_path, 3)
    first = new_window()
    fill_queue(first, album_, qtbot)
    first.runner.done.connect(lambda item, files: first.runner.pause())
    first.queue_page.start_button.click()
    wait_for(lambda: first.runner.state == "idle", qtbot)
    first.close()
    written = {name: (out / name).read_bytes() for name in files_below(out)}
    second = new_window()
    assert states(second) == ["done", "waiting", "waiting"]
    assert second.footer.pages["queue"].text() == "Queue (2)"
    open_with_return(second, 0, qtbot)
    run_queue(second, qtbot)
    assert states(second) == ["done", "done", "done"]
    assert {name: (out / name).read_bytes() for name in written} == written
    assert len(files_below(out)) == 6


def test_a_song_of_the_song_page_and_one_of_the_queue_give_the_same_stems(
    window: MainWindow, tmp_path: Path, out: Path, qtbot: QtBot
) -> None:
    (song,) = album(tmp_path, 1)
    stems = stems_of(separate(window, song, qtbot))
    fill_queue(window, [song], qtbot)
    run_queue(window, qtbot)
    for stem, samples in stems.items():
        np.testing.assert_array_equal(sound(out / song.stem / f"{stem}.wav"), samples)


def test_that_the_queue_cannot_be_saved_is_said_until_it_can(window: MainWindow, qtbot: QtBot) -> None:
    window._queue_told.emit(QueueUnsavedError(reason="no space"))
    qtbot.waitUntil(lambda: "no space" in window.message.text)
    window._queue_told.emit(None)
    qtbot.waitUntil(lambda: window.message.text == "")
    window.message.show_message("other news")
    window._queue_told.emit(None)
    qtbot.wait(1)
    assert window.message.text == "other news"


def test_of_two_windows_the_second_says_that_its_queue_is_not_kept_also_when_songs_are_added(
    new_window: NewWindow, song: Path, qtbot: QtBot
) -> None:
    new_window()
    second = new_window()
    qtbot.waitUntil(lambda: second.message.text.startswith("Another window keeps the queue"))
    open_song(second, song, qtbot)
    assert second.message.text == ""
    second.take([song, song])
    assert second.message.text.startswith("Another window keeps the queue")
    wait_for(lambda: second.queue_page.intake.idle, qtbot)
