"""Full disks, at everything that is written."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import victim

pytestmark = pytest.mark.timeout(900)

_MOUNT = 'mount -t tmpfs -o size=64m tmpfs "$1"'
_SHELL = ["unshare", "--map-root-user", "--mount", "sh", "-c"]


def test_on_a_full_disk_nothing_is_lost_and_everything_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    disk, work = tmp_path / "disk", tmp_path / "work"
    disk.mkdir()
    if not shutil.which("unshare") or subprocess.run([*_SHELL, _MOUNT, "sh", disk], capture_output=True).returncode:
        pytest.skip("this system does not let this user mount a small disk")
    victim.prepare(work)
    script = f'{_MOUNT} && exec "$2" -m tests.faults.disk "$1" "$3"'
    command = [*_SHELL, script, "sh", str(disk), sys.executable, str(work)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for kind, answers in found.items():
        assert set(answers) <= {"well", "disk_full", "queue_unsaved"}, kind
        assert len(answers) == 2, f"{kind}: the disk was never full, or always"
