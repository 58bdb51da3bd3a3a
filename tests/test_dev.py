"""The set-up: from nothing, from half-done, and when everything is there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without requirements, so that its environment is made without a network."""
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    (tmp_path / "requirements.txt").write_text("# none\n")
    return tmp_path


def make(project: Path) -> Path:
    return dev.environment(".venv", ["requirements.txt"], [])


def works(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0


def test_the_environment_is_made_and_then_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert works(make(project))
    assert "Setting up" in capsys.readouterr().out
    make(project)
    assert capsys.readouterr().out == ""


def test_an_interrupted_set_up_is_gone_through_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(project)
    (project / ".venv" / "installed.json").write_text('{"requirements.txt": ')
    capsys.readouterr()
    assert works(make(project))
    assert "Setting up" in capsys.readouterr().out


def test_a_broken_environment_is_made_anew(project: Path) -> None:
    python = make(project)
    python.unlink()
    python.write_text("#!/bin/false\n")
    python.chmod(0o755)
    (project / ".venv" / "installed.json").unlink()
    assert works(make(project))


def test_changed_requirements_are_installed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(project)
    (project / "requirements.txt").write_text("# none, differently\n")
    capsys.readouterr()
    make(project)
    assert "Setting up" in capsys.readouterr().out


def test_a_larger_set_leaves_the_smaller_one_installed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "requirements-dev.txt").write_text("# none either\n")
    make(project)
    dev.environment(".venv", ["requirements.txt", "requirements-dev.txt"], [])
    capsys.readouterr()
    make(project)
    dev.environment(".venv", ["requirements.txt", "requirements-dev.txt"], [])
    assert capsys.readouterr().out == ""


def test_requirements_that_cannot_be_had_are_said_in_one_sentence(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "requirements.txt").write_text(f"{project}/no-such-package.whl\n")
    with pytest.raises(dev.SetupError, match="pip could not install"):
        make(project)
    assert dev.read_note(project / ".venv" / "installed.json") == {}


def test_an_unsupported_python_is_told_which_ones_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1, "final", 0))
    assert dev.main(["run"]) == 1
    assert "this is Python 3.10, and TensorFlow needs 3.11, 3.12 or 3.13" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="no Debian packages here")
def test_missing_system_packages_are_found_by_name() -> None:
    assert dev.missing_packages(["bash", "no-such-package-anywhere"]) == ["no-such-package-anywhere"]


def test_run_without_a_display_separates_the_demo_song_and_says_where(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    script = "import dev, sys; dev.system_packages = lambda names: None; sys.exit(dev.main(['run']))"
    if sys.platform != "linux":
        pytest.skip("elsewhere there is always a display")
    environment["PYTHONPATH"] = str(ROOT)
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0
    for stem in ("vocals", "accompaniment"):
        path = tmp_path / "output" / "antara-demo" / f"{stem}.wav"
        assert str(path) in run.stdout
        assert path.stat().st_size > 20 * 44100 * 4


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_step_that_a_signal_ends_has_failed(capfd: pytest.CaptureFixture[str]) -> None:
    assert dev.step([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) == 9
    assert "signal 9" in capfd.readouterr().err
    assert dev.step([sys.executable, "-c", "raise SystemExit(3)"]) == 3
    assert dev.step([sys.executable, "-c", ""]) == 0
