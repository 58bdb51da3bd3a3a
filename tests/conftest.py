"""What all tests share: folders of their own, the built-in engine, checkpoints of Spleeter's format."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from core.models.catalogue import Model
    from tests.support.archive_server import ArchiveServer
    from tests.support.archives import TinyModel

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

FIGURES = Path(__file__).resolve().parents[1] / "soak"  # what a whole run measured
SHARED = Path(os.environ.get("ANTARA_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or touches the user's models, cache and settings."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("MODEL_PATH", str(tmp_path / "pretrained_models"))
    monkeypatch.delenv("TORCH_HOME", raising=False)


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for caches. Antara's has what is made but once on a computer: the built-in graph, and who is the fastest."""
    from core.engines import EngineOptions, choice
    from core.models import catalogue

    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(folder))
        choice.choose(catalogue.find("builtin"), EngineOptions())
    return folder


@pytest.fixture
def warm(_own_folders: None, warm_cache: Path, tmp_path: Path) -> None:
    """The test's own cache begins as the warm one is."""
    own, kept = (folder / "antara" for folder in (tmp_path / "cache", warm_cache))
    own.mkdir(parents=True)
    (own / "graphs").symlink_to(kept / "graphs")
    shutil.copy(kept / "measurements.json", own)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of openly licensed test audio, which is not part of the repository."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no test audio in {SHARED} (set ANTARA_TEST_DATA)")
    return SHARED


@pytest.fixture(scope="session")
def for_all_processes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run have. Who makes something in it has the lock of that name."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def checkpoints(for_all_processes: Path) -> Callable[[str], Path]:
    """Makes, once a run, a folder with an official-format checkpoint for a configuration name; gives its parent."""
    from tests.support import songs, spleeter_reference

    root = for_all_processes / "pretrained_models"

    def make(name: str) -> Path:
        params = spleeter_reference.configuration(name)
        folder = root / params["model_dir"]
        with FileLock(for_all_processes / f"{name}.lock"):
            if not folder.exists():
                spleeter_reference.make_checkpoint(folder, params, songs.music(12, seed=1))
        return root

    return make


@pytest.fixture(scope="session")
def tiny_model(for_all_processes: Path) -> "TinyModel":
    """A model of a few kB and its archive."""
    from tests.support import archives

    root = for_all_processes / "tiny_model"
    with FileLock(for_all_processes / "tiny_model.lock"):
        if not root.exists():
            archives.make_tiny_model(root)
    return archives.tiny_model(root)


@pytest.fixture
def archive_server(monkeypatch: pytest.MonkeyPatch) -> Iterator["ArchiveServer"]:
    """Serves archives; no proxy stands between."""
    from tests.support.archive_server import ArchiveServer

    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with ArchiveServer() as server:
        yield server


@pytest.fixture
def use_catalogue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Takes the text of the catalogue that is Antara's own during the test."""
    from core.models import catalogue

    def use(text: str) -> None:
        monkeypatch.setattr(catalogue, "source", lambda: text)
        catalogue.official.cache_clear()

    yield use
    catalogue.official.cache_clear()


@pytest.fixture
def tiny(tiny_model: "TinyModel", archive_server: "ArchiveServer", use_catalogue: Callable[[str], None]) -> "Model":
    """The tiny model, which ``archive_server`` has at /tiny.tar.gz, in the catalogue."""
    from core.models import catalogue
    from tests.support import archives

    url = archive_server.serve("/tiny.tar.gz", tiny_model.archive)
    use_catalogue(archives.catalogue_text({"tiny": archives.offer(tiny_model.archive, url)}, tiny_model))
    return catalogue.find("tiny")


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether what takes long is done whole (``python3 dev.py soak``), and not only a part of it."""
    return os.environ.get("ANTARA_SOAK") == "1"


@pytest.fixture
def figures(full: bool, tmp_path: Path) -> Path:
    """The folder for what is measured."""
    folder = FIGURES if full else tmp_path / "figures"
    folder.mkdir(exist_ok=True)
    return folder
