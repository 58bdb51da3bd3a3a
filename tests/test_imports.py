"""What loads what. The layers themselves are contracts in pyproject.toml, held by import-linter."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"tensorflow", "tf_keras", "spleeter", "pandas", "av", "numpy", "scipy", "sounddevice", "PySide6"}


def loaded_by(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_command_line_starts_without_any_heavy_import() -> None:
    assert not loaded_by("import main") & HEAVY
    assert not loaded_by("import core.cli; core.cli._parser()") & HEAVY


def test_the_window_starts_without_tensorflow_and_sound() -> None:
    assert not loaded_by("import gui.app") & {"tensorflow", "tf_keras", "spleeter", "pandas", "sounddevice"}


@pytest.mark.parametrize("module", ["core.jobs", "core.separation.separator", "core.models.catalogue"])
def test_core_needs_no_qt_and_no_tensorflow_to_be_imported(module: str) -> None:
    assert not loaded_by(f"import {module}") & {"tensorflow", "tf_keras", "PySide6", "sounddevice"}
