"""What is done for one item of the queue, with the real engine on generated songs."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from core import paths, queue_jobs
from core.audio import tags
from core.audio.tags import Tags
from core.cancel import CancelToken
from core.engines.cache import EngineCache
from core.errors import CancelledError, FileMissingError, ModelMissingError, TruncatedError, UnknownModelError
from core.messages import Notice
from core.output import Output
from core.progress import Progress
from core.queue import Queue
from core.queue_items import Item
from core.settings import Settings
from core.turns import Turns
from tests.support import songs

ENGINES = EngineCache()


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three songs of 2 s that differ."""
    folder = tmp_path_factory.mktemp("album")
    return [songs.write(folder / f"गीत {seed}.flac", 0.5 * songs.music(2, seed=seed)) for seed in (1, 2, 3)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(model="builtin", precision="f32", device="cpu", queue_folder=str(tmp_path / "out"))


def separate(
    song: Path,
    settings: Settings,
    model: str | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    cancel: CancelToken | None = None,
    turns: Turns | None = None,
) -> dict[str, Path]:
    news: list[Notice] = []
    item = Item(1, song, model)
    return queue_jobs.separate_item(
        item, settings, ENGINES, turns or Turns(), cancel or CancelToken(), report, news.append, str.upper
    )


def test_the_stems_of_each_song_are_in_the_files_of_its_name(album: list[Path], settings: Settings, tmp_path: Path) -> None:
    for song in album:
        files = separate(song, settings)
        assert files == {stem: tmp_path / "out" / song.stem / f"{stem}.wav" for stem in ("vocals", "accompaniment")}
        stems = sum(soundfile.read(path)[0] for path in files.values())
        assert np.abs(stems - soundfile.read(song)[0]).max() < 1e-4


def test_the_settings_decide_about_format_names_rate_and_tags(album: list[Path], settings: Settings, tmp_path: Path) -> None:
    output = Output(codec="flac", depth=24, rate=22050, template="{title} – {stem} ({model})")
    song = songs.write(tmp_path / "x.flac", songs.music(1))
    tags.write(song, Tags(title="तुम"))
    files = separate(song, replace(settings, output=output))
    assert files["vocals"] == tmp_path / "out" / "तुम – vocals (builtin).flac"
    assert soundfile.info(files["vocals"]).samplerate == 22050
    assert soundfile.info(files["vocals"]).subtype == "PCM_24"
    assert tags.read(files["vocals"]).title == "तुम (VOCALS)"


def test_in_reference_mode_the_stems_are_those_of_spleeter(album: list[Path], settings: Settings, tmp_path: Path) -> None:
    files = separate(album[0], replace(settings, mode="reference", output=Output(depth=32)))
    vocals = soundfile.read(files["vocals"])[0][:, 0]
    spectrum = np.abs(np.fft.rfft(vocals))
    hertz = np.fft.rfftfreq(len(vocals), 1 / songs.RATE)
    assert spectrum[hertz > 12_000].max() < 1e-3 * spectrum.max()  # the model's band ends at 11 kHz


def test_files_that_are_there_get_company_unless_they_may_be_replaced(album: list[Path], settings: Settings) -> None:
    first = separate(album[0], settings)
    before = first["vocals"].read_bytes()
    again = separate(album[0], settings)
    assert [path.name for path in again.values()] == ["vocals (2).wav", "accompaniment (2).wav"]
    replacing = replace(settings, output=Output(existing="replace", depth=24))
    assert separate(album[0], replacing) == first
    assert len(first["vocals"].read_bytes()) > len(before)


def test_without_a_choice_the_files_go_to_the_folder_for_music_and_the_best_model_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "music_folder", lambda: tmp_path)
    assert queue_jobs.folder_for(Settings()) == tmp_path / "Antara"
    item = Item(1, Path("x.mp3"))
    assert queue_jobs.model_for(item, Settings()).name == "builtin"
    assert queue_jobs.model_for(item, Settings(model="4stems")).name == "spleeter:4stems"
    assert queue_jobs.model_for(replace(item, model="5stems"), Settings(model="4stems")).name == "spleeter:5stems"


@pytest.mark.parametrize(("model", "error"), [("4stems", ModelMissingError), ("nobody's", UnknownModelError)])
def test_a_model_that_is_not_here_is_an_error_before_anything_is_done(
    model: str, error: type[Exception], album: list[Path], settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(error):
        separate(album[0], settings, model)
    assert not (tmp_path / "out").exists()


def test_of_a_song_that_is_cut_off_nothing_is_written(settings: Settings, tmp_path: Path) -> None:
    whole = songs.write(tmp_path / "whole.wav", songs.music(8))
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(TruncatedError):
        separate(cut, settings)
    assert not list((tmp_path / "out").rglob("*.wav"))


def test_progress_is_told_up_to_the_end(album: list[Path], settings: Settings) -> None:
    seen: list[Progress] = []
    separate(album[0], settings, report=seen.append)
    assert seen[-1].fraction == 1.0


def test_a_song_waits_for_its_turn_and_can_be_cancelled_there(album: list[Path], settings: Settings, tmp_path: Path) -> None:
    turns, cancel = Turns(), CancelToken()
    outcome: list[str] = []

    def run() -> None:
        try:
            separate(album[0], settings, cancel=cancel, turns=turns)
        except CancelledError:
            outcome.append("cancelled")

    with turns.take(CancelToken()):
        thread = threading.Thread(target=run)
        thread.start()
        while not turns.waiting and thread.is_alive():
            thread.join(0.01)
        assert not (tmp_path / "out").exists()
        cancel.cancel()
        thread.join()
    assert outcome == ["cancelled"]
    assert not (tmp_path / "out").exists()


def test_whatever_happens_to_an_item_the_queue_knows_how_it_ended() -> None:
    queue = Queue()
    queue.add([Path(f"/{name}.mp3") for name in "abcd"])

    def outcome(error: Exception | None) -> None:
        def separate() -> dict[str, Path]:
            if error:
                raise error
            return {"vocals": Path("/out/vocals.wav")}

        item = queue.take()
        assert item
        queue_jobs.run_item(queue, item, separate)

    for error in (None, FileMissingError(path=Path("/b.mp3")), CancelledError()):
        outcome(error)
    with pytest.raises(ZeroDivisionError, match="a mistake"):
        outcome(ZeroDivisionError("a mistake"))
    assert [item.state for item in queue.items] == ["done", "failed", "cancelled", "failed"]
    assert [item.failure and item.failure.code for item in queue.items] == [None, "file_missing", None, "unexpected"]


def test_lengths_are_found_of_the_songs_that_can_be_read(album: list[Path], tmp_path: Path) -> None:
    (tmp_path / "no song.mp3").write_bytes(b"no song")
    queue = Queue()
    items = queue.add([album[0], tmp_path / "no song.mp3", tmp_path / "missing.mp3", album[1]])
    queue_jobs.measure(queue, items, CancelToken())
    assert [item.length_s for item in queue.items] == [2.0, None, None, 2.0]


def test_measuring_ends_when_it_is_cancelled(album: list[Path]) -> None:
    queue, cancel = Queue(), CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        queue_jobs.measure(queue, queue.add(album), cancel)
    assert [item.length_s for item in queue.items] == [None] * 3
