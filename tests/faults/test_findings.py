"""What fuzzing has found, and what it begins with, through the same targets."""

from pathlib import Path

import pytest

from tests.faults import targets
from tests.faults.fuzz import FINDINGS, NAMES


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.mark.parametrize("name", NAMES)
def test_right_inputs_pass_and_so_do_their_beginnings(name: str, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    for number, data in enumerate(targets.first(name, tmp_path / "made")):
        for part, content in enumerate((data, data[: len(data) // 2], data[:20], b"")):
            folder = tmp_path / f"{number} {part}"
            folder.mkdir()
            targets.TARGETS[name](content, folder)


@pytest.mark.parametrize("finding", sorted(FINDINGS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name[:20]}")
def test_what_once_broke_something_no_longer_does(finding: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    targets.TARGETS[finding.parent.name](finding.read_bytes(), folder)


def test_each_target_has_its_name_and_its_beginning() -> None:
    assert set(targets.TARGETS) == set(NAMES) == set(targets._FIRST)
    assert {folder.name for folder in FINDINGS.glob("*") if folder.is_dir()} <= set(NAMES)
