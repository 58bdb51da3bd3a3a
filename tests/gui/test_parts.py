"""The parts of the window by themselves."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from core.audio.reader import AudioInfo
from core.errors import AntaraError, ModelMissingError
from core.messages import SENTENCES, Notice
from core.progress import Progress, Transfer
from gui import messages, theme
from gui.lane import Lane
from gui.lanes import Lanes
from gui.model_box import ModelBox
from gui.ruler import Ruler
from gui.song_page import SongPage
from gui.transport import Transport
from gui.view import View
from gui.widgets import JumpSlider, MessageBar


def test_a_lanes_gain_follows_its_fader_and_mute(qtbot: QtBot) -> None:
    lane = Lane("vocals", View())
    qtbot.addWidget(lane)
    assert lane.gain == 1.0
    lane.volume.setValue(-60)
    assert lane.gain == pytest.approx(10 ** (-6 / 20))
    with qtbot.waitSignal(lane.changed):
        lane.mute.click()
    assert lane.gain == 0.0
    lane.mute.click()
    lane.volume.setValue(lane.volume.minimum())
    assert lane.gain == 0.0


def test_lanes_are_kept_for_the_same_stems_and_renewed_for_others(qtbot: QtBot) -> None:
    lanes = Lanes()
    qtbot.addWidget(lanes)
    lanes.set_stems(["vocals", "accompaniment"])
    lanes.lanes[0].mute.click()
    lanes.set_stems(["vocals", "accompaniment"])
    assert lanes.gains() == {"vocals": 0.0, "accompaniment": 1.0}
    lanes.set_stems(["vocals", "drums", "bass", "other"])
    assert lanes.gains() == dict.fromkeys(["vocals", "drums", "bass", "other"], 1.0)


def test_a_slider_goes_where_it_is_clicked_and_dragged(qtbot: QtBot) -> None:
    slider = JumpSlider()
    qtbot.addWidget(slider)
    slider.setRange(0, 1000)
    slider.resize(400, 30)
    slider.show()
    with qtbot.waitSignal(slider.jumped) as clicked:
        qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(200, 15))
    assert abs(clicked.args[0] - 500) < 20
    assert slider.value() == clicked.args[0]
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(100, 15))
    qtbot.mouseMove(slider, QPoint(300, 15))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(300, 15))
    assert abs(slider.value() - 750) < 30


def test_a_slider_says_where_the_keyboard_moved_it(qtbot: QtBot) -> None:
    ruler = Ruler(View())
    transport = Transport(ruler)
    qtbot.addWidget(ruler)
    qtbot.addWidget(transport)
    transport.show_length(100)
    with qtbot.waitSignal(transport.sought) as sought:
        qtbot.keyClick(transport.ruler, Qt.Key.Key_Right)
    assert sought.args == [5.0]


def test_a_message_is_shown_as_plain_text(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("<b>song</b>.mp3 is not there", error=True)
    assert bar.text == "<b>song</b>.mp3 is not there"
    assert bar.is_error


def test_a_message_with_long_names_fits_into_the_window(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message(f"“/music/{'a' * 200}/{'b' * 250}.mp3” is not there", action="Try again")
    assert bar.minimumSizeHint().width() < 600
    assert bar.text == f"“/music/{'a' * 24}…{'a' * 15}/{'b' * 24}…{'b' * 10}.mp3” is not there"
    assert "b" * 250 in bar.accessibleName()


def test_the_button_of_a_message_does_what_the_last_message_offers(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    done: list[str] = []
    for name in ("first", "second"):
        bar.show_message("news", action=name, then=lambda name=name: done.append(name))
    assert bar.action.text() == "second"
    bar.action.click()
    assert done == ["second"]
    bar.show_message("news without an offer")
    assert not bar.action.isVisible()


def test_the_icons_of_a_message_that_is_there_follow_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    pictures = []
    for scheme in (Qt.ColorScheme.Light, Qt.ColorScheme.Dark, Qt.ColorScheme.Light):
        theme.apply(qapp, scheme)
        if not bar.isVisible():
            bar.show_message("news")
        QApplication.processEvents()
        close = bar.findChild(QToolButton).icon().pixmap(20, 20).toImage()
        pictures.append((close, bar.findChild(QLabel).pixmap().toImage()))
    light, dark, light_again = pictures
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    assert light_again == light


def test_a_name_that_looks_like_markup_is_shown_as_it_is(qtbot: QtBot) -> None:
    page = SongPage()
    qtbot.addWidget(page)
    page.show_song(AudioInfo(Path("/<h1>a&b.mp3"), 3.0, 44100, 2, "mp3", 0, ()))
    title = page.findChild(QLabel, "title")
    assert title.text() == "<h1>a&b.mp3"
    assert title.textFormat() == Qt.TextFormat.PlainText
    assert title.toolTip() == "<p>/&lt;h1&gt;a&amp;b.mp3</p>"


def test_models_that_are_not_installed_are_only_asked_for(qtbot: QtBot) -> None:
    page = SongPage()
    qtbot.addWidget(page)
    box = page.models
    texts = [box.itemText(row) for row in range(box.count())]
    assert texts[0] == "Built-in, 2 stems"
    assert texts[-1] == "Manage models…"
    assert sum(text.endswith("(not installed)") for text in texts) == 10
    for text, wanted in (("Spleeter, 4 stems (not installed)", "spleeter:4stems"), ("Manage models…", "")):
        with qtbot.assertNotEmitted(box.chosen), qtbot.waitSignal(box.others_wanted) as asked:
            box.setCurrentIndex(texts.index(text))
        assert asked.args == [wanted]
        assert box.currentText() == "Built-in, 2 stems"
        assert page.model.name == box.currentData().name == "builtin"


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_PageDown])
def test_a_key_that_would_walk_through_the_models_opens_their_list(key: Qt.Key, qtbot: QtBot) -> None:
    box = ModelBox()
    qtbot.addWidget(box)
    box.show()
    with qtbot.assertNotEmitted(box.others_wanted):
        qtbot.keyClick(box, key)
    assert box.view().isVisible()
    box.hidePopup()


def test_a_download_says_how_much_how_fast_and_how_long() -> None:
    whole = Transfer("downloading", 12_300_000, 73_100_000, 3_200_000, 19)
    assert messages.transfer_text(whole) == "12.3 of 73.1 MB · 3.2 MB/s · 0:19 left"
    assert messages.transfer_text(Transfer("downloading", 12_300_000)) == "12.3 MB"
    assert messages.transfer_text(Transfer("waiting", 12_300_000, 73_100_000)) == "Waiting… · 12.3 of 73.1 MB"
    assert messages.transfer_text(Transfer("waiting")) == "Waiting…"
    assert messages.transfer_text(Transfer("installing")) == "Installing…"


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0.0 MB"), (4_900_000, "4.9 MB"), (73_109_797, "73 MB"), (1_460_000_000, "1.5 GB")]
)
def test_sizes_are_said_as_people_say_them(size: int, text: str) -> None:
    assert messages.size_text(size) == text


def test_an_error_about_a_model_calls_it_by_its_name_in_the_window() -> None:
    assert messages.sentence(ModelMissingError(name="spleeter:4stems")).startswith("“Spleeter, 4 stems” is not")


def test_progress_says_percent_speed_and_time_left() -> None:
    assert messages.progress_text(Progress(60, 0.5, 47.6, 75)) == "50 % · 48 × real time · 1:15 left"
    assert messages.progress_text(Progress(60, None, 47.6, None)) == "48 × real time"
    assert messages.progress_text(Progress(60, None, 0.63, None)) == "0.6 × real time"


def leaves(kind: type[AntaraError]) -> list[type[AntaraError]]:
    below = kind.__subclasses__()
    return [leaf for child in below for leaf in leaves(child)] if below else [kind]


@pytest.mark.parametrize("kind", leaves(AntaraError))
def test_the_window_has_one_sentence_for_every_error(kind: type[AntaraError]) -> None:
    numbers = {"found_s": 61.2, "declared_s": 180.0}
    text = messages.sentence(kind(**{field: numbers.get(field, f"<{field}>") for field in kind.fields}))
    assert text.endswith(".")
    assert "{" not in text
    assert text.count("\n") == 0


@pytest.mark.parametrize("code", [code for code in SENTENCES if code.startswith(("runs_on", "gpu_"))])
def test_the_window_has_one_sentence_for_every_notice(code: str) -> None:
    text = messages.sentence(Notice(code, {"engine": "TensorFlow", "device": "GPU 0", "detail": "why"}))
    assert text.endswith(".")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(name: str) -> float:
        def linear(value: float) -> float:
            return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

        colour = QColor(name)
        red, green, blue = (linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_is_readable_on_every_background(colours: theme.Colours) -> None:
    for text in (colours.text, colours.faint, colours.good, colours.bad):
        for background in (colours.window, colours.surface):
            assert contrast(text, background) >= 4.5
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    for background in (colours.error, colours.notice):
        assert contrast(colours.text, background) >= 4.5


def test_the_scheme_can_be_chosen_and_left_to_the_system(qapp: QApplication) -> None:
    theme.apply(qapp, Qt.ColorScheme.Dark)
    assert theme.current() is theme.DARK
    assert qapp.palette().window().color() == QColor(theme.DARK.window)
    theme.apply(qapp)
    assert theme.current() is theme.LIGHT


def test_calls_into_qt_do_not_use_up_references_to_none(qapp: QApplication) -> None:
    """PySide6 6.12.0 on Python 3.11 took one with each call, and after some minutes the program would have crashed."""
    text = QLabel()
    before = sys.getrefcount(None)
    for number in range(1000):
        text.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 500


def test_a_message_is_drawn_in_the_colours_of_the_theme_that_comes_while_it_is_there(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp, Qt.ColorScheme.Light)
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.resize(400, 50)
    bar.show_message("news")
    theme.apply(qapp, Qt.ColorScheme.Dark)
    later = bar.grab().toImage()
    bar.show_message("news")
    assert later == bar.grab().toImage()
    theme.apply(qapp, Qt.ColorScheme.Light)
