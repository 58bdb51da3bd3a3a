"""How careful Demucs' models are, and which stems they make: chosen, remembered, shown, and kept with songs of the queue."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core import settings
from core.cancel import CancelToken
from core.messages import stem_name
from core.models import bags, catalogue, store
from core.models.catalogue import Model
from core.queue_items import Item
from core.separation.care import Care
from gui.care_dialog import CareDialog, care_text
from gui.main_window import MainWindow
from tests.gui.whole_window import fill_queue, open_song, run_queue, separate, stems_of, wait_for
from tests.support import bags as repositories
from tests.support import songs

needs_demucs = pytest.mark.skipif(not bags.can_run(), reason="Demucs is not installed (requirements-demucs.txt)")

FOUR = next(model for model in catalogue.models().values() if model.bag and len(model.stems) == 4)
SIX = next(model for model in catalogue.models().values() if model.bag and len(model.stems) == 6)


@pytest.fixture
def new_dialog(window: MainWindow, qtbot: QtBot) -> Callable[..., CareDialog]:
    def opened(model: Model, care: Care, follows: bool = False) -> CareDialog:
        dialog = CareDialog(model, care, window, follows)
        dialog.open()
        return dialog

    return opened


@pytest.fixture
def six(tmp_path: Path) -> str:
    """A small network of six stems, installed."""
    repository = repositories.make_repository(tmp_path / "repository")
    store.add(repository / "six.th", CancelToken(), lambda transfer: None, "six")
    return "six"


@pytest.fixture
def short(tmp_path: Path) -> Path:
    return songs.write(tmp_path / "गीत.wav", 0.5 * songs.music(0.8, 5))


NewDialog = Callable[..., CareDialog]


@pytest.mark.parametrize("care", [Care(), Care(5, 0.75, "drums"), Care(0, 0.33), Care(7, 0.0, "vocals")])
def test_what_is_shown_is_taken_as_it_was(care: Care, new_dialog: NewDialog) -> None:
    dialog = new_dialog(FOUR, care)
    dialog.buttons.ok.click()
    assert dialog.care == care


def test_a_stem_of_another_model_is_not_shown_and_not_forgotten(new_dialog: NewDialog) -> None:
    dialog = new_dialog(FOUR, Care(two_stems="guitar"))
    assert dialog.stems.currentText() == "All stems"
    dialog.shifts.choose(2)
    dialog.buttons.ok.click()
    assert dialog.care == Care(2, two_stems="guitar")


def test_the_dialog_says_how_long_it_takes_and_leads_back_to_what_is_usual(new_dialog: NewDialog) -> None:
    dialog = new_dialog(SIX, Care())
    assert dialog.work.text() == "Takes as long as usual."
    dialog.stems.choose("piano")
    dialog.shifts.choose(5)
    dialog.overlap.choose(0.5)
    assert dialog.stems.currentText() == "Piano and the rest"
    assert dialog.work.text() == "Takes about 7.5 × as long as usual."
    dialog.buttons.other.click()
    assert dialog.work.text() == "Takes as long as usual."
    dialog.buttons.ok.click()
    assert dialog.care == Care()


def test_cancelled_it_changes_nothing_and_the_queues_can_follow_the_settings(new_dialog: NewDialog) -> None:
    dialog = new_dialog(SIX, Care(3), follows=True)
    dialog.shifts.choose(1)
    dialog.buttons.cancel.click()
    assert dialog.care == Care(3)
    dialog = new_dialog(SIX, Care(3), follows=True)
    dialog.buttons.other.click()
    assert dialog.care is None


def test_care_is_said_in_one_line() -> None:
    assert care_text(Care()) == "All stems · 1 pass · 25 % overlap"
    assert care_text(Care(2, 0.5, "vocals")) == "Vocals and the rest · 2 passes · 50 % overlap"


def test_care_means_nothing_to_other_models() -> None:
    care = Care(5, 0.5, "guitar")
    assert care.fitting(catalogue.find("builtin")) == Care()
    assert care.fitting(FOUR) == Care(5, 0.5)
    assert care.fitting(SIX) == care
    assert care.stems_of(SIX) == ("guitar", "no_guitar")
    assert all(stem_name(stem) for stem in care.stems_of(SIX))


@needs_demucs
def test_the_choice_is_there_for_demucs_alone_and_is_used_and_remembered(
    six: str, window: MainWindow, new_window: Callable[[], MainWindow], short: Path, qtbot: QtBot
) -> None:
    page = window.song_page
    open_song(window, short, qtbot)
    assert not page.care_button.isVisible()
    page.models.refresh()
    page.models.choose(six)
    assert page.care_button.isVisible()
    assert len(page.lanes.lanes) == 6
    page.care_button.click()
    dialog = window.findChild(CareDialog)
    dialog.stems.choose("guitar")
    dialog.overlap.choose(0.1)
    dialog.buttons.ok.click()
    assert [lane.stem for lane in page.lanes.lanes] == ["guitar", "no_guitar"]
    assert page.care_button.toolTip() == "Guitar and the rest · 1 pass · 10 % overlap"
    stems = stems_of(separate(window, short, qtbot))
    assert tuple(stems) == ("guitar", "no_guitar")
    wait_for(lambda: settings.load().care == Care(1, 0.1, "guitar"), qtbot)
    window.close()
    again = new_window()
    open_song(again, short, qtbot)
    assert [lane.stem for lane in again.song_page.lanes.lanes] == ["guitar", "no_guitar"]
    again.song_page.models.choose("builtin")
    assert not again.song_page.care_button.isVisible()
    assert [lane.stem for lane in again.song_page.lanes.lanes] == ["vocals", "accompaniment"]


@needs_demucs
def test_songs_of_the_queue_keep_a_care_of_their_own_over_a_restart(
    six: str, new_window: Callable[[], MainWindow], short: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    settings.change(model=six, queue_folder=str(tmp_path / "out"), care=Care(two_stems="drums"))
    window = new_window()
    page = window.queue_page
    other = songs.write(tmp_path / "x.wav", 0.5 * songs.music(0.6, 6))
    fill_queue(window, [short, other], qtbot)
    second = page.model.items[1].id
    page.table.select([second])
    assert [item.id for item in page.careful] == [second]
    page.choose_care()
    dialog = page.findChild(CareDialog)
    assert dialog.stems.value == "drums"
    dialog.stems.choose("piano")
    dialog.buttons.ok.click()
    wait_for(lambda: page.model.items[1].care == Care(two_stems="piano"), qtbot)
    told = "Quality of its own: Piano and the rest"
    wait_for(lambda: page.detail.text().replace("\u200b", "").startswith(told), qtbot)
    page.set_model("builtin")  # which has no such knobs
    wait_for(lambda: not page.detail.text(), qtbot)
    page.set_model(None)
    wait_for(lambda: page.detail.text().replace("\u200b", "").startswith(told), qtbot)
    window.close()

    again = new_window()
    assert [item.care for item in again.queue_page.model.items] == [None, Care(two_stems="piano")]
    run_queue(again, qtbot)
    items: list[Item] = again.queue_page.model.items
    assert [item.state for item in items] == ["done", "done"]
    assert [tuple(item.files) for item in items] == [("drums", "no_drums"), ("piano", "no_piano")]
