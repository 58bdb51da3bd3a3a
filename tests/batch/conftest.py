"""What the tests of catalogues share: an album, and one song done as a worker does it."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import songs

# Without the extra (requirements-batch.txt, which requirements-dev.txt has in it) none of these can be imported.
collect_ignore_glob = [] if find_spec("distributed") else ["test_*.py"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three songs of 1 s, one of them in a folder that is called as another song."""
    folder = tmp_path_factory.mktemp("album")
    (folder / "गीत 1").mkdir()
    for seed, name in enumerate(("गीत 1.flac", "गीत 2.flac", "गीत 1/vocals.flac")):
        songs.write(folder / name, 0.5 * songs.music(1, seed=seed))
    return folder


@pytest.fixture
def environment(warm_cache: Path, tmp_path: Path) -> dict[str, str]:
    """Of processes of their own."""
    own = {"XDG_CACHE_HOME": str(warm_cache), "XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    return os.environ | own


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch, warm_cache: Path) -> Callable[[], None]:
    """Has the warm cache used in this process."""

    def use() -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(warm_cache))

    return use
