"""``models …`` as a user meets it: what it prints, its exit status, and one sentence where something is wrong."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import cli, paths
from core.models import catalogue
from core.models.catalogue import Model
from tests.support import faults, songs
from tests.support.archive_server import ArchiveServer, Gate
from tests.support.archives import TinyModel
from tests.support.downloads import check_installed, left_of_downloads, part_size, visible

ROOT = Path(__file__).parents[2]
PATH = "/tiny.tar.gz"

Run = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs ``models …``: the status, the lines of standard output and error. A traceback is never among them."""

    def models(*arguments: object) -> tuple[int, list[str], list[str]]:
        status = cli.main(["models", *map(str, arguments)])
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        assert "Something went wrong that should not have" not in captured.err
        return status, captured.out.splitlines(), captured.err.splitlines()

    return models


def fails(result: tuple[int, list[str], list[str]], sentence: str) -> None:
    """Status 1, and that sentence alone."""
    status, said, complained = result
    assert (status, said) == (1, [])
    assert complained[-1].startswith(sentence)
    assert all("downloading" in line for line in complained[:-1])


def test_the_list_has_all_models_with_state_size_and_stems(run: Run, tiny: Model) -> None:
    status, said, complained = run("list")
    assert (status, complained) == (0, [])
    assert [line.split()[0] for line in said] == list(catalogue.models())
    assert all(", " in line and " MB " in line for line in said)
    assert "built in" in said[0]
    assert all("can be downloaded" in line for line in said[1:])


def test_the_list_tells_what_is_installed_found_damaged_and_begun(
    run: Run, tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, tmp_path: Path
) -> None:
    def state() -> str:
        return next(line for line in run("list")[1] if line.startswith("tiny "))

    archive_server.script(faults.drop(0.6), faults.status(404))
    run("download", "tiny")
    assert "(1 MB are here)" in state()
    run("download", "tiny")
    assert "installed" in state()
    (paths.models_folder() / "tiny" / "checkpoint").unlink()
    assert "damaged" in state()
    run("remove", "tiny")
    shutil.copytree(tiny_model.folder, tmp_path / "pretrained_models" / "tiny")
    assert "Spleeter" in state()


def test_a_download_says_from_where_and_prints_the_folder(
    run: Run, tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    status, said, complained = run("download", "tiny")
    assert status == 0
    assert said == [str(paths.models_folder() / "tiny")]
    assert complained == [f"tiny: downloading 2 MB from 127.0.0.1:{archive_server.port}"]
    check_installed(tiny_model)


def test_what_is_here_is_not_said_to_be_downloaded(run: Run, tiny: Model, archive_server: ArchiveServer) -> None:
    first = run("download", "tiny")
    second = run("download", "tiny")
    assert second[:2] == first[:2]
    assert not any("downloading" in line for line in second[2])
    assert len(archive_server.requests) == 1


def test_a_download_that_fails_is_one_sentence(run: Run, tiny: Model, archive_server: ArchiveServer) -> None:
    archive_server.always(PATH, faults.status(404))
    fails(run("download", "tiny"), f"“{archive_server.url}{PATH}” cannot be downloaded")
    archive_server.always(PATH, faults.login_page)
    fails(run("download", "tiny"), "What “127.0.0.1")
    archive_server.always(PATH, faults.status(503, Retry_After="9999"))
    fails(run("download", "tiny"), "“127.0.0.1” is busy")
    assert visible() == set()


def test_an_unknown_model_is_one_sentence(run: Run, tiny: Model, archive_server: ArchiveServer) -> None:
    for action in ("download", "remove", "verify", "where"):
        fails(run(action, "9stems"), "There is no model “9stems”")
    fails(run("download", "tiny", "9stems"), "There is no model “9stems”")
    assert archive_server.requests == []


def test_the_built_in_model_needs_no_download(run: Run) -> None:
    status, said, complained = run("download", "builtin")
    assert (status, complained) == (0, [])
    assert len(said) == 1


def test_models_are_added_used_verified_and_removed(
    run: Run, tiny: Model, tiny_model: TinyModel, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "गीत.tar.gz"
    source.write_bytes(tiny_model.archive)
    assert run("add", source) == (0, ["tiny"], [])
    mine = shutil.copytree(tiny_model.folder, tmp_path / "mine")
    shutil.copy(tiny_model.configuration, mine)
    assert run("add", mine) == (0, ["mine"], [])
    assert run("add", mine, "--name", "गीत") == (0, ["गीत"], [])
    assert [line.split()[0] for line in run("list")[1]][-2:] == ["mine", "गीत"]
    assert run("verify") == (0, ["builtin: whole", "tiny: whole", "mine: whole", "गीत: whole"], [])
    song = songs.write(tmp_path / "song.wav", songs.music(1))
    command = ["separate", "--model", "गीत", "--device", "cpu", str(song), "-o", str(tmp_path / "out")]
    assert cli.main(command) == 0
    assert len(capfd.readouterr().out.splitlines()) == 2
    assert run("where", "गीत") == (0, [str(paths.models_folder() / "गीत")], [])
    assert run("remove", "गीत", "tiny") == (0, ["गीत", "tiny"], [])
    assert visible() == {"mine"}


def test_what_cannot_be_added_is_one_sentence(run: Run, tmp_path: Path, tiny_model: TinyModel) -> None:
    (tmp_path / "text.tar.gz").write_text("text")
    (tmp_path / "text.json").write_text("text")
    (tmp_path / "folder").mkdir()
    fails(run("add", tmp_path / "gone.tar.gz"), "“gone.tar.gz” cannot be installed")
    fails(run("add", tmp_path / "text.tar.gz"), "“text.tar.gz” cannot be installed")
    fails(run("add", tmp_path / "text.json"), "“text.json” does not describe a model")
    fails(run("add", tmp_path / "folder"), "“folder” does not describe a model")
    mine = shutil.copytree(tiny_model.folder, tmp_path / "mine")
    shutil.copy(tiny_model.configuration, mine)
    fails(run("add", mine, "--name", "builtin"), "There is a model “builtin” already")
    fails(run("add", mine, "--name", "a/b"), "A model cannot be called “a/b”")
    assert visible() == set()


def test_damage_is_one_sentence_for_each_model_and_status_1(run: Run, tiny: Model) -> None:
    run("download", "tiny")
    (paths.models_folder() / "tiny" / "noise.bin").write_bytes(bytes(2_000_000))
    status, said, complained = run("verify")
    assert (status, said) == (1, ["builtin: whole"])
    assert complained == ["The model “tiny” is damaged (noise.bin was changed); download it again or remove it."]
    assert run("verify", "tiny")[0] == 1


def test_what_is_not_here_can_be_neither_verified_nor_removed_nor_found(run: Run, tiny: Model) -> None:
    for action in ("verify", "remove", "where"):
        fails(run(action, "tiny"), "The model “tiny” is not on this computer")


def test_what_is_not_antaras_is_not_removed(run: Run, tiny: Model, tiny_model: TinyModel, tmp_path: Path) -> None:
    shutil.copytree(tiny_model.folder, tmp_path / "pretrained_models" / "tiny")
    fails(run("remove", "tiny"), "The model “tiny” is not Antara's to remove")
    fails(run("remove", "builtin"), "The model “builtin” is not Antara's to remove")
    assert tiny.installed


def test_where_models_are_and_come_to(run: Run, tiny: Model) -> None:
    assert run("where") == (0, [str(paths.models_folder())], [])
    status, said, _ = run("where", "builtin")
    assert status == 0
    assert Path(said[0]).exists()


def test_a_mirror_is_kept_used_and_given_up(
    run: Run, tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer
) -> None:
    assert run("mirror") == (0, ["none"], [])
    with ArchiveServer() as mirror:
        mirror.serve("/models/tiny.tar.gz", tiny_model.archive)
        address = f"{mirror.url}/models"
        assert run("mirror", address) == (0, [address], [])
        assert run("mirror") == (0, [address], [])
        assert run("download", "tiny")[2] == [f"tiny: downloading 2 MB from 127.0.0.1:{mirror.port}"]
    check_installed(tiny_model)
    assert archive_server.requests == []
    run("remove", "tiny")
    assert run("mirror", "none") == (0, ["none"], [])
    assert run("download", "tiny")[0] == 0
    assert len(archive_server.requests) == 1


@pytest.mark.parametrize("address", ["nonsense", "ftp://example.org", "https://", "file:///tmp", "https://a b\n"])
def test_what_is_no_address_of_a_mirror_is_one_sentence(run: Run, address: str) -> None:
    fails(run("mirror", address), "“")
    assert run("mirror") == (0, ["none"], [])


@pytest.mark.parametrize(
    "arguments", [[], ["fetch"], ["download"], ["add"], ["remove"], ["add", "a", "b"], ["list", "x"], ["where", "a", "b"]]
)
def test_wrong_usage_is_status_2_with_the_usage(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["models", *arguments])
    assert caught.value.code == 2
    assert capfd.readouterr().err.startswith("usage: antara")


def test_separating_offline_downloads_nothing(run: Run, tiny: Model, archive_server: ArchiveServer, tmp_path: Path) -> None:
    song = songs.write(tmp_path / "song.wav", songs.music(1))
    assert cli.main(["separate", "--model", "tiny", "--offline", str(song), "-o", str(tmp_path / "out")]) == 1
    assert archive_server.requests == []
    assert not (tmp_path / "out").exists()


DOWNLOAD = """
import sys
from pathlib import Path
from core import cli
from core.models import catalogue
catalogue.source = lambda: Path(sys.argv[1]).read_text()
sys.exit(cli.main(["models", "download", "tiny"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send this signal to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_a_download_which_is_gone_on_with_later(
    run: Run, tiny: Model, tiny_model: TinyModel, archive_server: ArchiveServer, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "models.json").write_text(catalogue.source())
    gate = Gate()
    archive_server.script(faults.stop(gate))
    command = [sys.executable, "-c", DOWNLOAD, str(tmp_path / "models.json")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        gate.wait_until_reached()
        program.send_signal(number)
        said, complained = program.communicate()
    assert (program.returncode, said) == (130, "")
    assert complained.splitlines()[-1].startswith("Cancelled")
    assert len(complained.splitlines()) == 2
    assert visible() == set()
    assert part_size() > 0
    assert run("download", "tiny")[0] == 0
    assert archive_server.requests[-1].first_byte > 0
    check_installed(tiny_model)
    assert left_of_downloads() == set()
