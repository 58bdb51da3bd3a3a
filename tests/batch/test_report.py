"""The report of a run: figures, a table in two forms, a page."""

import csv
import xml.etree.ElementTree as ET
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow import parquet

from core.batch import report
from core.batch.coordinator import Tally
from core.batch.job import Outcome
from core.batch.ledger import Ledger
from core.batch.places import Folder
from core.errors import FileMissingError
from core.queue_items import Failure

BEGAN = 1_000_000.0
MISSING = Failure.of(FileMissingError(path=Path("<gone>.mp3")))


@pytest.fixture
def written(tmp_path: Path) -> report.Figures:
    """Of twelve songs: two workers, of which the second has two at once; three failed, one was done before."""
    tally = Tally(BEGAN, 8, 1, 3, 8 * 180.0, 12)
    place = Folder(tmp_path)
    with closing(Ledger(str(tmp_path), place)) as ledger:
        for number in range(12):
            entered = ledger.enter(f"/music/<{number}>.mp3", f"{number}", "")
            assert entered
            state = "failed" if number < 3 else "skipped" if number == 3 else "done"
            start = BEGAN + 10 * (number // 2)
            worker = ("one", "two")[number % 2]
            failure = MISSING if state == "failed" else None
            ledger.ended(Outcome(entered[0], state, start, start + 15, worker, 180.0, failure), 1)
        return report.write(place, ledger, tally)


def test_the_figures_count_songs_music_workers_and_failures(written: report.Figures) -> None:
    assert written.codes == [("file_missing", 3)]
    assert sum(written.songs_by_step) == 8
    assert sum(written.music_by_step) == pytest.approx(8 * 180.0)
    assert [(name, count, busy_s) for name, count, busy_s in written.workers] == [("one", 6, 65.0), ("two", 5, 60.0)]


def test_the_table_is_the_same_as_csv_and_as_parquet(written: report.Figures, tmp_path: Path) -> None:
    with (tmp_path / "report" / report.CSV).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = parquet.read_table(tmp_path / "report" / report.PARQUET).to_pylist()
    assert len(rows) == len(table) == 12
    assert [{name: "" if value is None else str(value) for name, value in row.items()} for row in table] == rows
    assert rows[0]["message"] == "“<gone>.mp3” is not there; check the name."


def test_the_page_needs_nothing_else_and_is_well_formed(written: report.Figures, tmp_path: Path) -> None:
    page = (tmp_path / "report" / report.PAGE).read_text("utf-8")
    pictures = [f"<svg{part.partition('</svg>')[0]}</svg>" for part in page.split("<svg")[1:]]
    titles = [ET.fromstring(picture)[0].text for picture in pictures]
    assert titles == ["Songs", "Speed", "Use of workers", "Failures"]
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    summary = (tmp_path / "report" / report.SUMMARY).read_text("utf-8")
    assert "8 songs separated, 1 were done before, 3 failed" in summary
    assert "failed: 3 × file_missing – “…” is not there; check the name." in summary


def test_a_run_of_no_songs_has_a_report_too(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    with closing(Ledger(str(tmp_path), place)) as ledger:
        figures = report.write(place, ledger, Tally(BEGAN), stopped=True)
    assert (figures.codes, figures.workers) == ([], [])
