"""Waveforms are what the samples are, at every zoom and however the blocks came."""

import contextlib
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import peaks
from core.peaks import BASE_FRAMES, LEVELS, PeakPyramid, edges, entries_of, level_for, size_of
from core.separation.separator import StemBlock
from core.session import ORIGINAL, Session
from core.waveforms import WaveformReader

STEMS = ("vocals", "accompaniment")


def noise(frames: int, seed: int) -> np.ndarray:
    """(frames, 2), now loud and now quiet."""
    rng = np.random.default_rng(seed)
    loudness = np.abs(np.sin(np.arange(frames) / 5000))[:, None]
    return (rng.standard_normal((frames, 2)) * loudness).astype(np.float32)


def session_of(stems: dict[str, np.ndarray], sizes: Sequence[int], folder: Path) -> Session:
    """A session with the stems appended in blocks of these sizes, again and again."""
    session = Session(folder / "song.wav", list(stems), 44100)
    total, start, turn = len(next(iter(stems.values()))), 0, 0
    while start < total:
        end = min(start + sizes[turn % len(sizes)], total)
        session.append(StemBlock(start, {stem: samples[start:end] for stem, samples in stems.items()}))
        start, turn = end, turn + 1
    return session


def append(pyramid: PeakPyramid, samples: np.ndarray) -> None:
    pyramid.append(entries_of([samples], pyramid.frames)[0], len(samples))


def brute(samples: np.ndarray, first: int, end: int, columns: int) -> list[tuple[float, float]]:
    """The lowest and highest sample of every column, one after the other."""
    bounds = edges(first, end, columns)
    found = []
    for start, stop in pairwise(bounds.tolist()):
        if start < len(samples):
            part = samples[start : max(stop, start + 1)]
            found.append((float(part.min()), float(part.max())))
    return found


sizes = st.lists(st.integers(1, 3 * BASE_FRAMES) | st.integers(1, 60_000), min_size=1, max_size=4)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=sizes, frames=st.integers(1, 150_000), data=st.data())
def test_every_column_has_the_lowest_and_highest_of_its_samples(
    sizes: list[int], frames: int, data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if sum(sizes) / len(sizes) < frames / 500:
        sizes = [*sizes, frames]
    stems = {stem: noise(frames, seed) for seed, stem in enumerate(STEMS)}
    session = session_of(stems, sizes, tmp_path)
    song = stems["vocals"] + stems["accompaniment"]
    with contextlib.closing(session), contextlib.closing(WaveformReader(session)) as reader:
        for _ in range(3):
            first = data.draw(st.integers(0, frames + 1000))
            end = first + data.draw(st.integers(1, frames + 1000))
            columns = data.draw(st.integers(1, 50) | st.integers(1, 3000))
            found = reader.read(first, end, columns)
            for name, samples in (*stems.items(), (ORIGINAL, song)):
                assert found[name] == brute(samples, first, end, columns)
            skip = data.draw(st.integers(0, columns))
            rest = reader.read(first, end, columns, skip)
            assert all(rest[name] == found[name][skip:] for name in found)


@given(first=st.integers(0, 10**9), length=st.integers(1, 10**9), columns=st.integers(1, 5000))
def test_columns_follow_each_other_and_begin_near_their_place(first: int, length: int, columns: int) -> None:
    bounds = edges(first, first + length, columns)
    assert len(bounds) == columns + 1
    assert (np.diff(bounds) >= 0).all()
    ideal = first + length * np.arange(columns + 1) / columns
    width = length / columns
    assert np.abs(bounds[:-1] - ideal[:-1]).max() <= max(width / 4, 1)
    assert first + length <= bounds[-1] <= first + length + width / 2
    if level_for(first, first + length, columns) is not None:
        assert (np.diff(bounds) > 0).all()


@pytest.mark.parametrize("level", range(LEVELS))
def test_every_level_is_read_where_its_entries_are_fine_enough(level: int) -> None:
    assert level_for(0, 2 * size_of(level) * 700, 700) == level
    below = level_for(0, 2 * size_of(level) * 700 - 1, 700)
    assert below == (level - 1 if level else None)


def test_a_peak_of_one_sample_is_seen_from_afar() -> None:
    pyramid = PeakPyramid()
    samples = np.zeros((3_000_000, 2), np.float32)
    samples[1_234_567, 1] = -0.5
    append(pyramid, samples)
    for columns in (1, 7, 700):
        bounds = edges(0, len(samples), columns)
        level = level_for(0, len(samples), columns)
        assert level is not None
        lows, highs = pyramid.columns(level, bounds[:-1], len(samples))
        assert lows.min() == -0.5
        assert highs.max() == 0
        assert (lows < 0).sum() == 1
        at = int(np.argmin(lows))
        assert bounds[at] <= 1_234_567 < bounds[at + 1]
    assert pyramid.peak == 0.5


def test_what_is_not_separated_yet_has_no_columns(tmp_path: Path) -> None:
    session = Session(tmp_path / "song.wav", STEMS, 44100)
    with contextlib.closing(session), contextlib.closing(WaveformReader(session)) as reader:
        assert set(reader.read(0, 100_000, 100)) == {ORIGINAL, *STEMS}
        assert not any(reader.read(0, 100_000, 100).values())
        session.append(StemBlock(0, {stem: noise(25_500, 1) for stem in STEMS}))
        assert {len(columns) for columns in reader.read(0, 100_000, 100).values()} == {26}
        assert {len(columns) for columns in reader.read(30_000, 100_000, 100).values()} == {0}


def test_three_hours_of_five_stems_take_sixty_megabytes() -> None:
    pyramid = PeakPyramid()
    seconds, minutes = 60, 180
    block = np.zeros((44100 * seconds, 2), np.float32)
    for _ in range(minutes):
        append(pyramid, block)
    entries = sum(-(-pyramid.frames // size_of(level)) for level in range(LEVELS))
    assert 6 * entries * 2 * 4 < 60e6
    assert sum(level.nbytes for level in pyramid._levels) < 3 * entries * 2 * 4


def test_a_reader_finds_all_that_the_frames_count_while_another_thread_appends() -> None:
    samples = noise(600_000, 3)
    pyramid = PeakPyramid()
    faults: list[int] = []
    started = threading.Event()

    def follow() -> None:
        started.set()
        frames = 0
        while frames < len(samples):
            frames = pyramid.frames
            whole = frames // size_of(1) * size_of(1)
            if whole:
                starts = np.arange(0, whole, size_of(1))
                found = pyramid.columns(1, starts, whole)
                wanted = peaks.columns_of(samples[:whole].min(axis=1), samples[:whole].max(axis=1), starts)
                if not np.array_equal(found, wanted):
                    faults.append(frames)

    thread = threading.Thread(target=follow)
    thread.start()
    started.wait()
    for start in range(0, len(samples), 7001):
        append(pyramid, samples[start : start + 7001])
    thread.join()
    assert faults == []
