"""What is in view is always part of the song, and zooming keeps what the pointer is on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from gui.ruler import Ruler, label_of, step_of
from gui.view import View

steps = st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 1)) | st.integers(-(10**9), 10**9) | st.none(), max_size=10)


@given(length=st.integers(1, 10**9), rate=st.integers(8000, 192_000), steps=steps, later=st.integers(1, 10**9))
def test_the_view_never_leaves_the_song(
    length: int, rate: int, steps: list[tuple[float, float] | int | None], later: int
) -> None:
    view = View()
    view.reset(length, rate)
    assert view.shows_all
    for step in steps:
        if isinstance(step, tuple):
            view.zoom(step[0], view.first + step[1] * view.count)
        elif step is None:
            view.show_all()
        else:
            view.move_to(step)
        assert 0 <= view.first < view.end <= view.length
        assert view.count >= min(rate // 20, length)
    view.set_length(later)
    assert 0 <= view.first < view.end <= view.length == later


@given(
    length=st.integers(10**6, 10**9),
    where=st.floats(0.3, 0.7),
    pointer=st.floats(0, 1),
    factor=st.floats(0.1, 1.0),
)
def test_zooming_in_keeps_the_frame_at_the_pointer(length: int, where: float, pointer: float, factor: float) -> None:
    view = View()
    view.reset(length, 8000)
    view.zoom(0.2, where * length)
    at = view.first + pointer * view.count
    view.zoom(factor, at)
    assert abs(view.x_of(at, 1000.0) - 1000 * pointer) <= 1000 / view.count + 1e-6


@given(length=st.integers(1000, 10**9), factor=st.floats(0.001, 1.0), x=st.integers(0, 800))
def test_a_frame_lies_where_it_was_pointed_at(length: int, factor: float, x: int) -> None:
    view = View()
    view.reset(length, 8000)
    view.zoom(factor, length / 3)
    frame = view.frame_at(x, 800)
    assert abs(view.x_of(frame, 800) - x) <= 800 / view.count
    assert view.first <= view.frame_at(-50, 800) <= view.frame_at(900, 800) <= view.end


@pytest.mark.parametrize(
    ("seconds", "width", "step"), [(0.05, 700, 1), (1, 700, 20), (27, 690, 500), (180, 690, 3000), (10_800, 690, 180_000)]
)
def test_labels_are_at_round_times_and_not_too_close(seconds: float, width: int, step: int) -> None:
    view = View()
    view.reset(round(seconds * 44100), 44100)
    assert step_of(view, width) == step


@pytest.mark.parametrize(
    ("hundredths", "step", "text"), [(500, 500, "0:05"), (18_720, 20, "3:07.20"), (360_000, 6000, "1:00:00")]
)
def test_labels_have_decimals_where_they_need_them(hundredths: int, step: int, text: str) -> None:
    assert label_of(hundredths, step) == text


def test_there_are_times_at_any_zoom_and_none_without_a_song(qtbot: QtBot) -> None:
    view = View()
    ruler = Ruler(view)
    qtbot.addWidget(ruler)
    ruler.resize(700, 28)
    empty = ruler.grab().toImage()
    seen = [empty]
    view.reset(100 * 44100, 44100)
    while view.count > view.narrowest:
        seen.append(ruler.grab().toImage())
        assert seen[-1] not in seen[:-1]
        view.zoom(0.2, 40 * 44100)
