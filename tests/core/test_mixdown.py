"""The mixdown: any blocks give the same samples, and a region begins and ends as an editor's clip does."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio.mixdown import KARAOKE_DB, MIX, Region, faded, karaoke, mixed
from core.separation.separator import StemBlock
from tests.support.songs import joined

RNG = np.random.default_rng(11)
FRAMES = 2000
STEMS = {stem: RNG.standard_normal((FRAMES, 2)).astype(np.float32) for stem in ("vocals", "drums", "other")}
GAINS = {"vocals": 0.25, "drums": 1.0, "other": 0.0}


def blocks(*cuts: int, first: int = 0, end: int = FRAMES) -> Iterator[StemBlock]:
    """The stems from ``first`` up to ``end`` in blocks that end at ``cuts``."""
    places = [first, *sorted(cut for cut in cuts if first < cut < end), end]
    for start, stop in pairwise(places):
        yield StemBlock(start, {stem: samples[start:stop] for stem, samples in STEMS.items()})


def samples_of(found: Iterator[StemBlock], stem: str) -> np.ndarray:
    """The samples of a stem of blocks that must follow each other from 0 on."""
    parts = list(found)
    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])]
    return joined(part.stems[stem] for part in parts)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    first = draw(st.integers(0, FRAMES - 1))
    end = draw(st.integers(first + 1, FRAMES))
    fade_in = draw(st.integers(0, end - first))
    return Region(first, end, fade_in, draw(st.integers(0, end - first - fade_in)))


cuts = st.lists(st.integers(1, FRAMES - 1), max_size=20)


@given(cuts=cuts, region=regions())
def test_any_blocks_give_the_same_samples(cuts: list[int], region: Region) -> None:
    expected = samples_of(faded(mixed(blocks(), GAINS), region), MIX)
    assert len(expected) == region.frames
    np.testing.assert_array_equal(samples_of(faded(mixed(blocks(*cuts), GAINS), region), MIX), expected)


@given(cuts=cuts, region=regions())
def test_blocks_that_begin_with_the_region_are_enough(cuts: list[int], region: Region) -> None:
    expected = samples_of(faded(blocks(), region), "drums")
    found = samples_of(faded(blocks(*cuts, first=region.first, end=region.end), region), "drums")
    np.testing.assert_array_equal(found, expected)


def test_the_mix_is_the_sum_of_the_stems_times_their_gains() -> None:
    found = samples_of(mixed(blocks(700), GAINS), MIX)
    np.testing.assert_allclose(found, 0.25 * STEMS["vocals"] + STEMS["drums"], atol=1e-6)


def test_a_stem_without_a_gain_is_left_out_and_no_gain_at_all_is_silence() -> None:
    np.testing.assert_array_equal(samples_of(mixed(blocks(), {"drums": 1.0}), MIX), STEMS["drums"])
    np.testing.assert_array_equal(samples_of(mixed(blocks(), {}), MIX), np.zeros((FRAMES, 2)))


def test_a_gain_goes_with_its_stem_whatever_the_order() -> None:
    one = samples_of(mixed(blocks(), {"vocals": 0.5, "drums": 2.0}), MIX)
    other = samples_of(mixed(blocks(), {"drums": 2.0, "vocals": 0.5}), MIX)
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_gain_of_an_unknown_stem_is_an_error() -> None:
    with pytest.raises(KeyError, match="piano"):
        list(mixed(blocks(), {"piano": 1.0}))


def test_karaoke_turns_only_the_vocals_down_by_12_db() -> None:
    gains = karaoke(STEMS)
    assert KARAOKE_DB == -12
    assert gains == {"vocals": pytest.approx(10 ** (-12 / 20)), "drums": 1, "other": 1}


def test_a_region_without_fades_is_the_samples_themselves() -> None:
    np.testing.assert_array_equal(
        samples_of(faded(blocks(500, 1500), Region(300, 1600)), "vocals"), STEMS["vocals"][300:1600]
    )


@pytest.mark.parametrize("fade", [2, 3, 441])
def test_fades_run_linearly_between_silence_and_full_level_at_both_ends_alike(fade: int) -> None:
    ones = [StemBlock(0, {"vocals": np.ones((1000, 2), np.float32)})]
    found = samples_of(faded(ones, Region(0, 1000, fade, fade)), "vocals")
    np.testing.assert_allclose(found[:fade, 0], np.linspace(0, 1, fade), atol=1e-7)
    np.testing.assert_array_equal(found[fade:-fade], 1)
    np.testing.assert_array_equal(found, found[::-1])
    assert (found[0] == 0).all()
    assert (found[fade - 1] == 1).all()


def test_a_fade_of_one_frame_silences_it() -> None:
    found = samples_of(faded(blocks(), Region(0, 10, 1, 1)), "vocals")
    np.testing.assert_array_equal(found[[0, -1]], 0)
    np.testing.assert_array_equal(found[1:-1], STEMS["vocals"][1:9])


def test_the_blocks_stay_as_they_were() -> None:
    source = list(blocks(900))
    before = [part.stems["drums"].copy() for part in source]
    list(faded(source, Region(0, FRAMES, 1000, 1000)))
    list(mixed(source, {"drums": 0.5}))
    for part, samples in zip(source, before, strict=True):
        np.testing.assert_array_equal(part.stems["drums"], samples)


@pytest.mark.parametrize(
    ("first", "end", "fade_in", "fade_out"),
    [(-1, 5, 0, 0), (5, 5, 0, 0), (6, 5, 0, 0), (0, 5, -1, 0), (0, 5, 0, -1), (0, 5, 3, 3), (0, 5, 6, 0)],
)
def test_an_impossible_region_cannot_be_made(first: int, end: int, fade_in: int, fade_out: int) -> None:
    with pytest.raises(ValueError, match=r"region goes|no room"):
        Region(first, end, fade_in, fade_out)


def test_blocks_that_do_not_cover_the_region_are_an_error() -> None:
    with pytest.raises(ValueError, match="blocks end at frame 1000, the region at 1500"):
        list(faded(blocks(end=1000), Region(0, 1500)))
    with pytest.raises(ValueError, match="starts at frame 200 where 100 comes next"):
        list(faded(blocks(first=200), Region(100, 1500)))
    with pytest.raises(ValueError, match="blocks end at frame 100, the region at 200"):
        list(faded([], Region(100, 200)))


def test_no_block_after_the_region_is_asked_for() -> None:
    taken: list[int] = []

    def watched() -> Iterator[StemBlock]:
        for block in blocks(500, 1000, 1500):
            taken.append(block.start)
            yield block

    list(faded(watched(), Region(600, 1000)))
    assert taken == [0, 500]
