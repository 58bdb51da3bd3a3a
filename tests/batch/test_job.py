"""One song, as a worker does it: its folder, its receipt, and when it is done again."""

import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import soundfile
from msgspec.structs import replace

from core import cli
from core.batch import job as batch_job
from core.batch import receipts
from core.batch.engines import WorkerEngines
from core.batch.job import Job, Outcome
from core.batch.places import Folder
from core.cancel import CancelToken
from core.models import catalogue
from core.recipe import Recipe
from tests.support import songs

BUILTIN = Path(__file__).resolve().parents[2] / "resources" / "models" / "builtin"
ENGINES = WorkerEngines()
RECIPE = Recipe(engine="openvino", precision="f32", threads=1)
STEMS = ("vocals", "accompaniment")


@pytest.fixture(autouse=True)
def _warm(changed: Callable[[], None]) -> None:
    changed()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    song = songs.write(tmp_path / "song.flac", 0.5 * songs.music(1, seed=4))
    return Job("key", str(song), "folder/song", str(tmp_path / "out"), "builtin", RECIPE)


def run(job: Job) -> Outcome:
    return batch_job.run(job, ENGINES, CancelToken(), "here")


def files_in(job: Job) -> dict[str, bytes]:
    root = Path(job.output)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_folder_of_a_song_has_its_stems_as_separate_writes_them_and_a_receipt(job: Job, tmp_path: Path) -> None:
    assert run(job).state == "done"
    found = files_in(job)
    assert set(found) == {f"folder/song/{name}" for name in (*(f"{stem}.wav" for stem in STEMS), receipts.FILE)}
    command = f"separate --model builtin --engine openvino --precision f32 --threads 1 -o {tmp_path / 'one'} {job.source}"
    assert cli.main(command.split()) == 0
    for stem in STEMS:
        assert found[f"folder/song/{stem}.wav"] == (tmp_path / "one" / "song" / f"{stem}.wav").read_bytes()
    receipt = Folder(Path(job.output)).receipt(job.name)
    assert receipt
    assert (receipt.model, receipt.recipe, receipt.length_s, receipt.rate) == ("builtin", RECIPE, 1.0, 44100)
    assert receipt.files["vocals"].bytes == len(found["folder/song/vocals.wav"])
    peak = abs(soundfile.read(tmp_path / "one" / "song" / "vocals.wav")[0]).max()
    assert receipt.files["vocals"].peak_db == pytest.approx(20 * math.log10(peak), abs=0.1)


def test_what_has_a_valid_receipt_is_skipped_and_a_new_date_alone_changes_nothing(job: Job) -> None:
    run(job)
    before = files_in(job)
    assert run(job).state == "skipped"
    assert files_in(job) == before
    os.utime(job.source, (1, 1))
    assert run(job).state == "skipped"
    receipt = receipts.decoded(files_in(job)[f"folder/song/{receipts.FILE}"])
    assert receipt
    assert receipt.source.tag == str(10**9)


def test_what_changed_is_done_again(job: Job) -> None:
    run(job)
    song = Path(job.source)
    songs.write(song, 0.5 * songs.music(2, seed=5))
    assert run(job).length_s == 2.0
    flac = replace(job, recipe=replace(RECIPE, codec="flac"))
    assert run(flac).state == "done"
    assert set(files_in(job)) == {f"folder/song/{name}" for name in (*(f"{stem}.flac" for stem in STEMS), receipts.FILE)}
    (Path(job.output) / "folder/song/vocals.flac").unlink()
    assert run(flac).state == "done"
    assert run(replace(flac, recipe=replace(flac.recipe, threads=2))).state == "skipped"
    assert run(replace(flac, redo=True)).state == "done"


def test_a_folder_that_is_not_the_songs_is_left_alone(job: Job) -> None:
    folder = Path(job.output) / job.name
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    outcome = run(job)
    assert outcome.failure
    assert (outcome.state, outcome.failure.code, outcome.final) == ("failed", "output_exists", True)
    assert files_in(job) == {"folder/song/mine.txt": b"mine"}
    (folder / "mine.txt").unlink()
    run(job)
    assert run(replace(job, key="other")).failure is not None


@pytest.mark.parametrize(
    ("change", "code", "final"),
    [
        ({"source": "/nowhere/song.mp3"}, "file_missing", True),
        ({"model": "none"}, "unknown_model", True),
        ({"recipe": Recipe(two_stems="violin")}, "unknown_stem", True),
        ({"output": "/dev/null/out"}, "output_not_writable", False),
    ],
)
def test_what_goes_wrong_is_an_outcome_with_its_code(job: Job, change: dict[str, object], code: str, final: bool) -> None:
    outcome = run(replace(job, **change))
    assert outcome.failure
    assert (outcome.state, outcome.failure.code, outcome.final) == ("failed", code, final)
    assert not Path(job.output).exists() or not files_in(job)


def test_a_cancelled_song_leaves_nothing(job: Job) -> None:
    cancel = CancelToken()
    cancel.cancel()
    assert batch_job.run(job, ENGINES, cancel).state == "cancelled"
    assert files_in(job) == {}


def test_mixes_and_names_from_patterns_stay_in_the_songs_folder(job: Job) -> None:
    named = replace(RECIPE, filename_format="{foldername}/{title} ({stem})", mix={"vocals": -6.0}, fade_in=0.1)
    assert run(replace(job, recipe=named)).state == "done"
    folder = Path(job.source).parent.name
    assert set(files_in(job)) == {f"folder/song/{folder}/song (mix).wav", f"folder/song/{receipts.FILE}"}


def test_what_a_killed_worker_left_is_gone_after_the_cleaning_and_cannot_be_published(job: Job) -> None:
    place = Folder(Path(job.output))
    with place.part(job.name) as part:
        (part / "vocals.wav").write_bytes(b"half")
        place.clean()
        assert not part.exists()
    assert files_in(job) == {}
    assert run(job).state == "done"


def test_a_device_by_its_backend_is_asked_for_in_a_catalogue_too() -> None:
    recipe = Recipe(device="cuda")
    assert msgspec.json.decode(msgspec.json.encode(recipe), type=Recipe) == recipe
    assert recipe.engine_options.device == "cuda"


def test_the_same_weights_with_an_expander_behind_them_are_something_else(tmp_path: Path) -> None:
    configuration = json.loads((BUILTIN / "config.json").read_text("utf-8"))
    found = set()
    for name, extras in (("plain", {}), ("expanded", {"expander": True})):
        (tmp_path / name).mkdir()
        shutil.copy(BUILTIN / "weights.npz", tmp_path / name)
        (tmp_path / name / "config.json").write_text(json.dumps(configuration | {"antara": extras}), "utf-8")
        assert cli.main(["models", "add", str(tmp_path / name)]) == 0
        found.add(batch_job.weights_digits(catalogue.find(name)))
    assert len(found) == 2
