"""Frames of the same length in time at every rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import catalogue
from core.separation.geometry import geometry

MODEL = catalogue.find("builtin")


def test_a_song_at_the_models_rate_has_the_models_frames() -> None:
    for sizes in (geometry(MODEL), geometry(MODEL, 44100)):
        assert (sizes.frame_length, sizes.hop, sizes.bins, sizes.seen, sizes.gain) == (4096, 1024, 1024, 1024, 1.0)


@given(st.integers(8000, 384000))
def test_frames_last_as_long_at_every_rate_and_overlap_as_much(rate: int) -> None:
    sizes = geometry(MODEL, rate)
    assert sizes.frame_length == 4 * sizes.hop
    assert sizes.hop / rate == pytest.approx(1024 / 44100, rel=0.0045)
    assert sizes.gain * sizes.frame_length == pytest.approx(4096)


def test_the_lengths_are_those_of_fast_transforms() -> None:
    assert geometry(MODEL, 48000).frame_length == 4464
    assert geometry(MODEL, 96000).frame_length == 8928
    assert geometry(MODEL, 88200).frame_length == 8192


def test_a_low_rate_leaves_bins_of_the_network_empty() -> None:
    assert geometry(MODEL, 16000).seen == 745
