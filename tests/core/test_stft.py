"""The transform pair as a stream."""

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.separation.geometry import Geometry
from core.separation.stft import TILE, Chunk, Synthesis, framed, hann, transformed

FRAME, HOP = 512, 128
BINS = 100


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


def analyse(blocks: Iterable[np.ndarray], chunk_frames: int) -> Iterator[Chunk]:
    return transformed(framed(blocks, sizes := Geometry(FRAME, HOP, chunk_frames, BINS)), sizes)


def inverse(synthesis: Synthesis, chunk: Chunk) -> np.ndarray:
    samples = np.empty((chunk.frames * HOP, 2), np.float32)
    for first in range(0, chunk.frames, TILE):
        last = min(first + TILE, chunk.frames)
        synthesis.add(chunk.spectrum[:, first:last], samples[first * HOP : last * HOP])
    return samples


def round_trip(blocks: list[np.ndarray], chunk_frames: int) -> np.ndarray:
    synthesis = Synthesis(Geometry(FRAME, HOP, 1, BINS))
    out = []
    for chunk in analyse(iter(blocks), chunk_frames):
        out.append(inverse(synthesis, chunk)[: len(chunk.mix)])
    return np.concatenate(out)[FRAME:]


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 6000),
    chunk_frames=st.integers(1, 80),
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
    whole = list(analyse(iter([samples]), chunk_frames))
    pieces = list(analyse(iter(cut(samples, sizes)), chunk_frames))
    assert [chunk.start for chunk in pieces] == [chunk.start for chunk in whole]
    for one, other in zip(pieces, whole, strict=True):
        np.testing.assert_array_equal(one.spectrum, other.spectrum)
        np.testing.assert_array_equal(one.mix, other.mix)


@pytest.mark.parametrize("n", [1, 127, 128, 129, 5000])
def test_the_number_of_frames_is_that_of_tensorflow_with_pad_end(n: int) -> None:
    frames = sum(chunk.frames for chunk in analyse(iter([noise(n)]), 8))
    assert frames == -(-(n + FRAME) // HOP)


def test_chunks_carry_the_songs_own_samples() -> None:
    samples = noise(5000)
    chunks = list(analyse(iter([samples]), 8))
    np.testing.assert_array_equal(np.concatenate([chunk.mix for chunk in chunks])[FRAME:], samples)
    assert chunks[0].start == -FRAME
    assert all(chunk.frames == 8 for chunk in chunks[:-1])


def test_the_window_is_periodic() -> None:
    window = hann(8)
    np.testing.assert_allclose(window, 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8), atol=1e-7)


def test_the_spectrum_is_that_of_each_channel_and_the_magnitude_its_absolute_value() -> None:
    samples = noise(5000)
    (chunk,) = analyse(iter([samples]), 80)
    padded = np.concatenate([np.zeros((FRAME, 2)), samples, np.zeros((FRAME, 2))])
    starts = HOP * np.arange(chunk.frames)
    left, right = (
        np.fft.rfft(np.stack([padded[start : start + FRAME, channel] for start in starts]) * hann(FRAME))
        for channel in (0, 1)
    )
    np.testing.assert_allclose(chunk.spectrum[0], left, atol=1e-4)
    np.testing.assert_allclose(chunk.spectrum[1], 1j * right, atol=1e-4)
    assert chunk.magnitude.shape == (2, 80, BINS)
    np.testing.assert_array_equal(chunk.magnitude[:, : chunk.frames], np.abs(chunk.spectrum[..., :BINS]))
    assert not chunk.magnitude[:, chunk.frames :].any()
