"""Questions asked in the background: only the last one's answer counts."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.latest import Latest


class Gate:
    """A question that is answered when the gate is opened."""

    def __init__(self) -> None:
        self._asked, self._open, self._thread = threading.Event(), threading.Event(), threading.main_thread()

    def __call__(self) -> str:
        self._thread = threading.current_thread()
        self._asked.set()
        self._open.wait()
        return "slow"

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    def open(self) -> None:
        """Returns when the question is answered."""
        self._open.set()
        if self.asked:
            self._thread.join()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def told() -> list[object]:
    return []


@pytest.fixture
def latest(qtbot: QtBot, told: list[object]) -> Iterator[Latest]:
    parent = QObject()
    latest = Latest(100, parent)
    latest.answered.connect(told.append)
    yield latest
    latest.forget()


def test_the_answer_is_told_once(latest: Latest, told: list[object], qtbot: QtBot) -> None:
    latest.ask(lambda: "answer")
    assert latest.pending
    qtbot.waitUntil(lambda: not latest.pending)
    assert told == ["answer"]


def test_of_questions_in_quick_succession_only_the_last_is_asked(latest: Latest, told: list[object], qtbot: QtBot) -> None:
    asked: list[int] = []
    for number in range(5):
        latest.ask(lambda number=number: asked.append(number))
    qtbot.waitUntil(lambda: not latest.pending)
    assert asked == [4]


@pytest.mark.parametrize("late", [True, False])
def test_an_answer_to_an_earlier_question_is_not_told(
    latest: Latest, told: list[object], gate: Gate, qtbot: QtBot, late: bool
) -> None:
    latest.ask(gate)
    qtbot.waitUntil(lambda: gate.asked)
    latest.ask(lambda: "second")
    if not late:
        gate.open()
    qtbot.waitUntil(lambda: not latest.pending)
    gate.open()
    latest.ask(lambda: "third")
    qtbot.waitUntil(lambda: not latest.pending)
    assert told == ["second", "third"]


def test_what_is_forgotten_is_not_told(latest: Latest, told: list[object], gate: Gate, qtbot: QtBot) -> None:
    latest.ask(gate)
    qtbot.waitUntil(lambda: gate.asked)
    latest.forget()
    assert not latest.pending
    gate.open()
    latest.ask(lambda: "another")
    qtbot.waitUntil(lambda: not latest.pending)
    assert told == ["another"]
