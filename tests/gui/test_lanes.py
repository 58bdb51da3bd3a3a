"""The lanes: who is heard, what is shown of the song, and that the drawing is what the samples are."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.playback.mixer import SILENCE_DB
from core.separation.separator import StemBlock
from core.session import ORIGINAL, Session
from gui import theme
from gui.lane import Lane
from gui.lanes import Lanes
from gui.meter import Meter
from gui.song_page import SongPage
from gui.waveform import Waveform

RATE = 44100
SECONDS = 8
STEMS = ("vocals", "accompaniment")
NO_KEY, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def song() -> dict[str, np.ndarray]:
    """Vocals at half of full scale in the seconds 2 to 4, an instrumental that swells all the time."""
    t = np.arange(SECONDS * RATE) / RATE
    tone = np.sin(2 * np.pi * 330 * t)
    stems = {"vocals": 0.5 * tone * ((t >= 2) & (t < 4)), "accompaniment": 0.8 * tone * t / SECONDS}
    return {stem: np.repeat(samples, 2).reshape(-1, 2).astype(np.float32) for stem, samples in stems.items()}


def append(session: Session, end_s: float) -> None:
    """Separates the song up to there."""
    frames = round(end_s * RATE)
    session.append(StemBlock(session.frames, {stem: samples[session.frames : frames] for stem, samples in song().items()}))


@pytest.fixture
def lanes(qtbot: QtBot, qapp: QApplication) -> Iterator[Lanes]:
    theme.apply(qapp)
    lanes = Lanes()
    qtbot.addWidget(lanes)
    lanes.resize(960, 400)
    lanes.set_stems(STEMS)
    lanes.show()
    yield lanes
    lanes.clear()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with contextlib.closing(Session(tmp_path / "song.wav", STEMS, RATE)) as session:
        yield session


@pytest.fixture
def shown(lanes: Lanes, session: Session, qtbot: QtBot) -> Lanes:
    """The lanes of the whole song."""
    append(session, SECONDS)
    lanes.show_session(session, SECONDS)
    settle(lanes, qtbot)
    return lanes


def settle(lanes: Lanes, qtbot: QtBot) -> None:
    """Waits until what is shown is drawn."""
    qtbot.waitUntil(lambda: not lanes._redraw.isActive())
    QApplication.processEvents()


def picture(waveform: Waveform) -> QImage:
    return waveform.grab().toImage()


def column(image: QImage, x: int) -> list[str]:
    return [image.pixelColor(x, y).name() for y in range(image.height())]


def x_at(waveform: Waveform, second: float) -> int:
    return int(second / SECONDS * waveform.width())


def wheel(widget: QWidget, x: float, angle: QPoint, keys: Qt.KeyboardModifier) -> QWheelEvent:
    at = QPointF(x, 10)
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), angle, Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)
    return event


# Who is heard.


def test_a_solo_silences_the_others_and_several_may_be_heard(lanes: Lanes) -> None:
    lanes.set_stems(["vocals", "drums", "bass", "other"])
    vocals, drums, _, _ = lanes.lanes
    vocals.solo.click()
    assert lanes.gains() == {"vocals": 1.0, "drums": 0.0, "bass": 0.0, "other": 0.0}
    drums.solo.click()
    assert lanes.gains() == {"vocals": 1.0, "drums": 1.0, "bass": 0.0, "other": 0.0}
    vocals.solo.click()
    drums.solo.click()
    assert set(lanes.gains().values()) == {1.0}


def test_mute_wins_over_solo(lanes: Lanes) -> None:
    vocals, _ = lanes.lanes
    vocals.solo.click()
    vocals.mute.click()
    assert lanes.gains() == {"vocals": 0.0, "accompaniment": 0.0}
    vocals.mute.click()
    assert lanes.gains() == {"vocals": 1.0, "accompaniment": 0.0}


def test_the_gains_are_right_when_a_change_is_told(lanes: Lanes) -> None:
    told: list[dict[str, float]] = []
    lanes.changed.connect(lambda: told.append(lanes.gains()))
    lanes.lanes[1].solo.click()
    lanes.lanes[1].volume.setValue(-600)
    assert told == [{"vocals": 0.0, "accompaniment": 1.0}, {"vocals": 0.0, "accompaniment": 0.0}]


def test_a_lane_in_focus_obeys_its_keys(lanes: Lanes, qtbot: QtBot) -> None:
    lane = lanes.lanes[0]
    qtbot.keyClick(lane, Qt.Key.Key_M)
    assert lane.mute.isChecked()
    qtbot.keyClick(lane, Qt.Key.Key_S)
    assert lane.solo.isChecked()
    for key, level_db in ((Qt.Key.Key_Up, 1), (Qt.Key.Key_Down, 0), (Qt.Key.Key_Down, -1), (Qt.Key.Key_PageDown, -7)):
        qtbot.keyClick(lane, key)
        assert lane.level_db == level_db
    qtbot.keyClick(lane, Qt.Key.Key_0)
    assert lane.level_db == 0
    qtbot.keyClick(lane, Qt.Key.Key_M, CTRL)
    assert lane.mute.isChecked()


def test_the_keys_of_a_lane_work_from_its_controls_too(lanes: Lanes, qtbot: QtBot) -> None:
    lane = lanes.lanes[0]
    qtbot.keyClick(lane.volume, Qt.Key.Key_S)
    qtbot.keyClick(lane.solo, Qt.Key.Key_M)
    assert lane.solo.isChecked()
    assert lane.mute.isChecked()


def test_the_volume_is_readable_and_a_double_click_resets_it(lanes: Lanes, qtbot: QtBot) -> None:
    lane = lanes.lanes[0]
    for value, text in ((-123, "−12.3 dB"), (45, "+4.5 dB"), (-600, "Off"), (0, "0.0 dB")):
        lane.volume.setValue(value)
        assert lane.value.text() == lane.volume.accessibleDescription() == text
    at = QPoint(20, lane.volume.height() // 2)
    qtbot.mouseClick(lane.volume, Qt.MouseButton.LeftButton, pos=at)
    assert lane.level_db < -30
    qtbot.mouseDClick(lane.volume, Qt.MouseButton.LeftButton, pos=at)
    assert lane.level_db == 0
    assert not lane.volume.isSliderDown()


def test_scrolling_over_a_volume_does_not_change_it(lanes: Lanes) -> None:
    volume = lanes.lanes[0].volume
    assert not wheel(volume, 20, QPoint(0, 120), NO_KEY).isAccepted()
    assert volume.value() == 0


def test_the_keyboard_goes_through_the_lanes_from_top_to_bottom(qtbot: QtBot) -> None:
    page = SongPage()
    qtbot.addWidget(page)
    page.lanes.set_stems(["vocals", "drums", "bass", "other"])
    chain: list[QWidget] = [page.lanes.original.zoom_in]
    while chain[-1] is not page.transport.play:
        chain.append(chain[-1].nextInFocusChain())
    within = [widget for widget in chain if not page.transport.isAncestorOf(widget)]
    reached = [widget for widget in within if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    lanes = [part for lane in page.lanes.lanes for part in lane.tab_order]
    assert reached == [page.lanes.original.zoom_in, page.lanes.original.show_all, page.lanes.ruler, *lanes]


def test_all_parts_have_names_for_screen_readers(lanes: Lanes) -> None:
    kinds = (Waveform, Meter, Lane)
    names = [part.accessibleName() for kind in kinds for part in lanes.findChildren(kind)]
    assert len(names) == len(set(names)) == 8
    assert all(names)
    tools = [tool for lane in lanes.lanes for tool in (lane.mute, lane.solo, lane.volume)]
    assert all(tool.accessibleName() and tool.toolTip() for tool in tools)


# What is drawn.


def test_sound_has_the_colour_of_its_stem_and_silence_is_a_line(shown: Lanes) -> None:
    waveform = shown.lanes[0].waveform
    image = picture(waveform)
    colour, surface = theme.STEM_COLOURS["vocals"], theme.LIGHT.surface
    scale, middle = image.height() / 2 - 1, image.height() // 2
    for second in (2.2, 3.0, 3.8):
        tall = column(image, x_at(waveform, second)).count(colour)
        assert abs(tall - scale) <= 3  # half of full scale, up and down
    for second in (1.0, 1.9, 4.1, 7.0):
        pixels = column(image, x_at(waveform, second))
        assert pixels.count(colour) == 1
        assert pixels.count(surface) == len(pixels) - 1
        assert abs(pixels.index(colour) - middle) <= 1


def test_what_is_not_separated_yet_is_a_faint_line(lanes: Lanes, session: Session, qtbot: QtBot) -> None:
    append(session, 3)
    lanes.show_session(session, SECONDS)
    settle(lanes, qtbot)
    waveform = lanes.lanes[0].waveform
    image = picture(waveform)
    for second in (3.2, 7.9):
        pixels = column(image, x_at(waveform, second))
        assert pixels.count(theme.LIGHT.line) == 1
        assert pixels.count(theme.LIGHT.surface) == len(pixels) - 1
    assert theme.STEM_COLOURS["vocals"] in column(image, x_at(waveform, 2.9))


def test_what_grows_looks_like_what_was_there_at_once(lanes: Lanes, session: Session, qtbot: QtBot) -> None:
    lanes.show_session(session, SECONDS)
    settle(lanes, qtbot)
    waveforms = [strip.waveform for strip in (lanes.original, *lanes.lanes)]
    for end_s in (0.3, 2.5, 2.501, 6.0, SECONDS):
        append(session, end_s)
        lanes.grow()
        QApplication.processEvents()
    grown = [picture(waveform) for waveform in waveforms]
    lanes.show_session(session, SECONDS)
    settle(lanes, qtbot)
    assert grown == [picture(waveform) for waveform in waveforms]


def test_a_song_of_unknown_length_is_always_seen_whole(lanes: Lanes, session: Session, qtbot: QtBot) -> None:
    lanes.show_session(session, None)
    for end_s in (2, 5):
        append(session, end_s)
        lanes.grow()
        settle(lanes, qtbot)
        assert lanes.view.shows_all
        assert lanes.view.length == end_s * RATE
        assert lanes._drawn == lanes.original.waveform.columns


def test_a_song_that_is_shorter_than_it_said_fills_the_lanes_in_the_end(
    lanes: Lanes, session: Session, qtbot: QtBot
) -> None:
    lanes.show_session(session, 2 * SECONDS)
    append(session, SECONDS)
    lanes.grow()
    lanes.finish()
    settle(lanes, qtbot)
    assert lanes.view.length == SECONDS * RATE
    assert lanes._drawn == lanes.original.waveform.columns


def test_stems_that_are_not_heard_are_dimmed(shown: Lanes) -> None:
    vocals, accompaniment = shown.lanes
    at = x_at(vocals.waveform, 3.0)
    for button, dimmed in ((vocals.mute, vocals), (accompaniment.solo, vocals), (vocals.solo, accompaniment)):
        button.click()
        assert theme.STEM_COLOURS[dimmed.stem] not in column(picture(dimmed.waveform), at)
        button.click()
        assert theme.STEM_COLOURS[dimmed.stem] in column(picture(dimmed.waveform), at)


def test_the_drawing_follows_the_scheme(shown: Lanes, qapp: QApplication) -> None:
    theme.apply(qapp, Qt.ColorScheme.Dark)
    shown.refresh_icons()
    pixels = column(picture(shown.lanes[0].waveform), 3)
    theme.apply(qapp)
    assert theme.DARK.surface in pixels
    assert theme.LIGHT.surface not in pixels


def test_a_finer_screen_gets_more_columns(qtbot: QtBot, lanes: Lanes) -> None:
    class Fine(Waveform):
        def devicePixelRatio(self) -> float:  # noqa: N802 - Qt's name
            return 2.0

    waveform = Fine("fine", "#ff0000", lanes.view)
    qtbot.addWidget(waveform)
    waveform.resize(300, 40)
    assert waveform.columns == 600


def test_cleared_lanes_show_nothing_and_hold_no_file(shown: Lanes) -> None:
    shown.clear()
    assert shown._reader is None
    assert theme.STEM_COLOURS["vocals"] not in column(picture(shown.lanes[0].waveform), 10)
    shown.grow()
    shown.finish()
    shown.show_position(3.0)
    assert shown._drawn == 0


class Painted(QObject):
    """Remembers what was painted of the widgets that it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.rects: list[QRect] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QPaintEvent):
            self.rects.extend(list(event.region()))
        return False


def test_playback_repaints_only_the_strip_of_the_playhead(
    shown: Lanes, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = Painted()
    drawn: list[int] = []
    for strip in (shown.original, *shown.lanes):
        strip.waveform.installEventFilter(painted)
    monkeypatch.setattr(Waveform, "_draw", lambda waveform, skip: drawn.append(skip))
    for step in range(60):
        shown.show_position(1 + step / 30)
        shown.show_levels({"vocals": step % 7 / 7}, 1 / 30)
        QApplication.processEvents()
    assert len(painted.rects) > 60
    assert max(rect.width() for rect in painted.rects) <= 8
    assert drawn == []


def test_the_playhead_is_where_the_song_is(shown: Lanes) -> None:
    shown.show_position(6.0)
    for strip in (shown.original, *shown.lanes):
        pixels = column(picture(strip.waveform), x_at(strip.waveform, 6.0))
        assert set(pixels) == {theme.LIGHT.text}


# Levels.


def test_meters_show_what_is_heard_and_fall(shown: Lanes) -> None:
    meters = {ORIGINAL: shown.original.meter, **{lane.stem: lane.meter for lane in shown.lanes}}
    shown.show_levels({ORIGINAL: 1.0, "vocals": 0.5, "accompaniment": 0.0}, 0.033)
    assert meters[ORIGINAL].shown_db == pytest.approx(0)
    assert meters["vocals"].shown_db == pytest.approx(-6.02, abs=0.01)
    assert meters["accompaniment"].shown_db == SILENCE_DB
    image = meters["vocals"].grab().toImage()
    filled = [QColor(name) for name in column(image, 3)].count(QColor(theme.STEM_COLOURS["vocals"]))
    assert filled == pytest.approx(image.height() * 54 / 66, abs=4)
    for _ in range(300):
        shown.show_levels({}, 0.033)
    assert {meter.shown_db for meter in meters.values()} == {SILENCE_DB}


# What the user does with the time.


def test_a_click_and_a_drag_seek(shown: Lanes, qtbot: QtBot) -> None:
    waveform = shown.lanes[1].waveform
    sought: list[float] = []
    shown.sought.connect(sought.append)
    for act, second in ((qtbot.mousePress, 2.0), (qtbot.mouseMove, 5.0), (qtbot.mouseRelease, 5.0)):
        button = [] if act is qtbot.mouseMove else [Qt.MouseButton.LeftButton]
        act(waveform, *button, pos=QPoint(x_at(waveform, second), 10))
    assert sought == pytest.approx([2.0, 5.0], abs=0.05)
    assert theme.LIGHT.text in column(picture(shown.original.waveform), x_at(waveform, 5.0))


def test_nobody_gets_beyond_what_is_separated(lanes: Lanes, session: Session, qtbot: QtBot) -> None:
    lanes.show_session(session, SECONDS)
    waveform = lanes.original.waveform
    settle(lanes, qtbot)
    with qtbot.assertNotEmitted(lanes.sought):
        qtbot.mouseClick(waveform, Qt.MouseButton.LeftButton, pos=QPoint(100, 10))
    append(session, 3)
    lanes.grow()
    with qtbot.waitSignal(lanes.sought) as sought:
        qtbot.mouseClick(waveform, Qt.MouseButton.LeftButton, pos=QPoint(x_at(waveform, 6.0), 10))
    assert sought.args == [3.0]


def test_ctrl_and_the_wheel_zoom_around_the_pointer_and_a_double_click_shows_all(shown: Lanes, qtbot: QtBot) -> None:
    waveform, view = shown.lanes[0].waveform, shown.view
    x = x_at(waveform, 3.0)
    before = view.frame_at(x, waveform.width())
    for _ in range(5):
        assert wheel(waveform, x, QPoint(0, 120), CTRL).isAccepted()
    assert view.count < SECONDS * RATE / 3
    assert abs(view.frame_at(x, waveform.width()) - before) <= view.count / waveform.width()
    settle(shown, qtbot)
    assert picture(waveform) != picture(shown.lanes[1].waveform)
    assert theme.STEM_COLOURS["vocals"] in column(picture(waveform), x)
    qtbot.mouseDClick(waveform, Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
    assert view.shows_all


def test_a_horizontal_wheel_pans_and_a_vertical_one_is_left_to_the_page(shown: Lanes) -> None:
    waveform, view = shown.lanes[0].waveform, shown.view
    assert not wheel(waveform, 10, QPoint(0, 120), NO_KEY).isAccepted()
    view.zoom(0.25, 4 * RATE)
    first = view.first
    wheel(waveform, 10, QPoint(-120, 0), NO_KEY)
    assert view.first > first
    wheel(waveform, 10, QPoint(0, 120), SHIFT)
    assert view.first == pytest.approx(first, abs=1)


def test_the_keyboard_and_the_buttons_zoom_around_the_playhead(shown: Lanes, qtbot: QtBot) -> None:
    view = shown.view
    assert not shown.original.zoom_out.isEnabled()
    assert not shown.scroll.isVisible()
    shown.show_position(6.0)
    shown.original.zoom_in.click()
    assert view.count == SECONDS * RATE / 2
    assert view.first <= 6 * RATE <= view.end
    shown.original.zoom_in.click()
    assert view.x_of(6 * RATE, 1.0) == pytest.approx(0.75)
    assert shown.scroll.isVisible()
    shown.scroll.setValue(0)
    assert view.first == 0
    shown.original.zoom_out.click()
    shown.original.show_all.click()
    assert view.shows_all
    assert not shown.scroll.isVisible()


def test_the_page_turns_with_the_playhead_but_not_away_from_what_the_user_looks_at(shown: Lanes) -> None:
    view = shown.view
    view.zoom(0.25, 0)
    shown.show_position(1.9)
    assert view.first == 0
    shown.show_position(2.01)
    assert view.first <= 2.01 * RATE <= view.end
    assert view.first > 1.5 * RATE
    view.move_to(0)
    shown.show_position(2.05)
    assert view.first == 0
