"""An export does what was chosen: each choice's files, read back, are the session's samples."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from core import export
from core.audio import tags
from core.audio.levels import FULL_SCALE
from core.audio.mixdown import MIX, Region
from core.audio.ni_stems import NAMES, has_four
from core.audio.reader import read_blocks
from core.audio.resample import Resampler
from core.audio.tags import Tags
from core.cancel import CancelToken
from core.errors import CancelledError, OutputExistsError, StemlessTemplateError, UnknownPlaceholderError
from core.export import ExportChoice
from core.messages import Notice
from core.output import Output
from core.progress import Progress
from core.separation.separator import StemBlock
from core.session import Session
from tests.support import songs
from tests.support.songs import joined

RATE = 48000
FRAMES = 3 * RATE + 17
FLOAT = Output(depth=32)
SONG = Path("/music/Filmi/गीत.mp3")
TAGS = Tags(artist="लता", title="गीत")


@pytest.fixture(scope="module")
def stems() -> dict[str, np.ndarray]:
    return {stem: 0.4 * songs.music(3.1, seed, RATE)[:FRAMES] for seed, stem in enumerate(NAMES)}


@contextlib.contextmanager
def separated(song: Path, stems: Mapping[str, np.ndarray]) -> Iterator[Session]:
    with contextlib.closing(Session(song, tuple(stems), RATE)) as session:
        for start in range(0, len(next(iter(stems.values()))), 50_000):
            session.append(StemBlock(start, {stem: samples[start : start + 50_000] for stem, samples in stems.items()}))
        yield session


@pytest.fixture
def session(tmp_path: Path, stems: dict[str, np.ndarray]) -> Iterator[Session]:
    song = songs.write(tmp_path / "song.flac", songs.music(0.2), sample_fmt="s16")
    tags.write(song, TAGS)
    with separated(song, stems) as session:
        yield session


def chosen(session: Session, folder: Path, output: Output = FLOAT, what: export.What = "stems", **more: Any) -> ExportChoice:
    targets = export.targets(what, output, session.song, session.stems, folder, Tags(), "")
    return ExportChoice(what, targets, folder, output, **more)


def perform(choice: ExportChoice, session: Session, channels: int = 2) -> tuple[list[Progress], list[Notice]]:
    seen: list[Progress] = []
    news: list[Notice] = []
    titles = {stem: stem.upper() for stem in choice.targets}
    export.perform(choice, session, channels, titles, CancelToken(), seen.append, news.append)
    return seen, news


def read(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0]


def at_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    resampler = Resampler(RATE, rate)
    return joined([*resampler.push(samples), *resampler.drain()])


def everything_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def names(what: export.What, template: str = Output().template, stems: tuple[str, ...] = NAMES) -> list[str]:
    found = export.targets(what, Output(template=template, existing="number"), SONG, stems, Path("/out"), TAGS, "m")
    return [path.relative_to("/out").as_posix() for path in found.values()]


def test_each_kind_of_export_has_its_names() -> None:
    assert names("stems", stems=("vocals", "drums")) == ["गीत/vocals.wav", "गीत/drums.wav"]
    assert names("mix") == ["गीत/mix.wav"]
    assert names("ni_stems") == ["गीत.stem.mp4"]
    assert names("ni_stems", "{artist} - {title}") == ["लता - गीत.stem.mp4"]
    assert names("mix", "{artist}/{foldername}") == ["लता/Filmi.wav"]


def test_a_template_that_cannot_be_is_refused() -> None:
    with pytest.raises(StemlessTemplateError):
        names("stems", "{song}")
    with pytest.raises(UnknownPlaceholderError):
        names("mix", "{nobody}")


def test_names_are_found_without_asking_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "lexists", None)
    assert names("mix") == ["गीत/mix.wav"]


def test_a_stem_file_is_for_models_that_have_its_four_stems() -> None:
    assert has_four(NAMES)
    assert has_four((*NAMES, "piano"))
    assert not has_four(("vocals", "accompaniment"))


@pytest.mark.parametrize(("existing", "free"), [("refuse", ""), ("number", " (2)"), ("replace", "")])
def test_a_look_tells_what_is_there_and_which_names_there_would_be(tmp_path: Path, existing: Any, free: str) -> None:
    (tmp_path / "a.wav").touch()
    plain = {"vocals": tmp_path / "a.wav", "drums": tmp_path / "b.wav"}
    found = export.look(plain, existing)
    assert found.existing == {tmp_path / "a.wav"}
    assert found.targets == {"vocals": tmp_path / f"a{free}.wav", "drums": tmp_path / f"b{free}.wav"}


def test_what_cannot_be_looked_at_is_taken_to_be_free(tmp_path: Path) -> None:
    plain = {"vocals": tmp_path / ("x" * 300) / "a.wav", "drums": Path("/nul\0l")}
    assert export.look(plain, "number") == export.Looked(plain, frozenset())


def test_stems_are_the_sessions_samples(session: Session, stems: dict[str, np.ndarray], tmp_path: Path) -> None:
    seen, news = perform(chosen(session, tmp_path / "out"), session)
    for stem, samples in stems.items():
        np.testing.assert_array_equal(read(tmp_path / "out" / "song" / f"{stem}.wav"), samples)
    assert [progress.fraction for progress in (seen[0], seen[-1])] == [0, 1]
    assert news == []


def test_the_mix_is_at_the_gains_as_heard(session: Session, stems: dict[str, np.ndarray], tmp_path: Path) -> None:
    gains = {"drums": 0.5, "bass": 0.0, "other": 1.0, "vocals": 1.25}
    perform(chosen(session, tmp_path, what="mix", gains=gains), session)
    expected = np.sum([np.float32(gain) * stems[stem] for stem, gain in gains.items()], axis=0)
    assert np.abs(read(tmp_path / "song" / "mix.wav") - expected).max() < 1e-6


@pytest.mark.parametrize(
    ("region_s", "region"),
    [
        ((0.5, 1.25), Region(24_000, 60_000, 240, 240)),
        ((0.0, 1.0), Region(0, 48_000, 0, 240)),
        ((1.0, 99.0), Region(48_000, FRAMES, 240, 0)),
        ((0.0, FRAMES / RATE), Region(0, FRAMES)),
        ((1.0, 1.0 + 100 / RATE), Region(48_000, 48_100, 50, 50)),
    ],
)
def test_a_region_is_faded_for_5_ms_where_the_song_is_cut_and_nowhere_else(
    session: Session, region_s: tuple[float, float], region: Region
) -> None:
    assert export.region_of(session, region_s) == region


@pytest.mark.parametrize("what", ["stems", "mix"])
def test_a_region_is_those_samples_with_its_ends_faded(
    session: Session, stems: dict[str, np.ndarray], tmp_path: Path, what: export.What
) -> None:
    more = {"gains": dict.fromkeys(NAMES, 1.0)} if what == "mix" else {}
    perform(chosen(session, tmp_path, what=what, region_s=(0.5, 1.25), **more), session)
    sources = stems if what == "stems" else {MIX: np.sum(list(stems.values()), axis=0)}
    for name, samples in sources.items():
        found, expected = read(tmp_path / "song" / f"{name}.wav"), samples[24_000:60_000]
        assert len(found) == 36_000
        assert np.abs(found[240:-240] - expected[240:-240]).max() < 1e-6
        assert (found[[0, -1]] == 0).all()
        assert (np.abs(found) <= np.abs(expected) + 1e-6).all()


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_at_another_rate_all_stems_are_as_long_and_in_their_places(
    session: Session, stems: dict[str, np.ndarray], tmp_path: Path, rate: int
) -> None:
    perform(chosen(session, tmp_path, replace_rate(FLOAT, rate)), session)
    for stem, samples in stems.items():
        path = tmp_path / "song" / f"{stem}.wav"
        assert soundfile.info(path).samplerate == rate
        assert soundfile.info(path).frames == round(FRAMES * rate / RATE)
        np.testing.assert_array_equal(read(path), at_rate(samples, rate))


def replace_rate(output: Output, rate: int | None) -> Output:
    return Output(output.codec, output.depth, output.bitrate, output.vbr, rate)


def test_a_region_at_another_rate_has_the_length_of_the_region(session: Session, tmp_path: Path) -> None:
    perform(chosen(session, tmp_path, replace_rate(FLOAT, 44_100), region_s=(0.5, 1.25)), session)
    assert soundfile.info(tmp_path / "song" / "vocals.wav").frames == round(0.75 * 44_100)


def test_a_rate_that_the_codec_does_not_have_becomes_one_that_it_has(session: Session, tmp_path: Path) -> None:
    perform(chosen(session, tmp_path, Output("opus", rate=44_100)), session)
    found = joined(read_blocks(tmp_path / "song" / "vocals.opus", RATE))
    assert len(found) == FRAMES


def test_a_mono_song_gives_mono_files(session: Session, stems: dict[str, np.ndarray], tmp_path: Path) -> None:
    perform(chosen(session, tmp_path, replace_rate(FLOAT, 44_100)), session, channels=1)
    np.testing.assert_array_equal(read(tmp_path / "song" / "bass.wav"), at_rate(stems["bass"], 44_100)[:, :1])


def test_peaks_that_resampling_makes_lower_all_stems_alike_even_those_exported_alone(tmp_path: Path) -> None:
    """A tone at a quarter of the rate, sampled beside its crests: full scale lies between the samples."""
    tone = np.sin(2 * np.pi * (np.arange(RATE) / 4 + 1 / 8))
    loud = np.repeat(tone / np.abs(tone).max(), 2).reshape(-1, 2).astype(np.float32)
    stems = {"vocals": loud, "drums": loud / 4}
    with separated(SONG, stems) as session:
        for folder, wanted in (("both", tuple(stems)), ("alone", ("drums",))):
            output = Output(depth=24, rate=96_000)
            choice = chosen(session, tmp_path / folder, output)
            choice = replace(choice, targets={stem: choice.targets[stem] for stem in wanted})
            _, news = perform(choice, session)
            assert [notice.code for notice in news] == ["levels_lowered"]
    both = {stem: read(tmp_path / "both" / "गीत" / f"{stem}.wav") for stem in stems}
    assert np.abs(both["vocals"]).max() == pytest.approx(FULL_SCALE, abs=1e-6)
    np.testing.assert_array_equal(read(tmp_path / "alone" / "गीत" / "drums.wav"), both["drums"])
    assert np.abs(both["vocals"] / 4 - both["drums"]).max() < 2**-22


@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_a_stem_file_holds_the_song_and_its_stems(
    session: Session, stems: dict[str, np.ndarray], tmp_path: Path, codec: Any
) -> None:
    perform(chosen(session, tmp_path, what="ni_stems", ni_codec=codec, region_s=(0.5, 1.25)), session)
    path = tmp_path / "song.stem.mp4"
    assert tags.read(path).artist == TAGS.artist
    expected = [np.sum(list(stems.values()), axis=0), *(stems[name] for name in NAMES)]
    with av.open(str(path)) as container:
        assert [stream.codec_context.name for stream in container.streams.audio] == [codec] * 5
    for track, samples in enumerate(expected):
        found = joined(read_blocks(path, RATE, track=track))
        assert len(found) == 36_000
        error = np.abs(found - samples[24_000:60_000])[240:-240]
        assert error.max() < 2**-22 if codec == "alac" else error.mean() < 0.01


@pytest.mark.parametrize("what", ["stems", "mix", "ni_stems"])
def test_tags_are_carried_over_unless_they_are_not_wanted(session: Session, tmp_path: Path, what: export.What) -> None:
    for wanted in (True, False):
        more = {"gains": dict.fromkeys(NAMES, 1.0)} if what == "mix" else {}
        choice = chosen(session, tmp_path / str(wanted), Output("flac", tags=wanted), what, **more)
        perform(choice, session)
        titles = {"stems": "गीत (DRUMS)", "mix": "गीत (MIX)", "ni_stems": "गीत"}
        assert tags.read(next(iter(choice.targets.values()))).title == (titles[what] if wanted else None)


@pytest.mark.parametrize("what", ["stems", "ni_stems"])
def test_files_that_nobody_agreed_to_lose_are_never_replaced(session: Session, tmp_path: Path, what: export.What) -> None:
    choice = chosen(session, tmp_path, what=what)
    precious = list(choice.targets.values())[-1]
    precious.parent.mkdir(exist_ok=True)
    precious.write_bytes(b"precious")
    before = everything_in(tmp_path)
    for agreed in (frozenset[Path](), frozenset({tmp_path / "another.wav"})):
        with pytest.raises(OutputExistsError):
            perform(replace(choice, replaces=agreed), session)
        assert precious.read_bytes() == b"precious"
        assert everything_in(tmp_path) == before
    perform(replace(choice, replaces=frozenset({precious})), session)
    assert precious.read_bytes() != b"precious"


@pytest.mark.parametrize("what", ["stems", "mix", "ni_stems"])
@pytest.mark.parametrize("rate", [None, 44_100])
def test_a_cancelled_export_leaves_nothing_behind_and_old_files_as_they_were(
    session: Session, tmp_path: Path, what: export.What, rate: int | None
) -> None:
    choice = chosen(session, tmp_path / "out", replace_rate(FLOAT, rate), what, gains=dict.fromkeys(NAMES, 1.0))
    old = next(iter(choice.targets.values()))
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_bytes(b"old")
    token = CancelToken()

    def report(progress: Progress) -> None:
        if progress.fraction:
            token.cancel()

    with pytest.raises(CancelledError):
        export.perform(replace(choice, replaces=frozenset({old})), session, 2, {}, token, report, print)
    assert everything_in(tmp_path / "out") == {old.relative_to(tmp_path / "out").as_posix()}
    assert old.read_bytes() == b"old"
