"""Songs from a server into a server: a real object store on loopback, as S3's clients see it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.batch import job as batch_job
from core.batch import receipts, remote, sources
from core.batch.engines import WorkerEngines
from core.batch.job import Job, Outcome
from core.batch.places import Bucket, place_at
from core.cancel import CancelToken
from core.errors import RemoteError
from core.recipe import Recipe

pytest.importorskip("s3fs", reason="s3fs is not installed (requirements-batch.txt)")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

ENGINES = WorkerEngines()
RECIPE = Recipe(engine="openvino", precision="f32", threads=1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Its address."""
    from moto.server import ThreadedMotoServer

    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The store, with a bucket, as fsspec gives it."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    own = {"ENDPOINT_URL": server, "ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing", "DEFAULT_REGION": "us-east-1"}
    for name, value in own.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    files, _ = remote.opened("s3://music")
    if not files.exists("music"):
        files.mkdir("music")
    return files


@pytest.fixture
def songs_there(store: Any, album: Path) -> list[str]:
    """The addresses of the album's songs."""
    for song in album.rglob("*.flac"):
        store.put_file(str(song), f"music/in/{song.relative_to(album)}")
    return [entry.source for entry in sources.entries(["s3://music/in"], CancelToken())]


def run(job: Job) -> Outcome:
    return batch_job.run(job, ENGINES, CancelToken())


def test_folders_and_patterns_are_found_under_an_address(songs_there: list[str]) -> None:
    assert songs_there == ["s3://music/in/गीत 1.flac", "s3://music/in/गीत 2.flac", "s3://music/in/गीत 1/vocals.flac"]
    entries = list(sources.entries(["s3://music/in/*2.flac"], CancelToken()))
    assert [(entry.source, entry.name) for entry in entries] == [("s3://music/in/गीत 2.flac", "गीत 2")]


def test_a_list_under_an_address_begins_where_it_lies(store: Any) -> None:
    store.pipe_file("music/in/songs.csv", "path\nगीत 2.flac\n".encode())
    (entry,) = sources.entries(["s3://music/in/songs.csv"], CancelToken())
    assert entry.source == "s3://music/in/गीत 2.flac"
    store.rm_file("music/in/songs.csv")


def test_a_song_goes_from_the_store_into_the_store_and_is_skipped_then(
    songs_there: list[str], store: Any, album: Path, tmp_path: Path, changed: Callable[[], None]
) -> None:
    changed()
    job = Job("key", songs_there[1], "a/गीत 2", "s3://music/out", "builtin", RECIPE)
    assert run(job).state == "done"
    names = {path.removeprefix("music/out/") for path in store.find("music/out")}
    assert names == {f"a/गीत 2/{name}" for name in ("vocals.wav", "accompaniment.wav", receipts.FILE)}
    local = Job("key", str(album / "गीत 2.flac"), "x", str(tmp_path), "builtin", RECIPE)
    assert run(local).state == "done"
    for stem in ("vocals", "accompaniment"):
        assert store.cat_file(f"music/out/a/गीत 2/{stem}.wav") == (tmp_path / "x" / f"{stem}.wav").read_bytes()
    assert run(job).state == "skipped"
    store.put_file(str(album / "गीत 1.flac"), "music/in/गीत 2.flac")
    assert run(job).state == "done"
    assert [receipt.key for receipt in place_at(job.output).receipts()] == ["key"]
    # What a killed worker has put there, without a receipt, counts for nothing and is written over.
    store.rm_file(f"music/out/a/गीत 2/{receipts.FILE}")
    assert run(job).state == "done"
    store.put_file(str(album / "गीत 2.flac"), "music/in/गीत 2.flac")


def test_what_is_not_there_or_somebody_elses_is_an_outcome(songs_there: list[str], store: Any) -> None:
    outcome = run(Job("key", "s3://music/in/gone.flac", "gone", "s3://music/out", "builtin", RECIPE))
    assert outcome.failure
    assert outcome.failure.code in ("file_missing", "remote")
    place = place_at("s3://music/mine")
    assert isinstance(place, Bucket)
    store.pipe_file("music/mine/x/notes.txt", b"mine")
    outcome = run(Job("key", songs_there[0], "x", "s3://music/mine", "builtin", RECIPE))
    assert outcome.failure
    assert outcome.failure.code == "output_exists"
    assert store.cat_file("music/mine/x/notes.txt") == b"mine"


def test_an_address_of_no_known_kind_is_one_error() -> None:
    with pytest.raises(RemoteError):
        remote.opened("carrier-pigeon://x")
