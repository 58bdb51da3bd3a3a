"""Clips: what pydub makes of samples in memory is what arithmetic says, and what the streaming mixdown gives."""

import contextlib
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.audio import clips
from core.audio.clips import CLIP_FRAMES, Clip, clip_blocks, cut, region_blocks
from core.audio.mixdown import MIX, Region, faded, karaoke, mixed
from core.separation.separator import StemBlock
from core.session import Session
from tests.support import songs
from tests.support.songs import RATE, joined

ROOT = Path(__file__).parents[2]
STEP = 2.0**-25
FRAMES = 5000
STEMS = ("vocals", "drums", "bass", "piano", "other")


def sound(frames: int, seed: int = 0, channels: int = 2) -> np.ndarray:
    """Some music: (frames, channels), peak below 1."""
    return songs.music(1.0, seed, channels=channels)[10_000 : 10_000 + frames]


def check(found: Clip, expected: np.ndarray, atol: float = 2 * STEP) -> None:
    assert found.frames == len(expected)
    samples = found.samples()
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, expected, rtol=2.0**-24, atol=atol)


@given(
    samples=hnp.arrays(
        np.float32,
        st.tuples(st.integers(0, 50), st.integers(1, 2)),
        elements=st.floats(-60, 60, width=32),
    )
)
def test_samples_come_back_to_2_to_the_minus_26_of_full_scale(samples: np.ndarray) -> None:
    clip = Clip.of(samples, RATE)
    assert clip.samples().shape == samples.shape
    assert (np.abs(clip.samples() - samples.astype(np.float64)) <= 2.0**-26).all()


@pytest.mark.parametrize("peak", [1.0, 1.5, 63.9, 64.0, 1e4, 3e38])
def test_samples_above_full_scale_survive(peak: float) -> None:
    samples = sound(1000) / np.abs(sound(1000)).max() * np.float32(peak)
    samples[0] = [peak, -peak]
    check(Clip.of(samples, RATE), samples, atol=max(2.0**-26, peak * 2.0**-31))


def test_samples_of_every_layout_in_memory_are_taken() -> None:
    for samples in (np.asfortranarray(sound(100)), sound(200)[::2], sound(100)[::-1]):
        check(Clip.of(samples, RATE), samples)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_samples_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Clip.of(np.float32([[0, 0], [0, bad]]), RATE)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 22050, 37001, 44100, 192000])
def test_edits_are_exact_to_the_frame_at_any_rate(rate: int, channels: int) -> None:
    one, two = sound(4001, 1, channels), sound(997, 2, channels)
    a, b = Clip.of(one, rate), Clip.of(two, rate)
    check(a.part(0, 4001), one)
    check(a.part(13, 14), one[13:14])
    check(a.part(4001, 4001), one[:0])
    check(a.append(b), np.concatenate([one, two]))
    for at in (0, 1, 777, 3004, 3600, 4001):
        expected = one.copy()
        expected[at : at + 997] += two[: 4001 - at]
        check(a.overlay(b, at), expected)
    assert a.append(b).overlay(b).part(3, 9).rate == rate


@pytest.mark.parametrize("gain_db", [-60.0, -12.0, -0.1, 0.0, 6.0, 20.0, 40.0, 80.0])
def test_a_gain_in_decibels_is_a_factor_and_nothing_is_cut_off(gain_db: float) -> None:
    factor = 10 ** (gain_db / 20)
    check(Clip.of(sound(500), RATE).gain(gain_db), sound(500) * np.float64(factor), atol=2 * STEP * max(factor, 1))


def test_no_gain_at_all_is_exact_silence() -> None:
    assert not Clip.of(sound(500), RATE).gain(-math.inf).samples().any()


def test_sums_are_not_cut_off() -> None:
    loud = np.full((100, 2), 50, np.float32)
    clip = Clip.of(loud, RATE)
    check(clip.overlay(clip).overlay(clip), 3 * loud)
    check(clip.overlay(Clip.of(loud * 1e4, RATE)), loud + loud * 1e4, atol=1e-3)


@pytest.mark.parametrize(("fade_in", "fade_out"), [(0, 0), (1, 0), (0, 1), (300, 200), (0, 1000), (500, 500)])
def test_fades_are_those_of_a_region(fade_in: int, fade_out: int) -> None:
    region = Region(0, 1000, fade_in, fade_out)
    expected = joined(block.stems[MIX] for block in faded([StemBlock(0, {MIX: sound(1000)})], region))
    found = Clip.of(sound(1000), RATE).faded(fade_in, fade_out)
    check(found, expected)
    if fade_in:
        assert not found.samples()[0].any()
    if fade_out:
        assert not found.samples()[-1].any()


@pytest.mark.parametrize("crossfade", [0, 1, 2, 441, 600])
def test_a_crossfade_of_two_takes_keeps_what_they_have_in_common(crossfade: int) -> None:
    samples = sound(1000)
    one, two = Clip.of(samples[:600], RATE), Clip.of(samples[600 - crossfade :], RATE)
    check(one.append(two, crossfade), samples, atol=4 * STEP)


def test_a_crossfade_runs_linearly_from_one_clip_to_the_other() -> None:
    ones, zeros = np.ones((100, 1), np.float32), np.zeros((80, 1), np.float32)
    found = Clip.of(ones, RATE).append(Clip.of(zeros, RATE), crossfade=50)
    check(found, np.concatenate([ones[:50], np.linspace(1, 0, 50)[:, None], zeros[:30]]))


def test_what_a_clip_does_not_have_is_an_error() -> None:
    clip = Clip.of(sound(100), RATE)
    for edit in (
        lambda: clip.part(50, 101),
        lambda: clip.part(-1, 50),
        lambda: clip.part(60, 50),
        lambda: clip.overlay(clip, 101),
        lambda: clip.overlay(clip, -1),
        lambda: clip.append(clip, 101),
        lambda: clip.append(Clip.of(sound(10), RATE), 11),
        lambda: clip.append(clip, -1),
        lambda: clip.faded(60, 60),
    ):
        with pytest.raises(ValueError, match=r"has no|no room"):
            edit()


def test_clips_of_different_kinds_are_not_joined() -> None:
    clip = Clip.of(sound(100), RATE)
    for other in (Clip.of(sound(100), 48000), Clip.of(sound(100, channels=1), RATE)):
        with pytest.raises(ValueError, match="differ"):
            clip.overlay(other)
        with pytest.raises(ValueError, match="differ"):
            clip.append(other)


def test_clips_become_blocks_of_any_size() -> None:
    pair = {stem: Clip.of(sound(1000, seed), RATE) for seed, stem in enumerate(("vocals", "drums"))}
    blocks = list(clip_blocks(pair, size=300))
    assert [(block.start, block.end) for block in blocks] == [(0, 300), (300, 600), (600, 900), (900, 1000)]
    np.testing.assert_allclose(joined(block.stems["drums"] for block in blocks), sound(1000, 1), atol=STEP)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A separated song of five stems, of which one goes far above full scale."""
    with contextlib.closing(Session(tmp_path / "song.mp3", STEMS, RATE)) as session:
        stems = {stem: sound(FRAMES, seed) * np.float32(4 if stem == "drums" else 1) for seed, stem in enumerate(STEMS)}
        session.append(StemBlock(0, stems))
        yield session


def streamed(session: Session, region: Region, gains: dict[str, float] | None) -> dict[str, np.ndarray]:
    source = session.blocks(size=701)
    blocks = list(faded(source if gains is None else mixed(source, gains), region))
    return {stem: joined(block.stems[stem] for block in blocks) for stem in blocks[0].stems}


@st.composite
def regions(draw: st.DrawFn) -> Region:
    first = draw(st.integers(0, FRAMES - 1))
    end = draw(st.integers(first + 1, FRAMES))
    fade_in = draw(st.integers(0, end - first))
    return Region(first, end, fade_in, draw(st.integers(0, end - first - fade_in)))


some_gains = st.none() | st.dictionaries(st.sampled_from(STEMS), st.floats(0, 4), max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(region=regions(), gains=some_gains)
def test_a_cut_is_what_the_stream_gives(session: Session, region: Region, gains: dict[str, float] | None) -> None:
    expected = streamed(session, region, gains)
    found = cut(session, region, gains)
    assert set(found) == set(expected) == ({MIX} if gains is not None else set(STEMS))
    for stem, clip in found.items():
        assert clip.rate == session.rate
        error = np.abs(clip.samples() - expected[stem].astype(np.float64)).max()
        assert error <= 1e-6 * max(1, np.abs(expected[stem]).max())


@pytest.mark.parametrize("gains", [None, karaoke(STEMS)])
@pytest.mark.parametrize("limit", [CLIP_FRAMES, 100])
def test_an_export_gets_the_same_from_memory_and_as_a_stream(
    session: Session, monkeypatch: pytest.MonkeyPatch, gains: dict[str, float] | None, limit: int
) -> None:
    region = Region(100, 4900, 441, 882)
    expected = streamed(session, region, gains)
    monkeypatch.setattr(clips, "CLIP_FRAMES", limit)
    if limit < region.frames:
        monkeypatch.setattr(clips, "cut", None)
    blocks = list(region_blocks(session, region, gains))
    assert blocks[0].start == 0
    for stem, samples in expected.items():
        found = joined(block.stems[stem] for block in blocks)
        assert np.abs(found - samples).max() <= 1e-6 * max(1, np.abs(samples).max())


@pytest.mark.parametrize("take", [cut, region_blocks])
def test_a_region_past_the_end_of_what_is_there_is_an_error(session: Session, take: object) -> None:
    assert callable(take)
    with pytest.raises(ValueError, match="ends at frame 5001, the session at 5000"):
        take(session, Region(0, FRAMES + 1))


def test_a_gain_of_an_unknown_stem_is_an_error(session: Session) -> None:
    with pytest.raises(KeyError, match="flute"):
        cut(session, Region(0, 10), {"flute": 1.0})


# Every edit once, with warnings as errors and without any program in PATH; says what was started or opened meanwhile.
PROGRAM = """
import sys, numpy as np
from core.audio.clips import Clip
Clip.of(np.zeros((1, 2), np.float32), 44100)
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event in WATCHED else None)
clip = Clip.of(np.ones((20000, 2), np.float32), 44100)
clip.part(5, 9000).gain(-6).faded(100, 5000).overlay(clip, 3).append(clip, 2000).samples()
print(seen)
"""
STARTS = ["subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"]


def test_pydub_starts_no_program_opens_no_file_and_warns_of_nothing(tmp_path: Path) -> None:
    guard = f"import sys\nsys.addaudithook(lambda event, _: sys.exit(event) if event in {STARTS} else None)"
    script = guard + PROGRAM.replace("WATCHED", str([*STARTS, "open"]))
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", script]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "[]", "")


def test_pydub_is_loaded_only_when_there_is_a_clip() -> None:
    script = "import sys, core.audio.clips; print('pydub' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True).stdout == "False\n"
