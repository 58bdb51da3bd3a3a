"""Stages in threads of their own."""

import threading
from collections.abc import Generator, Iterator

import pytest

from core.pipeline import ahead


@pytest.fixture(autouse=True)
def _no_stage_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "antara-stage"]


def test_all_items_come_in_order() -> None:
    assert list(ahead(number for number in range(1000))) == list(range(1000))


def test_what_the_source_raises_comes_after_its_items() -> None:
    def source() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise ValueError("three")

    items = ahead(source())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="three"):
        next(items)


def test_no_more_than_the_depth_is_made_ahead() -> None:
    made: list[int] = []
    third = threading.Event()

    def source() -> Generator[int, None, None]:
        for number in range(100):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    items = ahead(source(), depth=1)
    assert next(items) == 0
    third.wait()  # one in the queue, one that waits to get into it
    assert made == [0, 1, 2]
    items.close()


def test_closing_closes_the_source_and_ends_its_thread() -> None:
    closed_in: list[str] = []

    def source() -> Generator[int, None, None]:
        try:
            while True:
                yield 0
        finally:
            closed_in.append(threading.current_thread().name)

    items = ahead(source())
    next(items)
    items.close()
    assert closed_in == ["antara-stage"]


def test_stages_can_follow_one_another() -> None:
    def doubled(source: Generator[int, None, None]) -> Generator[int, None, None]:
        for number in source:
            yield 2 * number

    first = ahead(number for number in range(50))
    assert list(ahead(doubled(first))) == list(range(0, 100, 2))
