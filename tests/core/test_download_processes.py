"""Downloads in processes that are killed, that run side by side, and on disks that are full or closed to them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from core import paths
from core.models import catalogue, store
from core.models.catalogue import Model
from tests.support import faults
from tests.support.archive_server import ArchiveServer, Gate
from tests.support.archives import TinyModel
from tests.support.downloads import check_installed, check_tidy, left_of_downloads, part_size, visible

ROOT = Path(__file__).parents[2]
PATH = "/tiny.tar.gz"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows ends and locks programs out by other means")


@pytest.fixture
def command(tiny: Model, tmp_path: Path) -> list[str]:
    """A program that downloads the tiny model."""
    (tmp_path / "models.json").write_text(catalogue.source(), "utf-8")
    return [sys.executable, "-m", "tests.support.downloader", str(tmp_path / "models.json")]


@contextmanager
def running(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


def outcome(command: list[str]) -> list[str]:
    """The lines that a program says."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def wait_for_part(least: int, program: "subprocess.Popen[str]") -> None:
    while part_size() < least:
        assert program.poll() is None
        time.sleep(0.01)


def read_line(program: "subprocess.Popen[str]") -> str:
    assert program.stdout
    return program.stdout.readline().rstrip()


def test_a_download_that_was_killed_is_gone_on_with(
    command: list[str], tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    archive_server.script(faults.stop(Gate(), 0.4), faults.stop(Gate(), 0.4))
    for least in (600_000, 1_000_000):
        with running(command) as program:
            wait_for_part(least, program)
        assert visible() == set()
        check_tidy(tiny_model)
    kept = part_size()
    assert outcome(command)[0] == "installed"
    starts = [request.first_byte for request in archive_server.requests]
    assert starts == [0, starts[1], kept]
    assert starts[1] >= 600_000
    check_installed(tiny_model)


@pytest.mark.parametrize("moment", ["core.models.archive:unpack", "core.models.install:finish", "pathlib:Path.rename"])
def test_an_installation_that_was_killed_is_done_again_without_another_download(
    command: list[str], tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, moment: str
) -> None:
    with running([*command, "--before", moment, "--die"]) as program:
        assert program.wait() == -9
    assert visible() == set()
    assert store.status(tiny).partial == tiny_model.size
    assert outcome(command)[0] == "installed"
    assert len(archive_server.requests) == 1
    check_installed(tiny_model)


@pytest.mark.parametrize("count", [2, 4])
def test_processes_at_the_same_time_share_one_download(
    command: list[str], tiny_model: TinyModel, archive_server: ArchiveServer, count: int
) -> None:
    gate = Gate()
    archive_server.script(faults.stop(gate))
    with ExitStack() as opened:
        first = opened.enter_context(running(command))
        gate.wait_until_reached()
        others = [opened.enter_context(running(command)) for _ in range(count - 1)]
        assert {read_line(other) for other in others} == {"waiting"}
        gate.open()
        said = [program.communicate()[0].splitlines() for program in (first, *others)]
    assert all("installed" in lines for lines in said)
    assert archive_server.asked() == [(PATH, 0)]
    check_installed(tiny_model)


def test_who_waits_for_a_download_that_is_killed_goes_on_with_it(
    command: list[str], tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    gate = Gate()
    archive_server.script(faults.stop(gate))
    with running(command) as first:
        gate.wait_until_reached()
        with running(command) as second:
            assert read_line(second) == "waiting"
            wait_for_part(500_000, first)
            first.kill()
            first.wait()
            kept = part_size()
            assert "installed" in second.communicate()[0].splitlines()
    assert [start for _, start in archive_server.asked()] == [0, kept]
    check_installed(tiny_model)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (["--at", "downloading", "--fill", "500000"], "disk_full"),
        (["--at", "downloading", "--fill", "0"], "disk_full"),
        (["--at", "installing", "--fill", "1000000"], "not_enough_space"),
        (["--before", "core.models.archive:unpack", "--fill", "1000000"], "disk_full"),
        (["--before", "core.models.records:take", "--fill", "0"], "disk_full"),
    ],
    ids=["while downloading", "at once", "before unpacking", "while unpacking", "before the record"],
)
def test_a_disk_that_fills_up_is_said_and_the_model_comes_when_there_is_room(
    command: list[str], tiny_model: TinyModel, tmp_path: Path, trouble: list[str], code: str
) -> None:
    # In a mount namespace of its own the disk vanishes with the process.
    text = json.loads(catalogue.source())
    text["archives"]["tiny"]["unpacked"] = 3_000_000
    (tmp_path / "models.json").write_text(json.dumps(text), "utf-8")
    paths.models_folder().mkdir(parents=True)
    shell = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = ['mount -t tmpfs -o size=70m tmpfs "$0"', str(paths.models_folder())]
    if not shutil.which("unshare") or subprocess.run([*shell, *mount], capture_output=True).returncode:
        pytest.skip("this system does not let this user mount a small disk")
    said = outcome([*shell, f'{mount[0]} && exec "$@"', mount[1], *command, *trouble, "--again"])
    lines = [line for line in said if line != "waiting"]
    names = [path.name for path in tiny_model.folder.iterdir() if not path.name.startswith(".")]
    assert lines[0] == code
    assert set(lines[1].split()) <= {"tiny.tar.gz.part", "tiny.tar.gz.part.json"}
    assert lines[2:] == ["installed", " ".join(sorted([*names, "antara.json"]))]


@pytest.mark.parametrize("level", ["models", "antara", "data"])
def test_a_folder_that_may_not_be_written_to_is_said(
    command: list[str], tmp_path: Path, archive_server: ArchiveServer, level: str
) -> None:
    for folder in tmp_path.parents:  # pytest's own folders let nobody else through
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 1:
            folder.chmod(0o755)
    tmp_path.chmod(0o755)
    closed = next(folder for folder in [paths.models_folder(), *paths.models_folder().parents] if folder.name == level)
    closed.mkdir(parents=True)
    closed.chmod(0o555)
    assert outcome([*command, "--nobody"])[0] == "output_not_writable"
    assert archive_server.requests == []
    assert list(closed.iterdir()) == []


def test_a_file_where_the_folder_of_models_should_be_is_said(command: list[str], archive_server: ArchiveServer) -> None:
    paths.models_folder().parent.mkdir(parents=True)
    paths.models_folder().write_text("a file")
    assert outcome(command)[0] == "output_not_writable"
    assert archive_server.requests == []


def test_the_leavings_of_a_killed_program_are_cleared_away(
    command: list[str], tiny_model: TinyModel, use_catalogue: Callable[[str], None]
) -> None:
    with running([*command, "--before", "core.models.install:finish", "--die"]) as program:
        program.wait()
    assert list(paths.models_folder().glob(".installing/*")) != []
    assert outcome(command)[0] == "installed"
    check_tidy(tiny_model)
    assert left_of_downloads() == set()
