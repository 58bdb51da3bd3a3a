"""What surrounds Demucs' networks: cutting, joining, the level, the rest, other rates.

Networks of plain arithmetic stand in for theirs.
"""

import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.audio.resample_frac import converted
from core.cancel import CancelToken
from core.errors import CancelledError, TruncatedError
from core.models.bags import Bag
from core.models.catalogue import Model, bag_model
from core.separation import demucs
from core.separation.care import Care
from core.separation.segments import Level, Segments, Window
from core.separation.separator import StemBlock
from tests.support import songs

SEGMENT = 4410
STEMS = ("vocals", "drums", "other")
SOURCES = ("drums", "other", "vocals")
SHARES = np.array([0.5, 0.3, 0.2], np.float32)[:, np.newaxis, np.newaxis]


@dataclass(frozen=True)
class Sharing:
    """A network that gives each source a share of what it sees; it always wants to see a whole segment."""

    sources: tuple[str, ...] = SOURCES
    segment: int = SEGMENT

    def valid_length(self, length: int) -> int:
        return self.segment


class Arithmetic:
    """An engine of such networks; ``bias`` is added to what they give."""

    def __init__(self, count: int = 1, bias: float = 0.0) -> None:
        self.networks = (Sharing(),) * count
        self.seen: list[Window] = []
        self._bias = np.float32(bias)

    def estimates(self, windows: Iterable[Window]) -> Iterator[np.ndarray]:
        for window in windows:
            self.seen.append(window)
            yield window.samples * SHARES + self._bias


def model_of(files: int = 1, weights: tuple[tuple[float, ...], ...] | None = None) -> Model:
    bag = Bag(tuple(f"{number}.th" for number in range(files)), weights)
    return bag_model("test", STEMS, bag, Path("nowhere"), None)


def in_blocks(song: np.ndarray, size: int = 1000) -> Callable[[], Iterator[np.ndarray]]:
    return lambda: (song[start : start + size] for start in range(0, len(song), size))


def joined(blocks: Iterable[StemBlock]) -> dict[str, np.ndarray]:
    """The stems of consecutive blocks."""
    found = list(blocks)
    assert [block.start for block in found] == [0, *(block.end for block in found[:-1])]
    return {stem: np.concatenate([block.stems[stem] for block in found]) for stem in found[0].stems}


@pytest.mark.parametrize("frames", [1, 700, SEGMENT - 1, SEGMENT, SEGMENT + 1, 30001])
@pytest.mark.parametrize("care", [Care(0), Care(1), Care(3, 0.5), Care(0, 0.0), Care(1, 0.9)])
def test_overlapping_segments_are_joined_without_a_seam(frames: int, care: Care) -> None:
    song = songs.music(1, 2)[:frames] if frames <= 44100 else songs.music(2, 2)
    stems = joined(demucs.separate(in_blocks(song), Arithmetic, model_of(), "reference", care=care))
    level = stems["vocals"] / 0.2  # of a share of the song without its mean, and the mean again
    assert level.shape == song.shape
    mean = song.mean()
    for stem, share in (("drums", 0.5), ("other", 0.3), ("vocals", 0.2)):
        np.testing.assert_allclose(stems[stem], (song - mean) * share + mean, atol=2e-6)


def test_the_networks_of_a_bag_count_as_the_bag_says() -> None:
    song = songs.music(0.5, 3)
    engine = Arithmetic(2)
    weights = ((1.0, 3.0, 0.0), (0.0, 1.0, 1.0))
    model = model_of(2, weights)
    stems = joined(demucs.separate(in_blocks(song), lambda: engine, model, "reference", care=Care(0)))
    mean = song.mean()
    np.testing.assert_allclose(stems["drums"], (song - mean) * 0.5 + mean, atol=2e-6)
    assert {window.network for window in engine.seen} == {0, 1}
    engine = Arithmetic(2)
    joined(demucs.separate(in_blocks(song), lambda: engine, model, "full", care=Care(0, two_stems="vocals")))
    assert {window.network for window in engine.seen} == {1}  # the other one counts nothing for the vocals


def test_networks_see_the_song_at_its_own_level_and_silence_around_it() -> None:
    song = songs.music(0.25, 4) * 0.01 + np.float32(0.2)
    engine = Arithmetic()
    engine.networks = (Sharing(segment=30000),)
    joined(demucs.separate(in_blocks(song), lambda: engine, model_of(), care=Care(1)))
    (first,) = (window.samples for window in engine.seen[:1])
    last = engine.seen[-1].samples
    normal = (song - song.mean()) / song.mean(axis=1).std(ddof=1)
    silent = int(np.flatnonzero(first.any(axis=0))[0])
    assert 0 < silent <= 22050
    seen = min(30000 - silent, len(song))
    np.testing.assert_allclose(first[:, silent : silent + seen], normal[:seen].T, atol=1e-3)
    assert last.shape == (2, 30000)
    np.testing.assert_allclose(last[:, np.flatnonzero(last.any(axis=0))[-1]], normal[-1], atol=1e-3)


def test_the_last_segment_is_seen_with_what_is_before_it() -> None:
    song = songs.music(0.25, 4)[:5000]
    engine = Arithmetic()
    joined(demucs.separate(in_blocks(song), lambda: engine, model_of(), care=Care(0, 0.0)))
    normal = ((song - song.mean()) / song.mean(axis=1).std(ddof=1)).T
    assert len(engine.seen) == 2
    before = (SEGMENT - (5000 - SEGMENT)) // 2
    np.testing.assert_allclose(engine.seen[1].samples[:, : before + 590], normal[:, SEGMENT - before :], atol=1e-3)
    assert not engine.seen[1].samples[:, before + 590 :].any()


def test_shifts_are_the_same_each_time() -> None:
    song = songs.music(0.5, 3)
    runs = [Arithmetic(), Arithmetic()]
    for engine in runs:
        joined(demucs.separate(in_blocks(song), lambda engine=engine: engine, model_of(), care=Care(2)))
    for first, second in zip(runs[0].seen, runs[1].seen, strict=True):
        np.testing.assert_array_equal(first.samples, second.samples)


@pytest.mark.parametrize("rate", [44100, 48000, 32000, 96000, 8000])
def test_in_full_mode_the_stems_sum_to_the_song_at_its_own_rate(rate: int) -> None:
    song = songs.music(1.3, 5, rate)[: -(rate // 1000)]
    blocks = demucs.separate(in_blocks(song), lambda: Arithmetic(bias=0.1), model_of(), rate=rate)
    stems = joined(blocks)
    assert tuple(stems) == STEMS
    assert {len(samples) for samples in stems.values()} == {len(song)}
    np.testing.assert_allclose(sum(stems.values()), song, atol=1e-6)


@pytest.mark.parametrize("mode", ["full", "reference"])
def test_two_stems_are_one_and_all_the_others(mode: demucs.Mode) -> None:
    song = songs.music(0.4, 6)
    whole = joined(demucs.separate(in_blocks(song), Arithmetic, model_of(), "reference"))
    blocks = demucs.separate(in_blocks(song), Arithmetic, model_of(), mode, care=Care(two_stems="vocals"))
    stems = joined(demucs.in_two(block, "vocals") for block in blocks)
    assert tuple(stems) == ("vocals", "accompaniment")
    np.testing.assert_allclose(stems["vocals"], whole["vocals"], atol=1e-6)
    expected = song - whole["vocals"] if mode == "full" else whole["drums"] + whole["other"]
    np.testing.assert_allclose(stems["accompaniment"], expected, atol=1e-6)


def test_silence_stays_silence() -> None:
    stems = joined(demucs.separate(in_blocks(np.zeros((9000, 2), np.float32)), Arithmetic, model_of(), "reference"))
    assert all(not samples.any() for samples in stems.values())


def test_it_stops_between_two_segments() -> None:
    cancel = CancelToken()
    engine = Arithmetic()

    def estimates(windows: Iterable[Window]) -> Iterator[np.ndarray]:
        for window in windows:
            engine.seen.append(window)
            if len(engine.seen) == 3:
                cancel.cancel()
            yield window.samples * SHARES

    engine.estimates = estimates  # type: ignore[method-assign]
    with pytest.raises(CancelledError):
        joined(demucs.separate(in_blocks(songs.music(5, 3)), lambda: engine, model_of(), cancel=cancel))
    assert len(engine.seen) == 3


def test_of_a_song_that_is_cut_off_what_is_there_comes_before_the_error(tmp_path: Path) -> None:
    song = songs.music(0.5, 3)

    def cut_off() -> Iterator[np.ndarray]:
        yield from in_blocks(song)()
        raise TruncatedError(path=tmp_path, found_s=0.5, declared_s=3.0)

    found = []
    with pytest.raises(TruncatedError):
        found.extend(demucs.separate(cut_off, Arithmetic, model_of()))
    assert found[-1].end == len(song)


def test_memory_does_not_grow_with_the_song() -> None:
    block = songs.music(0.1, 3)

    def peak(repeats: int) -> int:
        engine = Arithmetic()
        tracemalloc.start()
        for _ in demucs.separate(lambda: iter([block] * repeats), lambda: engine, model_of(), rate=48000):
            engine.seen.clear()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(400) < 1.5 * peak(40)


def test_weights_over_a_sample_sum_to_one_from_the_first_on() -> None:
    network = Sharing()
    for overlap in (0.0, 0.25, 0.5, 0.75, 0.9):
        cut = Segments([network], Bag(("a.th",)), ("vocals",), 44100, Level(0.0, 1.0), Care(0, overlap))
        ones = [np.ones((2000, 2), np.float32)] * 20
        found = [cut.joined(np.ones((3, 2, SEGMENT), np.float32))[1]["vocals"] for _ in cut.windows(ones)]
        total = np.concatenate([*found, cut.rest()[1]["vocals"]])
        assert len(total) == 40000
        np.testing.assert_allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize(
    "impossible", [{"shifts": -1}, {"shifts": 101}, {"overlap": 1.0}, {"overlap": -0.1}, {"overlap": float("nan")}]
)
def test_impossible_care_is_refused(impossible: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="impossible"):
        Care(**impossible)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rate", "new_rate"), [(48000, 44100), (44100, 48000), (96000, 44100), (8000, 44100), (44099, 44100)]
)
def test_a_tone_stays_a_tone_at_another_rate_however_it_is_cut(rate: int, new_rate: int) -> None:
    song = songs.sine(0.5, rate)
    results = [np.concatenate(list(converted(in_blocks(song, size)(), rate, new_rate))) for size in (997, 100_000)]
    np.testing.assert_allclose(*results, atol=1e-6)
    assert abs(len(results[0]) - len(song) * new_rate / rate) <= 1
    expected = songs.at_time(np.arange(len(results[0])) / new_rate)
    np.testing.assert_allclose(results[0][500:-500], expected[500:-500], atol=1e-4)
