"""What is in view is always part of the song, and zooming keeps what the pointer is on."""

from hypothesis import given
from hypothesis import strategies as st

from gui.view import View

steps = st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 1)) | st.integers(-(10**9), 10**9) | st.none(), max_size=10)


@given(length=st.integers(1, 10**9), narrowest=st.integers(1, 10**4), steps=steps, later=st.integers(1, 10**9))
def test_the_view_never_leaves_the_song(
    length: int, narrowest: int, steps: list[tuple[float, float] | int | None], later: int
) -> None:
    view = View()
    view.reset(length, narrowest)
    assert view.shows_all
    for step in steps:
        if isinstance(step, tuple):
            view.zoom(step[0], view.first + step[1] * view.count)
        elif step is None:
            view.show_all()
        else:
            view.move_to(step)
        assert 0 <= view.first < view.end <= view.length
        assert view.count >= min(narrowest, length)
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
    view.reset(length, 100)
    view.zoom(0.2, where * length)
    at = view.first + pointer * view.count
    view.zoom(factor, at)
    assert abs(view.x_of(at, 1000.0) - 1000 * pointer) <= 1000 / view.count + 1e-6


@given(length=st.integers(1000, 10**9), factor=st.floats(0.001, 1.0), x=st.integers(0, 800))
def test_a_frame_lies_where_it_was_pointed_at(length: int, factor: float, x: int) -> None:
    view = View()
    view.reset(length, 100)
    view.zoom(factor, length / 3)
    frame = view.frame_at(x, 800)
    assert abs(view.x_of(frame, 800) - x) <= 800 / view.count
    assert view.first <= view.frame_at(-50, 800) <= view.frame_at(900, 800) <= view.end
