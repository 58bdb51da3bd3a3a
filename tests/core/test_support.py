"""The support bundle: complete, without anything personal, and whole under its name or not there."""

import getpass
import json
import logging
import platform
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core import cli, logs, paths, settings, support
from core.cancel import CancelToken
from core.engines.survey import Survey
from core.errors import CancelledError, DiskFullError, OutputExistsError, OutputNotWritableError
from core.models import catalogue, store
from core.output import Output
from core.report import versions
from core.support import Part

PARTS = [Part("about.txt", "Antara\n"), Part("log/antara.log", "गीत\n")]


@pytest.fixture(autouse=True)
def _anna(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user is Anna, all of whose folders are below her home; the engines are not loaded."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")
    monkeypatch.setattr(platform, "node", lambda: "studio-7")
    monkeypatch.setattr(support, "survey", lambda cancel: Survey({"tensorflow": "", "onnx": "no library"}, (), True))


def collected(last_error: str = "") -> dict[str, str]:
    return {part.name: part.text for part in support.collect(CancelToken(), last_error)}


def test_it_says_what_whoever_helps_wants_to_know() -> None:
    found = collected()
    assert list(found) == ["about.txt", "engines.txt", "settings.txt", "models.txt", "last-error.txt"]
    assert found["about.txt"].startswith(versions())
    assert "numpy " in found["about.txt"]
    assert "OpenVINO: can be used\nONNX Runtime: no library" in found["engines.txt"]
    assert "TensorFlow: is not installed" in found["engines.txt"]
    assert "builtin: builtin, whole" in found["models.txt"]
    assert "spleeter:2stems: available\n" in found["models.txt"]
    assert found["last-error.txt"] == "none is in the log\n"
    assert all(text.endswith("\n") for text in found.values())


def test_a_model_that_was_changed_is_said(tmp_path: Path) -> None:
    builtin, source = catalogue.find("builtin").locate_weights().parent, tmp_path / "source"
    source.mkdir()
    for name in ("config.json", "weights.npz"):
        shutil.copyfile(builtin / name, source / name)
    store.add(source, CancelToken(), lambda transfer: None, "mine")
    assert "mine: installed, whole" in collected()["models.txt"]
    weights = paths.models_folder() / "mine" / "weights.npz"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    assert "mine: installed, model_damaged(name=mine, detail=weights.npz was changed)" in collected()["models.txt"]


def test_all_files_of_the_log_are_in_it_and_only_these(tmp_path: Path) -> None:
    folder = paths.logs_folder()
    folder.mkdir(parents=True)
    for name in ("antara.log", "antara.log.1", "antara.log.3", "antara.log.4", "crash.log", "crash.1.log", "diary.txt"):
        (folder / name).write_text(f"{name}\n")
    (folder / "antara.log.2").mkdir()
    found = [name for name in collected() if name.startswith("log/")]
    assert found == [f"log/{name}" for name in ("antara.log", "antara.log.1", "antara.log.3", "crash.log", "crash.1.log")]


def test_a_log_that_is_far_too_large_is_cut_at_its_beginning() -> None:
    folder = paths.logs_folder()
    folder.mkdir(parents=True)
    (folder / "crash.log").write_bytes(b"\xff" * 3_000_000 + b"the end")
    text = collected()["log/crash.log"]
    assert text.endswith("the end\n")
    assert len(text) <= 2 * logs.MOST_BYTES + 1


def test_nothing_personal_is_in_it(tmp_path: Path) -> None:
    settings.change(
        mirror="https://anna:secret@example.org/models",
        output_device=("Anna's headphones", "ALSA"),
        export_folder=str(tmp_path / "Private"),
        queue_folder="/media/anna/Secret",
        model="/home/anna/secret.json",
        engine="openvino",
        threads=3,
        window="c2VjcmV0",
        output=Output(codec="mp3", template="Secret of Anna/{stem}"),
    )
    folder = paths.logs_folder()
    folder.mkdir(parents=True)
    lines = [f"{tmp_path}/Music/a.mp3", json.dumps(str(tmp_path / "x")), "/run/media/ANNA/USB", "anna@studio-7"]
    (folder / logs.LOG).write_text("\n".join(lines), "utf-8")
    found = collected(f"Traceback: {tmp_path}/x.py")
    whole = "\n".join(found.values())
    for word in (str(tmp_path), "anna", "secret", "private", "headphones", "studio-7"):
        assert word not in whole.casefold().replace("anna/{stem}", "")
    assert found["log/antara.log"] == '~/Music/a.mp3\n"~/x"\n/run/media/<user>/USB\n<user>@<computer>\n'
    assert found["settings.txt"].splitlines() == [
        *("mirror: set", "output_device: set", "model: set", "engine: openvino", "threads: 3"),
        *("export_folder: set", "queue_folder: set", "output.codec: mp3", "output.template: set", "window: set"),
    ]


def test_the_last_error_is_the_one_that_was_told_or_nobody_caught_with_its_traceback() -> None:
    with logs.keep():
        log = logging.getLogger("gui.failures")
        log.error("nobody caught this", exc_info=ValueError("first"))
        log.warning("told: disk_full(path=x)")
        logging.getLogger("core.songs").warning("a folder cannot be read")
    assert collected()["last-error.txt"].endswith("WARNING gui.failures: told: disk_full(path=x)\n")
    with logs.keep():
        try:
            raise ValueError("second")
        except ValueError:
            logging.getLogger("gui.worker").exception("a job failed")
        logging.getLogger("core.songs").warning("a folder cannot be read")
    text = collected()["last-error.txt"]
    assert text.endswith("ValueError: second\n")
    assert "first" not in text
    assert collected("as just shown")["last-error.txt"] == "as just shown\n"


def test_what_cannot_be_found_out_is_said_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(cancel: CancelToken) -> Survey:
        raise RuntimeError("the driver is gone")

    monkeypatch.setattr(support, "survey", broken)
    assert collected()["engines.txt"] == "cannot be found out: RuntimeError: the driver is gone\n"


def test_control_characters_and_half_letters_are_not_in_it() -> None:
    text = collected("\x1b[31mred\x00\udce9\tend\r\nnext\u2028line")["last-error.txt"]
    assert text == "�[31mred��    end\nnext\nline\n"


def test_collecting_can_be_cancelled() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        support.collect(cancel)


def test_it_is_one_file_that_replaces_nothing_unasked(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "बंडल.zip"
    support.save(PARTS, target)
    with zipfile.ZipFile(target) as bundle:
        assert {name: bundle.read(name).decode() for name in bundle.namelist()} == {part.name: part.text for part in PARTS}
    before = target.read_bytes()
    with pytest.raises(OutputExistsError):
        support.save(PARTS[:1], target)
    assert target.read_bytes() == before
    support.save(PARTS[:1], target, overwrite=True)
    assert zipfile.ZipFile(target).namelist() == ["about.txt"]
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("r+b", buffering=0) as full:
        monkeypatch.setattr("os.fdopen", lambda handle, mode: full)
        with pytest.raises(DiskFullError):
            support.save(PARTS, tmp_path / "bundle.zip")
    assert list(tmp_path.glob("*bundle*")) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputNotWritableError):
        support.save(PARTS, tmp_path / "file" / "bundle.zip")


def test_the_command_lists_what_it_saves_and_overwrites_only_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run: Callable[..., int] = lambda *arguments: cli.main(["support", *arguments])  # noqa: E731
    assert run() == 0
    listed = capsys.readouterr().out.splitlines()
    (made,) = tmp_path.glob("antara-support-*.zip")
    assert listed[-1] == made.name
    assert [line.split()[1] for line in listed[:-1]] == zipfile.ZipFile(made).namelist()
    assert run("-o", str(made)) == 1
    assert "exists already" in capsys.readouterr().err
    assert run("-o", str(made), "--overwrite") == 0
