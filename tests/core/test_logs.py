"""The log of what went wrong: kept in the user's folder, and never without bound."""

import faulthandler
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import logs, paths

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the log goes; what pytest itself watches crashes with is on again at the end."""
    monkeypatch.setattr(paths, "logs_folder", lambda: tmp_path / "log")
    yield tmp_path / "log"
    faulthandler.enable(sys.__stderr__)


def test_what_went_wrong_is_kept_with_its_traceback(folder: Path) -> None:
    with logs.keep():
        try:
            raise ValueError("a mistake")
        except ValueError:
            logging.getLogger("gui").exception("nobody caught this")
    text = (folder / logs.LOG).read_text("utf-8")
    assert "nobody caught this" in text
    assert "ValueError: a mistake" in text


def test_the_home_folder_is_not_in_the_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/anna"))
    with logs.keep():
        try:
            raise OSError(2, "No such file", "/home/anna/Music/a.mp3")
        except OSError:
            logging.getLogger("core").exception("%s cannot be read", Path("/home/anna/Music"))
    text = (folder / logs.LOG).read_text("utf-8")
    assert "anna" not in text
    assert "~/Music cannot be read" in text
    assert "'~/Music/a.mp3'" in text


def test_the_log_stays_small(folder: Path) -> None:
    with logs.keep():
        for number in range(5000):
            logging.getLogger("core").warning("%d %s", number, "x" * 1000)
    files = [file for file in folder.iterdir() if file.name.startswith(logs.LOG)]
    assert len(files) == logs.KEPT + 1
    assert all(file.stat().st_size <= logs.MOST_BYTES for file in files)
    assert "4999" in (folder / logs.LOG).read_text("utf-8")


def test_a_large_file_of_crashes_makes_room(folder: Path) -> None:
    folder.mkdir()
    (folder / logs.CRASHES).write_bytes(b"x" * (logs.MOST_BYTES + 1))
    logs.keep().close()
    assert (folder / logs.CRASHES).stat().st_size < 100
    assert (folder / "crash.1.log").stat().st_size > logs.MOST_BYTES


def test_a_folder_that_cannot_be_made_stops_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.write_text("a file is in the way")
    logs.keep().close()
    assert "nothing can be kept" in caplog.text


def test_a_crash_in_a_library_leaves_where_it_was(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys; from core import logs, paths; paths.logs_folder = lambda: pathlib.Path(sys.argv[1]);"
        "kept = logs.keep(); import ctypes; ctypes.string_at(0)"
    )
    crashed = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True)
    assert crashed.returncode != 0
    text = (tmp_path / logs.CRASHES).read_text("utf-8")
    assert text.startswith("Antara ")
    assert "string_at" in text
