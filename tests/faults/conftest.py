"""How much is done: a part of it with the other tests, all of it by ``python3 dev.py soak``."""

import os
from pathlib import Path

import pytest

FIGURES = Path(__file__).resolve().parents[2] / "soak"  # what a whole run measured


@pytest.fixture(scope="session")
def full() -> bool:
    return os.environ.get("ANTARA_SOAK") == "1"


@pytest.fixture
def figures(full: bool, tmp_path: Path) -> Path:
    """The folder for what is measured."""
    folder = FIGURES if full else tmp_path / "figures"
    folder.mkdir(exist_ok=True)
    return folder
