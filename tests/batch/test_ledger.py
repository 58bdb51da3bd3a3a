"""Which song gets which folder, in this run and in the next ones."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.batch.job import Outcome
from core.batch.ledger import Ledger, ledger_file
from core.batch.places import Folder
from core.batch.receipts import Receipt, Source
from core.errors import BatchTakenError, FileMissingError
from core.queue_items import Failure
from core.recipe import Recipe

Open = Callable[[], Ledger]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the ledger of the folder, after closing the one before."""
    ledgers: list[Ledger] = []

    def reopen() -> Ledger:
        for ledger in ledgers:
            ledger.close()
        ledgers[:] = [Ledger(str(tmp_path), Folder(tmp_path))]
        return ledgers[0]

    yield reopen
    for ledger in ledgers:
        ledger.close()


def names(ledger: Ledger, *wanted: str) -> list[str]:
    entered = [ledger.enter(f"/{index}/{name}.mp3", name, "") for index, name in enumerate(wanted)]
    return [found[1] for found in entered if found]


def test_songs_of_one_name_get_numbers_in_their_order(opened: Open) -> None:
    assert names(opened(), "Song", "SONG", "Song (2)", "Song") == ["Song", "SONG (2)", "Song (2) (2)", "Song (3)"]


def test_no_songs_folder_lies_in_that_of_another_song(opened: Open) -> None:
    assert names(opened(), "A", "A/x", "A/y", "B/x", "B") == ["A", "A (2)/x", "A (2)/y", "B/x", "B (2)"]


def test_the_folder_of_the_report_is_no_songs(opened: Open) -> None:
    assert names(opened(), "Report", "report/x") == ["Report (2)", "report (3)/x"]


def test_the_next_run_gives_the_same_folders_whatever_its_order(opened: Open) -> None:
    first = opened()
    one, two = first.enter("/a/x.mp3", "x", ""), first.enter("/b/x.mp3", "x", "")
    again = opened()
    assert again.run == first.run + 1
    assert again.enter("/b/x.mp3", "x", "") == two
    assert again.enter("/c/x.mp3", "x", "") not in (one, two, None)
    assert again.enter("/a/x.mp3", "x", "") == one


def test_a_song_that_is_listed_twice_is_done_once_and_in_two_ways_twice(opened: Open) -> None:
    ledger = opened()
    one = ledger.enter("/x.mp3", "x", "2stems")
    assert ledger.enter("/x.mp3", "x", "2stems") is None
    two = ledger.enter("/x.mp3", "x", "4stems")
    assert one
    assert two
    assert two[1] == "x (2)"
    assert ledger.enter("/x.mp3", "x", "4stems") is None
    again = opened()
    assert [again.enter("/x.mp3", "x", asked) for asked in ("2stems", "4stems")] == [one, two]


def test_only_one_run_at_a_time_writes_into_a_folder(opened: Open, tmp_path: Path) -> None:
    opened()
    with pytest.raises(BatchTakenError):
        Ledger(str(tmp_path), Folder(tmp_path))


def test_the_rows_of_a_run_say_how_its_songs_ended(opened: Open) -> None:
    ledger = opened()
    now = time.time()
    for name, state in (("a", "done"), ("b", "failed")):
        entered = ledger.enter(f"/{name}.mp3", name, "")
        assert entered
        failure = Failure.of(FileMissingError(path=Path("/b.mp3"))) if state == "failed" else None
        ledger.ended(Outcome(entered[0], state, now, now + 2, "worker", 3.0, failure), 1)
    rows = list(ledger.rows())
    assert [(row.name, row.state, row.length_s) for row in rows] == [("a", "done", 3.0), ("b", "failed", 3.0)]
    assert rows[1].failure == Failure("file_missing", {"path": "b.mp3"})
    assert ledger.counts() == {"done": 1, "failed": 1}


def test_a_lost_or_damaged_ledger_is_made_anew_from_the_receipts(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    ledger = Ledger(str(tmp_path), place)
    entered = ledger.enter("/b/x.mp3", "x", "")
    assert entered
    source = Source("/b/x.mp3", 1, "", "")
    receipt = Receipt(entered[0], "x", source, "m", "w", Recipe(), "1", "", 44100, 1.0, 0.0, {}, 1.0, "", 0.0)
    with place.part("x") as part:
        place.publish(part, receipt)
    ledger.close()
    ledger_file(str(tmp_path)).write_bytes(b"nothing that SQLite knows" * 100)
    fresh = Ledger(str(tmp_path), place)
    assert fresh.enter("/a/x.mp3", "x", "") not in (None, entered)
    assert fresh.enter("/b/x.mp3", "x", "") == entered
    fresh.close()
    with sqlite3.connect(ledger_file(str(tmp_path))) as base:
        assert base.execute("SELECT COUNT(*) FROM songs").fetchone() == (2,)
    base.close()


def test_songs_that_ended_their_worker_are_handed_out_once_more(opened: Open) -> None:
    ledger = opened()
    entered = ledger.enter("/x.mp3", "x", "asked")
    assert entered
    ledger.ended(Outcome(entered[0], "lost", 0.0, 0.0), 1)
    assert [row[:4] for row in ledger.lost()] == [(entered[0], "/x.mp3", "x", "asked")]
