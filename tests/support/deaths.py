"""A plugin for pytest-xdist: what a process of its died of is told at the end, where it is read and never cut off."""

import faulthandler
import tempfile
from pathlib import Path
from typing import Any

import pytest

LINES = 60  # the thread that crashed comes first, the modules that are loaded last

died: list[tuple[str, str]] = []  # the process, what Python wrote of it


def note(workerinput: dict[str, Any]) -> Path:
    return Path(tempfile.gettempdir()) / f"antara-{workerinput['testrunuid']}-{workerinput['workerid']}.txt"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """In the place of pytest's own, which writes between the dots of the other processes."""
    if workerinput := getattr(config, "workerinput", None):
        stream = note(workerinput).open("w")
        config.add_cleanup(stream.close)  # and until then it is kept: faulthandler may be given another one
        faulthandler.enable(stream)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    path = note(node.workerinput)
    if error and path.exists():
        died.append((node.gateway.id, path.read_text("utf-8", "replace")))
    path.unlink(missing_ok=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for process, text in died:
        terminalreporter.section(f"{process} died")
        terminalreporter.write_line("\n".join(text.splitlines()[:LINES]) or "without a word")
