"""Kill -9 at random moments of what writes; of downloads in tests/core/test_download_processes.py."""

import sys
from pathlib import Path

import pytest

from tests.faults import kill, victim

pytestmark = [pytest.mark.timeout(7200), pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]


@pytest.mark.parametrize("kind", kill.KINDS)
def test_a_program_killed_at_any_moment_leaves_nothing_in_part(kind: str, tmp_path: Path, full: bool) -> None:
    victim.prepare(tmp_path)
    kill.kill_at_random(kind, tmp_path, 100 if full else 2)
