"""Full and failing disks, at everything that is written."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import dying_disk, victim
from tests.support import archives
from tests.support.archives import TinyModel

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(1800)

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
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for kind, answers in found.items():
        assert set(answers) <= {"well", "disk_full", "queue_unsaved"}, kind
        assert len(answers) == 2, f"{kind}: the disk was never full, or always"


def test_where_any_change_on_the_disk_fails_nothing_is_lost_and_everything_goes_on_when_it_works_again(
    tmp_path: Path, tiny_model: TinyModel, full: bool, figures: Path
) -> None:
    work, folder = tmp_path / "work", tmp_path / "dying"
    folder.mkdir()
    victim.prepare(work)
    (work / "tiny.tar.gz").write_bytes(tiny_model.archive)
    offered = {"tiny": archives.offer(tiny_model.archive, "http://127.0.0.1/tiny.tar.gz")}
    (work / "models.json").write_text(archives.catalogue_text(offered, tiny_model), "utf-8")
    command = [sys.executable, "-m", "tests.faults.dying_disk", str(folder), str(work), "1000000" if full else "3"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode == dying_disk.NO_FUSE:
        pytest.skip("this system does not let this user mount a disk that fails (it needs fuse3)")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (figures / "dying-disk.json").write_text(json.dumps(found, indent=1))
    assert found.keys() == dying_disk.KINDS.keys()
    for kind, answers in found.items():
        assert answers.keys() <= {"well", "output_not_writable", "queue_unsaved"}, (kind, answers)
        assert answers.keys() != {"well"}, f"{kind}: no change ever failed"
