"""The history as a table, and how it says when and in what state things are."""

import pytest
from PySide6.QtCore import QDate, QDateTime, QLocale, Qt, QTime
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.modeltest import ModelTester

from core import history
from core.history import Entry, Stamp, Standing
from gui import theme
from gui.history_model import Column, HistoryModel, standing_text, state_text, when_text


def entry(name: str) -> Entry:
    song, stamp = f"/songs/{name}.mp3", Stamp(1, 1)
    return Entry(id=name, song=song, stamp=stamp, frames=1, rate=8000, model="builtin", stems=("vocals",), separated=1.0)


def test_the_model_keeps_the_rules_of_models(qtmodeltester: ModelTester) -> None:
    entries = [entry(name) for name in ("a", "b", "c")]
    model = HistoryModel()
    watch = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    qtmodeltester.check(model)
    model.show_entries(entries)
    qtmodeltester.check(model)
    assert model.standing(entries[0]) is None
    model.show_standing(entries[1].id, Standing("here", "here"))
    model.show_standing("no such entry", Standing("here", "here"))
    assert model.index(1, Column.STATE).data(Qt.ItemDataRole.ForegroundRole).name() == theme.current().good
    model.remove_entries({entries[0].id, entries[2].id, "no such entry"})
    assert [model.entry(row) for row in range(model.rowCount())] == [entries[1]]
    qtmodeltester.check(model)
    model.refresh_texts()
    model.show_entries([])
    model.refresh_texts()
    assert watch.model() is model


def test_times_are_said_as_people_say_them() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    try:
        now = QDateTime(QDate(2026, 11, 20), QTime(14, 5))  # a Friday

        def said(day: QDate, clock: QTime) -> str:
            return when_text(QDateTime(day, clock).toMSecsSinceEpoch() / 1000, now)

        assert said(QDate(2026, 11, 20), QTime(0, 1)) == "Today, 00:01"
        assert said(QDate(2026, 11, 19), QTime(23, 59)) == "Yesterday, 23:59"
        assert said(QDate(2026, 11, 14), QTime(9, 30)) == "Saturday, 09:30"
        assert said(QDate(2026, 11, 13), QTime(9, 30)) == "13/11/2026"
        assert said(QDate(2026, 11, 21), QTime(9, 30)) == "21/11/2026"
    finally:
        QLocale.setDefault(QLocale.system())


@pytest.mark.parametrize("song", ["here", "changed", "missing"])
@pytest.mark.parametrize("stems", ["here", "changed", "missing", "none"])
def test_there_is_a_word_and_a_sentence_for_every_standing(song: history.Files, stems: history.Files) -> None:
    standing = Standing(song, stems)
    assert state_text(standing)
    assert standing_text(standing).endswith(".")
    assert ("opened" in state_text(standing)) == ("Opens" in standing_text(standing)) == standing.can_reopen
    assert ("separated again" in standing_text(standing)) == (not standing.can_reopen and song != "missing")
