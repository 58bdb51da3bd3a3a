"""The transform pair as a stream."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.separation.stft import Synthesis, analyse, hann

FRAME, HOP = 512, 128


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 2)).astype(np.float32)


def cut(samples: np.ndarray, sizes: list[int]) -> list[np.ndarray]:
    """``samples`` in blocks of the given sizes, repeated as long as needed."""
    blocks, start = [], 0
    while start < len(samples):
        size = sizes[len(blocks) % len(sizes)]
        blocks.append(samples[start : start + size])
        start += size
    return blocks


def round_trip(blocks: list[np.ndarray], chunk_frames: int) -> np.ndarray:
    synthesis = Synthesis(FRAME, HOP)
    out = []
    for chunk in analyse(iter(blocks), FRAME, HOP, chunk_frames):
        out.append(synthesis.add(chunk.spectrum)[: len(chunk.mix)])
    return np.concatenate(out)[FRAME:]


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 6000),
    chunk_frames=st.integers(1, 24),
    sizes=st.lists(st.integers(1, 2500), min_size=1, max_size=4),
)
def test_the_inverse_gives_back_the_signal_for_any_length_chunk_and_blocks(
    n: int, chunk_frames: int, sizes: list[int]
) -> None:
    samples = noise(n)
    back = round_trip(cut(samples, sizes), chunk_frames)
    assert back.shape == samples.shape
    np.testing.assert_allclose(back, samples, atol=2e-6)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 6000), chunk_frames=st.integers(4, 24), sizes=st.lists(st.integers(1, 2500), min_size=1, max_size=4))
def test_block_sizes_do_not_change_the_chunks(n: int, chunk_frames: int, sizes: list[int]) -> None:
    samples = noise(n)
    whole = list(analyse(iter([samples]), FRAME, HOP, chunk_frames))
    pieces = list(analyse(iter(cut(samples, sizes)), FRAME, HOP, chunk_frames))
    assert [chunk.start for chunk in pieces] == [chunk.start for chunk in whole]
    for one, other in zip(pieces, whole, strict=True):
        np.testing.assert_array_equal(one.spectrum, other.spectrum)
        np.testing.assert_array_equal(one.mix, other.mix)


@pytest.mark.parametrize("n", [1, 127, 128, 129, 5000])
def test_the_number_of_frames_is_that_of_tensorflow_with_pad_end(n: int) -> None:
    frames = sum(len(chunk.spectrum) for chunk in analyse(iter([noise(n)]), FRAME, HOP, 8))
    assert frames == -(-(n + FRAME) // HOP)


def test_chunks_carry_the_songs_own_samples() -> None:
    samples = noise(5000)
    chunks = list(analyse(iter([samples]), FRAME, HOP, 8))
    np.testing.assert_array_equal(np.concatenate([chunk.mix for chunk in chunks])[FRAME:], samples)
    assert chunks[0].start == -FRAME
    assert all(len(chunk.spectrum) == 8 for chunk in chunks[:-1])


def test_the_window_is_periodic() -> None:
    window = hann(8)
    np.testing.assert_allclose(window, 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8), atol=1e-7)
