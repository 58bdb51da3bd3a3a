"""The configuration that the built-in model is to be trained with."""

from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="SciPy is not installed (requirements-train.txt)")

from core.training import corpus
from core.training.config import read_configuration

CONFIGURATION = Path(__file__).parents[3] / "resources" / "models" / "builtin" / "train.json"


def test_it_is_for_the_stems_of_the_projects_training_set() -> None:
    assert read_configuration(CONFIGURATION).stems == corpus.STEMS
