"""Kill -9 at random moments of what writes; at chosen moments of downloads: tests/core/test_download_processes.py."""

import sys
from pathlib import Path

import pytest

from core.models import catalogue
from core.models.catalogue import Model
from tests.faults import kill, victim
from tests.support import downloads, faults
from tests.support.archive_server import ArchiveServer
from tests.support.archives import TinyModel

pytestmark = [pytest.mark.timeout(7200), pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")]


@pytest.fixture
def times(full: bool) -> int:
    return 100 if full else 2


@pytest.mark.parametrize("kind", kill.KINDS)
def test_a_program_killed_at_any_moment_leaves_nothing_in_part(kind: str, tmp_path: Path, times: int) -> None:
    victim.prepare(tmp_path)
    kill.kill_at_random(kill.KINDS[kind], tmp_path, times)


def test_a_download_killed_at_any_moment_leaves_a_whole_model_or_none_and_is_gone_on_with(
    tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, tmp_path: Path, times: int
) -> None:
    archive_server.always("/tiny.tar.gz", faults.trickle(20_000))
    place = tmp_path / "models.json"
    place.write_text(catalogue.source(), "utf-8")

    def check(place: Path, lines: list[str]) -> None:
        downloads.check_whole(tiny_model)
        downloads.download(tiny)
        downloads.check_installed(tiny_model)

    kill.kill_at_random(kill.Work(("tests.support.downloader", "--endless"), check), place, times)
