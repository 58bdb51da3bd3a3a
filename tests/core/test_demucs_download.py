"""Demucs' official models: several files that are downloaded as one thing. Their weights are noise here."""

import hashlib
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from core import paths
from core.cancel import CancelToken
from core.errors import DownloadCorruptError, ModelArchiveError, ModelDamagedError, ModelMissingError, ServerBusyError
from core.models import catalogue, store
from core.models.catalogue import Model
from core.models.download import Patience
from core.progress import Transfer
from tests.support import faults
from tests.support.archive_server import ArchiveServer

NAME = "demucs:htdemucs_ft"
IMPATIENT = Patience(attempts=2, unreachable=1, first_wait_s=0.01)
NOISE = [np.random.default_rng(seed).bytes(300_000 + seed) for seed in range(4)]


@pytest.fixture
def tuned(archive_server: ArchiveServer, use_catalogue: Callable[[str], None]) -> Model:
    """The catalogue's bag of four, with other contents, which the server has."""
    known = json.loads(files("resources").joinpath("models.json").read_text("utf-8"))
    (entry,) = (entry for entry in known["demucs"] if entry["name"] == NAME)
    for part, data in zip(entry["parts"], NOISE, strict=True):
        url = archive_server.serve(f"/{part['file']}", data)
        part |= {"urls": [url], "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    use_catalogue(json.dumps(known))
    return catalogue.find("htdemucs_ft")


def download(model: Model) -> list[Transfer]:
    said: list[Transfer] = []
    store.download(model, CancelToken(), said.append, patience=IMPATIENT)
    return said


def test_the_catalogue_pins_what_demucs_publishes() -> None:
    """A file's name holds the first digits of its hash."""
    models = [model for model in catalogue.official().values() if model.bag]
    assert [model.name for model in models] == [
        f"demucs:{name}" for name in ("htdemucs", "htdemucs_ft", "htdemucs_6s", "hdemucs_mmi")
    ]
    for model in models:
        assert model.archive is not None
        for part in model.archive.parts:
            assert part.sha256.startswith(Path(part.file).stem.partition("-")[2])
            assert part.urls == (f"https://dl.fbaipublicfiles.com/demucs/hybrid_transformer/{part.file}",)
    assert set(models[2].stems) == {"vocals", "drums", "bass", "guitar", "piano", "other"}


def test_all_files_are_downloaded_as_one_and_checked(tuned: Model, archive_server: ArchiveServer) -> None:
    assert store.status(tuned).state == "available"
    total = sum(map(len, NOISE))
    assert store.status(tuned).size == total
    archive_server.script(faults.drop(0.5))
    said = download(tuned)
    assert len(archive_server.requests) == 5  # one file was gone on with
    done = [transfer.done for transfer in said if transfer.stage == "downloading"]
    assert done == sorted(done)
    assert said[-1].done == total
    assert {transfer.total for transfer in said} == {total}
    status = store.status(tuned)
    assert (status.state, status.folder, status.size) == ("installed", paths.models_folder() / "htdemucs_ft", total)
    store.verify(tuned, CancelToken())
    download(tuned)
    assert len(archive_server.requests) == 5  # it is here
    assert store.remove(tuned) == (NAME,)
    assert store.status(tuned).state == "available"


def test_what_has_arrived_of_some_files_is_gone_on_with(tuned: Model, archive_server: ArchiveServer) -> None:
    archive_server.script(faults.drop(0.5), *[faults.status(503)] * 2)
    with pytest.raises(ServerBusyError):
        download(tuned)
    assert 0 < store.status(tuned).partial < len(NOISE[0])
    assert store.status(tuned).state == "available"
    download(tuned)
    assert archive_server.requests[3].first_byte > 0
    assert store.status(tuned).state == "installed"
    assert store.status(tuned).partial == 0


def test_another_file_than_the_pinned_one_is_not_installed(tuned: Model, archive_server: ArchiveServer) -> None:
    assert tuned.archive is not None
    archive_server.serve(f"/{tuned.archive.parts[2].file}", NOISE[2][::-1])
    with pytest.raises(DownloadCorruptError):
        download(tuned)
    assert store.status(tuned).state == "available"


def test_a_file_that_changed_on_the_disk_is_found(tuned: Model) -> None:
    download(tuned)
    assert tuned.archive is not None
    file = tuned.locate_weights() / tuned.archive.parts[1].file
    file.write_bytes(NOISE[1][::-1])
    with pytest.raises(ModelDamagedError, match="was changed"):
        store.verify(tuned, CancelToken())
    file.write_bytes(b"")
    assert store.status(tuned).state == "damaged"
    file.unlink()
    assert store.status(tuned).state == "damaged"
    download(tuned)
    store.verify(tuned, CancelToken())


def test_what_the_demucs_command_has_downloaded_is_found(
    tuned: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    assert tuned.archive is not None
    for part, data in zip(tuned.archive.parts, NOISE, strict=True):
        assert store.status(tuned).state == "available"  # some of them are no model, and no damage
        with pytest.raises(ModelMissingError):
            store.remove(tuned)
        (folder / part.file).write_bytes(data)
    status = store.status(tuned)
    assert (status.state, status.folder, status.size) == ("found", folder, sum(map(len, NOISE)))
    store.verify(tuned, CancelToken())
    (folder / tuned.archive.parts[0].file).write_bytes(NOISE[0][::-1])
    with pytest.raises(ModelDamagedError, match="was changed"):
        store.verify(tuned, CancelToken())


def test_a_folder_with_the_files_can_be_added_without_a_network(
    tuned: Model, tmp_path: Path, archive_server: ArchiveServer
) -> None:
    assert tuned.archive is not None
    for part, data in zip(tuned.archive.parts, NOISE, strict=True):
        (tmp_path / part.file).write_bytes(data)
    assert store.add(tmp_path, CancelToken(), lambda transfer: None) == (tuned,)
    assert store.status(tuned).state == "installed"
    assert archive_server.requests == []


def test_a_folder_with_other_contents_under_the_names_is_not_taken_for_the_official_model(
    tuned: Model, tmp_path: Path
) -> None:
    assert tuned.archive is not None
    for part in tuned.archive.parts:
        (tmp_path / part.file).write_bytes(b"something else")
    with pytest.raises(ModelArchiveError):
        store.add(tmp_path, CancelToken(), lambda transfer: None)
    assert store.status(tuned).state == "available"
