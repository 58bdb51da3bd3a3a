"""What all tests share: folders of their own, the built-in engine, checkpoints of Spleeter's format."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SHARED = Path(os.environ.get("ANTARA_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or touches the user's models, cache and settings."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "pretrained_models"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of openly licensed test audio, which is not part of the repository."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no test audio in {SHARED} (set ANTARA_TEST_DATA)")
    return SHARED


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes, once a run, a folder with an official-format checkpoint for a configuration name; gives its parent."""
    from tests.support import songs, spleeter_reference

    root = tmp_path_factory.mktemp("pretrained_models")

    def make(name: str) -> Path:
        params = spleeter_reference.configuration(name)
        folder = root / params["model_dir"]
        if not folder.exists():
            spleeter_reference.make_checkpoint(folder, params, songs.music(12, seed=1))
        return root

    return make
