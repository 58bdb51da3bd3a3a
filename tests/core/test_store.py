"""Models on this computer: their states, what can be added, what is checked, what can be removed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core import paths
from core.cancel import CancelToken
from core.errors import (
    CancelledError,
    ModelArchiveError,
    ModelConfigurationError,
    ModelDamagedError,
    ModelError,
    ModelMissingError,
    ModelNameError,
    ModelNameTakenError,
    ModelNotRemovableError,
    NotEnoughSpaceError,
    UnknownModelError,
)
from core.models import catalogue, store, weights
from core.models.catalogue import Model
from tests.support import archives, faults
from tests.support.archive_server import ArchiveServer
from tests.support.archives import Member, TinyModel, files_of, packed
from tests.support.downloads import QUICK, check_installed, download, left_of_downloads, part_size, visible


def add(source: Path, name: str | None = None) -> tuple[str, ...]:
    """The names of the models that it brings."""
    return tuple(model.name for model in store.add(source, CancelToken(), lambda transfer: None, name))


def refuse(source: Path, kind: type[ModelError], name: str | None = None) -> ModelError:
    """The error; nothing was installed or left behind."""
    before = visible()
    with pytest.raises(kind) as caught:
        add(source, name)
    assert visible() == before
    assert list(paths.models_folder().glob(".installing/*")) == []
    return caught.value


@pytest.fixture
def found(tiny: Model, tiny_model: TinyModel, tmp_path: Path) -> Path:
    """The tiny model where Spleeter keeps its models."""
    return Path(shutil.copytree(tiny_model.folder, tmp_path / "pretrained_models" / "tiny"))


@pytest.fixture
def mine(tiny_model: TinyModel, tmp_path: Path) -> Path:
    """A model of the user's own: a folder with a configuration and a checkpoint."""
    folder = Path(shutil.copytree(tiny_model.folder, tmp_path / "mine"))
    shutil.copy(tiny_model.configuration, folder / "my configuration.json")
    return folder


@pytest.fixture
def archive(tiny_model: TinyModel, tmp_path: Path) -> Path:
    """The tiny model's archive, under a name that says nothing."""
    path = tmp_path / "download (1).bin"
    path.write_bytes(tiny_model.archive)
    return path


def test_a_model_that_is_not_here_is_available(tiny: Model, tiny_model: TinyModel) -> None:
    assert store.status(tiny) == store.Status("available", None, tiny_model.size)


def test_the_built_in_model_is_there_always() -> None:
    status = store.status(catalogue.find("builtin"))
    assert status.state == "builtin"
    assert status.size > 1_000_000
    store.verify(catalogue.find("builtin"), CancelToken())


def test_an_installed_model_says_where_it_is_and_how_large(tiny: Model, tiny_model: TinyModel) -> None:
    download(tiny)
    status = store.status(tiny)
    assert (status.state, status.folder, status.partial) == ("installed", paths.models_folder() / "tiny", 0)
    assert status.size >= tiny_model.unpacked
    store.verify(tiny, CancelToken())


def test_spleeters_own_folders_are_found_and_used_and_not_downloaded_again(
    tiny: Model, found: Path, archive_server: ArchiveServer
) -> None:
    assert (store.status(tiny).state, store.status(tiny).folder) == ("found", found)
    store.verify(tiny, CancelToken())
    download(tiny)
    assert archive_server.requests == []
    assert visible() == set()


def test_a_damaged_folder_of_spleeters_is_left_alone_and_a_whole_model_installed_beside_it(
    tiny: Model, tiny_model: TinyModel, found: Path
) -> None:
    (found / "model.index").write_bytes(b"cut off")
    assert store.status(tiny).state == "damaged"
    assert store.status(tiny).folder == found
    assert store.status(tiny).detail
    download(tiny)
    check_installed(tiny_model)
    assert store.status(tiny).folder == paths.models_folder() / "tiny"
    assert (found / "model.index").read_bytes() == b"cut off"


def test_a_whole_folder_of_spleeters_serves_while_antaras_own_is_damaged(tiny: Model, found: Path) -> None:
    shutil.copytree(found, paths.models_folder() / "tiny")
    (paths.models_folder() / "tiny" / "checkpoint").unlink()
    assert store.status(tiny).folder == found


@pytest.mark.parametrize("name", ["model.data-00000-of-00001", "model.index", "checkpoint", "noise.bin"])
def test_one_changed_byte_is_found_and_named(tiny: Model, name: str) -> None:
    download(tiny)
    path = paths.models_folder() / "tiny" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelDamagedError, match=name.split(".")[0]):
        store.verify(tiny, CancelToken())


def test_a_changed_weight_is_found_where_there_is_no_record(tiny: Model, found: Path) -> None:
    path = found / "model.data-00000-of-00001"
    path.write_bytes(bytes(100) + path.read_bytes()[100:])
    with pytest.raises(ModelDamagedError):
        store.verify(tiny, CancelToken())


def test_what_is_not_here_cannot_be_verified(tiny: Model) -> None:
    with pytest.raises(ModelMissingError):
        store.verify(tiny, CancelToken())


def test_verifying_can_be_cancelled(tiny: Model) -> None:
    download(tiny)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        store.verify(tiny, cancel)


def test_an_official_archive_is_known_by_its_contents(tiny: Model, tiny_model: TinyModel, archive: Path) -> None:
    assert add(archive) == ("tiny",)
    check_installed(tiny_model)
    assert archive.read_bytes() == tiny_model.archive
    assert not catalogue.find("tiny").own


def test_an_official_model_is_known_by_the_name_of_its_folder(tiny: Model, found: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "downloads" / "tiny"
    shutil.copytree(found, unpacked)
    assert add(unpacked) == ("tiny",)
    assert store.status(tiny).state == "installed"
    store.verify(tiny, CancelToken())
    assert unpacked.is_dir()


def test_an_official_archive_replaces_a_damaged_model_and_an_interrupted_download(
    tiny: Model, tiny_model: TinyModel, archive: Path
) -> None:
    download(tiny)
    (paths.models_folder() / "tiny" / "noise.bin").unlink()
    add(archive)
    check_installed(tiny_model)


@pytest.mark.parametrize("name", [None, "मेरा मॉडल"])
@pytest.mark.parametrize("kind", ["folder", "archive", "archive with a folder", "configuration"])
def test_a_model_of_ones_own_is_added(mine: Path, tmp_path: Path, kind: str, name: str | None) -> None:
    if kind == "folder":
        source = mine
    elif kind == "configuration":
        source = mine / "mine.json"
        (mine / "my configuration.json").rename(source)
        source.write_text(json.dumps(json.loads(source.read_text()) | {"model_dir": str(mine)}))
    else:
        source = tmp_path / "elsewhere" / "mine.tar.gz"
        source.parent.mkdir()
        top = "the folder/" if kind == "archive with a folder" else ""
        source.write_bytes(packed(files_of(mine, top)))
    assert add(source, name) == (name or "mine",)
    model = catalogue.find(name or "mine")
    assert model.own
    assert model.stems == ("vocals", "accompaniment")
    assert weights.load(model)["conv2d/kernel"].shape == (5, 5, 2, 1)
    assert store.status(model).state == "installed"
    store.verify(model, CancelToken())
    shutil.rmtree(mine)
    assert catalogue.find(name or "mine").installed
    assert store.remove(model) == (name or "mine",)
    assert visible() == set()


def test_a_folder_at_the_top_may_hold_one_of_its_own_name(mine: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine.tar.gz"
    source.write_bytes(packed([*files_of(mine, "mine/"), Member("mine/mine", b"a file"), archives.directory("mine/x")]))
    assert add(source) == ("mine",)


def test_names_that_are_taken_are_refused(tiny: Model, mine: Path) -> None:
    for name in ("builtin", "2stems", "spleeter:2stems", "tiny"):
        refuse(mine, ModelError, name)
    add(mine)
    assert refuse(mine, ModelNameTakenError).parameters["name"] == "mine"


@pytest.mark.parametrize(
    "name", ["a/b", "a\\b", "..", ".", ".hidden", "a:b", "two\nlines", "end ", "end.", "NUL", "com1", "x" * 300, "", " "]
)
def test_names_that_no_folder_can_have_everywhere_are_refused(mine: Path, name: str) -> None:
    refuse(mine.rename(mine.with_name("con")) if not name else mine, ModelNameError, name)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"instrument_list": []}', b"\xff\xfe", b"[" * 100_000])
def test_a_configuration_that_describes_no_model_is_refused(mine: Path, content: bytes) -> None:
    (mine / "my configuration.json").write_bytes(content)
    refuse(mine, ModelConfigurationError)
    refuse(mine / "my configuration.json", ModelConfigurationError)


def test_a_folder_without_a_configuration_or_with_two_is_refused(mine: Path) -> None:
    shutil.copy(mine / "my configuration.json", mine / "another.json")
    refuse(mine, ModelConfigurationError)
    (mine / "another.json").unlink()
    (mine / "my configuration.json").unlink()
    refuse(mine, ModelConfigurationError)


def change(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_weights_that_do_not_fit_the_configuration_are_refused(mine: Path) -> None:
    change(mine / "my configuration.json", instrument_list=["vocals", "drums", "other"])
    refuse(mine, ModelDamagedError)


def test_a_folder_without_weights_or_with_damaged_ones_is_refused(mine: Path) -> None:
    data = mine / "model.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1000])
    refuse(mine, ModelDamagedError)
    for path in mine.glob("model*"):
        path.unlink()
    refuse(mine, ModelDamagedError)
    (mine / "checkpoint").unlink()
    refuse(mine, ModelDamagedError)


def test_a_configuration_whose_weights_are_nowhere_is_refused(mine: Path) -> None:
    change(mine / "my configuration.json", model_dir="nowhere")
    refuse(mine / "my configuration.json", ModelConfigurationError)


@pytest.mark.parametrize("content", [b"", b"text", b"\x1f\x8b\x08", packed([]), packed([Member("../outside", b"")])])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "model.tar.gz"
    source.write_bytes(content)
    refuse(source, ModelArchiveError)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("gone.tar.gz", "gone.json", "gone"):
        refuse(tmp_path / name, ModelError)


def test_adding_can_be_cancelled_and_leaves_nothing(mine: Path, archive: Path, tiny: Model) -> None:
    for source in (mine, archive):
        cancel = CancelToken()
        with pytest.raises(CancelledError):
            store.add(source, cancel, lambda transfer, cancel=cancel: cancel.cancel())  # type: ignore[misc]
        assert visible() == set()
        assert list(paths.models_folder().glob(".installing/*")) == []


def test_a_model_is_not_begun_where_it_does_not_fit(
    tiny_model: TinyModel, archive_server: ArchiveServer, archive: Path, use_catalogue: Callable[[str], None]
) -> None:
    url = archive_server.serve("/tiny.tar.gz", tiny_model.archive)
    huge = archives.offer(tiny_model.archive, url, unpacked=1 << 60)
    use_catalogue(archives.catalogue_text({"tiny": huge}, tiny_model))
    with pytest.raises(NotEnoughSpaceError) as caught:
        download(catalogue.find("tiny"))
    assert int(str(caught.value.parameters["needed_mb"])) > int(str(caught.value.parameters["free_mb"])) > 0
    with pytest.raises(NotEnoughSpaceError):
        add(archive)
    assert archive_server.requests == []
    assert visible() | left_of_downloads() == set()


def test_removing_takes_the_model_and_all_that_share_its_folder(
    tiny_model: TinyModel, archive_server: ArchiveServer, use_catalogue: Callable[[str], None]
) -> None:
    url = archive_server.serve("/tiny.tar.gz", tiny_model.archive)
    text = json.loads(archives.catalogue_text({"tiny": archives.offer(tiny_model.archive, url)}, tiny_model))
    text["models"].append(text["models"][-1] | {"name": "tiny-16kHz"})
    use_catalogue(json.dumps(text))
    download(catalogue.find("tiny-16kHz"))
    assert catalogue.find("tiny").installed
    assert set(store.remove(catalogue.find("tiny"))) == {"tiny", "tiny-16kHz"}
    assert not catalogue.find("tiny-16kHz").installed
    assert visible() == set()


def test_removing_takes_an_interrupted_download_too(tiny: Model, archive_server: ArchiveServer) -> None:
    archive_server.always("/tiny.tar.gz", faults.drop(0.5))
    archive_server.script(faults.drop(0.5), faults.status(404))
    with pytest.raises(Exception, match="404"):
        download(tiny, QUICK)
    assert part_size() > 0
    assert store.remove(tiny) == ("tiny",)
    assert left_of_downloads() == set()
    with pytest.raises(ModelMissingError):
        store.remove(tiny)


def test_what_is_not_antaras_is_not_removed(tiny: Model, found: Path) -> None:
    with pytest.raises(ModelNotRemovableError) as caught:
        store.remove(tiny)
    assert caught.value.parameters["folder"] == str(found)
    with pytest.raises(ModelNotRemovableError):
        store.remove(catalogue.find("builtin"))
    assert store.status(tiny).state == "found"


def test_a_configuration_file_does_not_remove_a_model_of_the_same_folder_name(tiny: Model, mine: Path) -> None:
    download(tiny)
    change(mine / "my configuration.json", model_dir="/data/tiny")
    with pytest.raises(UnknownModelError):
        store.remove(catalogue.find(str(mine / "my configuration.json")))
    assert tiny.installed
