"""A window for each test, and no thread left behind by any."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from tests.support import songs


@pytest.fixture(autouse=True)
def _no_thread_is_left(_own_folders: None) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = {thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("antara")}
    assert not left


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()
    assert window.running_job is None or not window.running_job.is_running


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """26 s: a few chunks."""
    return songs.write(tmp_path_factory.mktemp("songs") / "गीत एक.flac", songs.music(26), sample_fmt="s16")
