"""Separations wait for one another."""

import threading
from collections.abc import Callable, Iterator

import pytest

from core.cancel import CancelToken
from core.errors import CancelledError
from core.turns import Turns

PATIENCE_S = 30


class Taker:
    """A thread that takes a turn and keeps it until it is told to go on."""

    def __init__(self, turns: Turns, then: Callable[[], None] = lambda: None) -> None:
        self.cancel, self.in_turn, self.go_on = CancelToken(), threading.Event(), threading.Event()
        self.outcome = ""
        self._turns, self._then = turns, then
        self.thread = threading.Thread(target=self._run)

    def start(self) -> "Taker":
        """Returns when it has its turn or waits for it."""
        before = self._turns.waiting
        self.thread.start()
        while not self.in_turn.is_set() and self._turns.waiting == before and self.thread.is_alive():
            self.in_turn.wait(0.005)
        return self

    def _run(self) -> None:
        try:
            with self._turns.take(self.cancel):
                self._then()
                self.in_turn.set()
                self.go_on.wait(PATIENCE_S)
            self.outcome = "done"
        except CancelledError:
            self.outcome = "cancelled"

    def end(self) -> str:
        self.go_on.set()
        self.thread.join(PATIENCE_S)
        return self.outcome


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def first(turns: Turns) -> Iterator[Taker]:
    taker = Taker(turns).start()
    assert taker.in_turn.is_set()
    yield taker
    taker.end()


def test_turns_come_in_the_order_in_which_they_were_asked_for(turns: Turns, first: Taker) -> None:
    order: list[int] = []
    others = []
    for number in range(5):
        others.append(Taker(turns, lambda number=number: order.append(number)).start())
    assert turns.waiting == 5
    assert order == []
    for taker in (first, *others):
        assert taker.end() == "done"
    assert order == list(range(5))


def test_whoever_waits_gets_the_turn_before_one_who_asks_anew_at_once(turns: Turns) -> None:
    order: list[str] = []
    asked = threading.Event()

    def queue() -> None:
        for name in ("first", "second"):
            with turns.take(CancelToken()):
                order.append(name)
                asked.wait(PATIENCE_S)

    thread = threading.Thread(target=queue)
    thread.start()
    while not order:
        thread.join(0.005)
    foreground = Taker(turns, lambda: order.append("foreground")).start()
    asked.set()
    thread.join(0.2)
    assert order == ["first", "foreground"]
    assert foreground.end() == "done"
    thread.join(PATIENCE_S)
    assert order == ["first", "foreground", "second"]


def test_one_who_waits_notices_that_it_is_cancelled_and_the_others_move_up(turns: Turns, first: Taker) -> None:
    second, third = Taker(turns).start(), Taker(turns).start()
    second.cancel.cancel()
    second.thread.join(PATIENCE_S)
    assert second.outcome == "cancelled"
    assert not second.in_turn.is_set()
    assert turns.waiting == 1
    first.end()
    assert third.in_turn.wait(PATIENCE_S)
    third.end()


def test_one_who_is_cancelled_before_gets_no_turn_and_blocks_nobody(turns: Turns) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError), turns.take(cancel):
        raise AssertionError
    with turns.take(CancelToken()):
        pass


def test_a_turn_ends_with_an_error(turns: Turns) -> None:
    with pytest.raises(ZeroDivisionError), turns.take(CancelToken()):
        raise ZeroDivisionError
    with turns.take(CancelToken()):
        assert turns.waiting == 0
