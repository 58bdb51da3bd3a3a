"""Evaluation without a command line: songs with true stems, baselines, plain metrics, medians, the plot."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from core import paths
from core.audio.ni_stems import NAMES, NiStemsWriter
from core.cancel import CancelToken
from core.engines import Engine, EngineOptions, choice
from core.errors import (
    CancelledError,
    FileMissingError,
    NoTrueStemsError,
    NoTruthError,
    TrueStemsIncompleteError,
    TruncatedError,
)
from core.evaluation import baselines, plain, plot, results, table, truth
from core.evaluation.evaluate import Evaluation, by_stems, evaluate_song
from core.evaluation.frames import Signals, frames
from core.evaluation.results import METRICS, Contest, SongScores
from core.evaluation.truth import RATE
from core.models import catalogue
from core.models.catalogue import Model
from core.progress import Progress
from tests.support import songs
from tests.support.songs import joined

BUILTIN = catalogue.find("builtin")
FOUR_STEMS = ("vocals", "drums", "bass", "other")
STEMS = {name: songs.music(2.3, seed) / 4 for seed, name in enumerate(FOUR_STEMS)}
MIX = np.sum(list(STEMS.values()), axis=0)
HALF_A_STEP = 0.5001 / 2**15


def write_song(folder: Path, *names: str, extension: str = ".wav") -> Path:
    """A folder with a file for each name; "backing" and "accompaniment" are all but the vocals."""
    folder.mkdir(parents=True)
    sums = {"mixture": MIX, "backing": MIX - STEMS["vocals"], "accompaniment": MIX - STEMS["vocals"]}
    for name in names:
        songs.write(folder / f"{name}{extension}", STEMS.get(name.lower(), sums.get(name.lower(), MIX)))
    return folder


def write_stem_file(path: Path) -> Path:
    with path.open("w+b") as file:
        writer = NiStemsWriter(file, RATE, "alac")
        writer.write(MIX, STEMS)
        writer.finish()
    return path


def read(sound: truth.Sound) -> np.ndarray:
    return joined(sound.blocks(None))


# Layouts


def test_songs_are_found_below_a_folder_in_natural_order(tmp_path: Path) -> None:
    for name in ("test/10 last", "test/2 first", "train/one", "train/.hidden"):
        write_song(tmp_path / name, *FOUR_STEMS)
    (tmp_path / "train" / "two.stem.mp4").write_bytes(b"")
    (tmp_path / "notes").mkdir()
    found = [str(path.relative_to(tmp_path)) for path in truth.find(tmp_path)]
    assert sorted(found[:2]) == ["test/10 last", "test/2 first"]
    assert found == ["test/2 first", "test/10 last", "train/two.stem.mp4", "train/one"]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write_song(tmp_path / "elsewhere" / "song", "vocals", "backing")
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "songs")
    assert truth.find(tmp_path / "songs") == [tmp_path / "songs" / "link" / "song"]


def test_a_song_itself_is_a_song(tmp_path: Path) -> None:
    folder = write_song(tmp_path / "song", "vocals", "backing")
    assert truth.find(folder) == [folder]
    file = write_stem_file(tmp_path / "a.stem.mp4")
    assert truth.find(file) == [file]


def test_a_folder_of_four_stems_is_read_with_its_mixture(tmp_path: Path) -> None:
    song = truth.open_song(write_song(tmp_path / "song", "mixture", *FOUR_STEMS))
    assert set(song.stems) == set(FOUR_STEMS)
    for name, sound in song.stems.items():
        np.testing.assert_allclose(read(sound), STEMS[name], atol=HALF_A_STEP)
    assert song.mixture is not None
    np.testing.assert_allclose(read(song.mixture), MIX, atol=HALF_A_STEP)


def test_a_folder_of_vocals_and_backing_has_two_stems(tmp_path: Path) -> None:
    song = truth.open_song(write_song(tmp_path / "song", "vocals", "backing", extension=".flac"))
    assert list(song.stems) == ["vocals", "accompaniment"]
    assert song.mixture is None


def test_names_of_files_may_have_capital_letters(tmp_path: Path) -> None:
    song = truth.open_song(write_song(tmp_path / "song", "Vocals", "Drums", "Bass", "Other", extension=".wav"))
    assert set(song.stems) == set(FOUR_STEMS)


def test_the_streams_of_a_stem_file_are_the_mixture_and_the_stems(tmp_path: Path) -> None:
    song = truth.open_song(write_stem_file(tmp_path / "A Song.stem.mp4"))
    assert song.name == "A Song"
    for name, sound in song.stems.items():
        np.testing.assert_allclose(read(sound), STEMS[name], atol=2 * HALF_A_STEP)
    assert song.mixture is not None
    np.testing.assert_allclose(read(song.mixture), MIX, atol=2 * HALF_A_STEP)


@pytest.mark.skipif(not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="the ffmpeg programs are not installed")
def test_the_streams_of_a_stem_file_are_those_that_stempeg_reads(tmp_path: Path) -> None:
    stempeg = pytest.importorskip("stempeg")
    song = truth.open_song(write_stem_file(tmp_path / "song.stem.mp4"))
    streams, rate = stempeg.read_stems(str(song.path))
    assert rate == RATE
    assert song.mixture is not None
    for expected, sound in zip(streams, (song.mixture, *(song.stems[name] for name in NAMES)), strict=True):
        np.testing.assert_allclose(read(sound), expected, atol=HALF_A_STEP)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("mixture", "vocals", "drums"), "bass, other"),
        (("vocals",), "backing, or drums, bass, other"),
        (("backing",), "vocals"),
        (("mixture",), "drums, bass, other, vocals"),
    ],
)
def test_what_a_song_lacks_is_named(names: tuple[str, ...], missing: str, tmp_path: Path) -> None:
    folder = write_song(tmp_path / "song", *names)
    with pytest.raises(TrueStemsIncompleteError) as caught:
        truth.open_song(folder)
    assert caught.value.parameters == {"path": folder, "missing": missing}


def test_a_stem_file_with_too_few_streams_is_not_complete(tmp_path: Path) -> None:
    file = songs.write(tmp_path / "song.stem.mp4", MIX)
    with pytest.raises(TrueStemsIncompleteError, match="drums, bass, other, vocals"):
        truth.open_song(file)


def test_a_folder_without_songs_and_no_folder_are_told_apart(tmp_path: Path) -> None:
    songs.write(tmp_path / "a song.wav", MIX)
    for place in (tmp_path, tmp_path / "a song.wav"):
        with pytest.raises(NoTrueStemsError):
            truth.find(place)
    with pytest.raises(FileMissingError):
        truth.find(tmp_path / "gone")


def song_of(*stems: str) -> truth.TrueSong:
    return truth.TrueSong("song", Path("song"), {stem: truth.Sound(Path(stem)) for stem in stems}, None)


def test_the_accompaniment_is_all_but_the_vocals() -> None:
    stems = ("vocals", "accompaniment")
    assert song_of(*FOUR_STEMS).truth(stems, "m") == {"vocals": ("vocals",), "accompaniment": ("drums", "bass", "other")}
    assert song_of(*stems).truth(stems, "m") == {"vocals": ("vocals",), "accompaniment": ("accompaniment",)}


def test_a_stem_that_a_model_does_not_have_belongs_to_its_other() -> None:
    found = song_of(*FOUR_STEMS, "piano").truth(FOUR_STEMS, "m")
    assert found["other"] == ("other", "piano")


@pytest.mark.parametrize(
    ("known", "wanted", "stem"),
    [
        (("vocals", "accompaniment"), FOUR_STEMS, "drums"),
        (FOUR_STEMS, ("vocals", "piano", "drums", "bass", "other"), "piano"),
    ],
)
def test_a_stem_without_a_truth_is_named(known: tuple[str, ...], wanted: tuple[str, ...], stem: str) -> None:
    with pytest.raises(NoTruthError) as caught:
        song_of(*known).truth(wanted, "m")
    assert caught.value.parameters["stem"] == stem


# Plain metrics


def test_frames_are_those_of_museval() -> None:
    assert list(frames(10, 4)) == [slice(0, 4), slice(4, 8)]
    assert list(frames(8, 4)) == [slice(0, 4), slice(4, 8)]
    assert list(frames(3, 4)) == [slice(0, 3)]


def test_plain_sdr_counts_the_level_and_si_sdr_does_not() -> None:
    rng = np.random.default_rng(1)
    true, error = rng.standard_normal((2, 1000)), rng.standard_normal((2, 1000))
    error -= np.sum(error * true) / np.sum(true**2) * true
    error *= np.sqrt(np.sum(true**2) / np.sum(error**2)) / 10  # 20 dB
    assert plain.plain_sdr(true, true + error) == pytest.approx(20)
    assert plain.si_sdr(true, true + error) == pytest.approx(20)
    assert plain.si_sdr(true, 3 * (true + error)) == pytest.approx(20)
    assert plain.plain_sdr(true, 0.5 * true) == pytest.approx(20 * np.log10(2))
    assert plain.plain_sdr(true, true) == np.inf


def test_frames_in_which_nothing_is_heard_have_no_plain_figure() -> None:
    true = songs.music(3.0, 1)
    true[RATE : 2 * RATE] *= 1e-3
    found = plain.framewise(plain.plain_sdr, Signals([true], len(true)), Signals([0.9 * true], len(true)), RATE)
    np.testing.assert_allclose(found, [[20, np.nan, 20]], rtol=1e-5)


# Baselines


def test_the_centre_keeps_what_is_in_the_middle_above_the_bass() -> None:
    seconds = 2 * baselines._BLOCK / RATE + 0.3
    voice, bass = songs.sine(seconds, pitch=1000.0), songs.sine(seconds, pitch=60.0)
    sides = songs.sine(seconds, pitch=3000.0) * np.array([1, -1], np.float32)
    found = joined(baselines.centre(voice + bass + sides, RATE))
    middle = slice(RATE // 5, -RATE // 5)
    np.testing.assert_allclose(found[middle], voice[middle], atol=2e-3)


def test_the_centre_of_a_short_song_is_as_long_as_the_song() -> None:
    for length in (1, 100, 5000):
        mix = songs.music(1.0, 3)[:length]
        middle = joined(baselines.centre(mix, RATE))
        assert middle.shape == mix.shape
        np.testing.assert_array_equal(joined(baselines.without(mix, middle)), mix - middle)


# A song as a whole


def builtin_engine(model: Model) -> Engine:
    return choice.choose(model, EngineOptions(engine="openvino", device="cpu", precision="f32"))


def evaluate(path: Path, metrics: tuple[results.Metric, ...] = ("plain",), cancel: CancelToken | None = None) -> SongScores:
    what = Evaluation((BUILTIN,), metrics)
    return evaluate_song(truth.open_song(path), what, builtin_engine, cancel or CancelToken(), lambda progress: None)


def test_models_and_baselines_are_held_against_the_same_truth(tmp_path: Path) -> None:
    song = evaluate(write_song(tmp_path / "song", *FOUR_STEMS), METRICS)
    assert list(song.scores) == ["mixture", "centre", "builtin"]
    assert song.seconds == pytest.approx(2.3)
    for by_stem in song.scores.values():
        assert list(by_stem) == ["vocals", "accompaniment"]
        assert all(set(figures) == set(METRICS) for figures in by_stem.values())
        assert all(len(values) == 2 for figures in by_stem.values() for values in figures.values())
    expected = [
        10 * np.log10(np.sum(true**2) / np.sum((MIX[frame] - true) ** 2))
        for frame in frames(len(MIX), RATE)
        for true in [STEMS["vocals"][frame]]
    ]
    np.testing.assert_allclose(song.scores["mixture"]["vocals"]["plain"], expected, atol=0.01)
    np.testing.assert_allclose(song.scores["mixture"]["vocals"]["sdr"], expected, atol=0.01)


def test_all_layouts_of_a_song_give_the_same_figures(tmp_path: Path) -> None:
    folders = [write_song(tmp_path / "1", "mixture", *FOUR_STEMS), write_song(tmp_path / "2", "vocals", "backing")]
    found = [evaluate(path) for path in (*folders, write_stem_file(tmp_path / "3.stem.mp4"))]
    for song in found[1:]:
        for estimate in song.scores:
            for stem in song.scores[estimate]:
                expected = found[0].scores[estimate][stem]["plain"]
                np.testing.assert_allclose(song.scores[estimate][stem]["plain"], expected, atol=0.05)


def test_a_song_that_is_cut_off_is_not_evaluated(tmp_path: Path) -> None:
    folder = write_song(tmp_path / "song", "vocals", "backing")
    path = folder / "backing.wav"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(TruncatedError):
        evaluate(folder)


def test_cancelling_ends_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    cancel = CancelToken()

    def report(progress: Progress) -> None:
        cancel.cancel()

    song = truth.open_song(write_song(tmp_path / "song", "vocals", "backing"))
    with pytest.raises(CancelledError):
        evaluate_song(song, Evaluation((BUILTIN,), ("plain",)), builtin_engine, cancel, report)
    assert not list(paths.sessions_folder().iterdir())


def test_models_with_the_same_stems_are_compared() -> None:
    two, four = catalogue.find("2stems"), catalogue.find("4stems")
    assert by_stems([BUILTIN, four, two]) == [(BUILTIN, two), (four,)]


# Medians, JSON, table, plot


def contest_of(*values: float) -> Contest:
    """One song for each value, which the model has in its middle frame; a silent frame; a perfect one."""

    def song(name: str, value: float) -> SongScores:
        figures = {"sdr": np.array([value - 1, np.nan, value, np.inf])}
        return SongScores(name, 4.0, {estimate: {"vocals": figures} for estimate in ("mixture", "centre", "mine")})

    contest = Contest(("vocals",), ("mixture", "centre", "mine"), ("sdr",))
    contest.songs += [song(f"Song <{index}> & more with a long name", value) for index, value in enumerate(values)]
    return contest


def test_medians_are_over_frames_that_have_a_figure_and_then_over_songs() -> None:
    contest = contest_of(1.0, 5.0, 6.0)
    assert [song.median("mine", "vocals", "sdr") for song in contest.songs] == [1.0, 5.0, 6.0]
    assert contest.median("mine", "vocals", "sdr") == 5.0
    assert contest_of(np.nan).median("mine", "vocals", "sdr") == np.inf
    assert np.isnan(results.median([np.nan, np.nan]))
    assert np.isnan(results.median([]))


def test_the_json_has_every_figure() -> None:
    found = json.loads(json.dumps(results.as_json([contest_of(1.0, 5.0)], 1.0, None, True), allow_nan=False))
    (contest,) = found["contests"]
    assert contest["median"]["mine"] == {"vocals": {"sdr": 3.0}}
    assert contest["songs"][1]["median"]["mine"] == {"vocals": {"sdr": 5.0}}
    assert contest["songs"][1]["frames"]["mine"] == {"vocals": {"sdr": [4.0, None, 5.0, "inf"]}}
    assert "frames" not in results.as_json([contest_of(1.0)], 1.0, None, False)["contests"][0]["songs"][0]


def test_the_table_has_a_line_for_each_estimate() -> None:
    assert table.of_all(contest_of(1.0, 5.0)).splitlines() == [
        "median of 2 songs        SDR",
        "Vocals",
        "  mixture               3.00",
        "  centre                3.00",
        "  mine                  3.00",
    ]


def numbers(drawn: ElementTree.Element, name: str) -> Iterator[float]:
    return (float(element.attrib[name]) for element in drawn.iter() if name in element.attrib)


@pytest.mark.parametrize("values", [(1.0, -5.0, 300.0), (np.nan,), (np.inf, -np.inf), (0.0,)])
def test_the_plot_is_well_formed_and_keeps_within_its_edges(values: tuple[float, ...]) -> None:
    text = plot.svg([contest_of(*values), contest_of(*values)], "Songs & <stems>", "note")
    drawn = ElementTree.fromstring(text)
    width, height = float(drawn.attrib["width"]), float(drawn.attrib["height"])
    for name, most in (("x", width), ("cx", width), ("y", height), ("cy", height), ("x2", width), ("y2", height)):
        assert all(0 <= number <= most for number in numbers(drawn, name))
    said = [element.text for element in drawn.iter() if element.text]
    assert said.count("mine") == 2
    assert "Song <0> & more with a long name" in said
    assert ("median of songs" in said) == (len(values) > 1)


def test_a_dot_stands_where_its_figure_is() -> None:
    drawn = ElementTree.fromstring(plot.svg([contest_of(0.0, 10.0)], "t", "n"))
    dots = [element for element in drawn.iter() if element.attrib.get("r") == "4.2"]
    zero, ten, between = (float(dot.attrib["cx"]) for dot in dots[::3])
    assert zero < ten
    assert between == pytest.approx((zero + ten) / 2, abs=0.2)


def test_the_default_metrics_have_titles() -> None:
    titles: Callable[[results.Metric], str] = results.TITLES.__getitem__
    assert len({titles(metric) for metric in METRICS}) == len(METRICS)
