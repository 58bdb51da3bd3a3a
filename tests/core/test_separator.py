"""The separation generator, with the built-in model's real network (in short chunks, which is quicker)."""

import dataclasses
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, resample_poly, sosfiltfilt

from core.cancel import CancelToken
from core.engines import Engine, EngineOptions, choice
from core.errors import CancelledError, EngineFailedError, FileUnreadableError, TruncatedError
from core.models import catalogue
from core.models.catalogue import Model
from core.separation.mode import Mode
from core.separation.separator import StemBlock, separate
from tests.core.test_stft import cut
from tests.support import songs

ON_CPU = EngineOptions(device="cpu")
MODEL = dataclasses.replace(catalogue.find("builtin"), chunk_frames=64)
CHUNK = MODEL.chunk_frames * MODEL.hop
MINUS_90_DBFS = 10 ** (-90 / 20)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return choice.choose(MODEL, ON_CPU)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "antara-stage"]


def joined(blocks: list[StemBlock]) -> dict[str, np.ndarray]:
    return {stem: np.concatenate([block.stems[stem] for block in blocks]) for stem in blocks[0].stems}


def stems_of(song: np.ndarray, engine: Engine, mode: Mode = "full", model: Model = MODEL) -> dict[str, np.ndarray]:
    return joined(list(separate(iter([song]), engine, model, mode)))


@pytest.mark.parametrize("n", [1, 1000, 13230, CHUNK - 4096, CHUNK - 4095, CHUNK, 5 * CHUNK + 77])
def test_the_stems_sum_to_the_song_and_have_its_length(engine: Engine, n: int) -> None:
    song = songs.music(n / songs.RATE, seed=n)
    stems = stems_of(song, engine)
    assert {stem: samples.shape for stem, samples in stems.items()} == dict.fromkeys(MODEL.stems, song.shape)
    assert np.abs(sum(stems.values()) - song).max() < MINUS_90_DBFS


def test_four_stems_sum_to_the_song(checkpoints: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_PATH", str(checkpoints("4stems")))
    model = catalogue.find("4stems")
    song = songs.music(14.2, seed=5)
    stems = stems_of(song, choice.choose(model, ON_CPU), model=model)
    assert list(stems) == ["vocals", "drums", "bass", "other"]
    assert np.abs(sum(stems.values()) - song).max() < MINUS_90_DBFS
    assert all(np.abs(samples).max() > 0.01 for samples in stems.values())


@settings(max_examples=12, deadline=None)
@given(n=st.integers(1, 3 * CHUNK), sizes=st.lists(st.integers(1, 2 * CHUNK), min_size=1, max_size=3))
def test_block_sizes_do_not_change_the_stems(engine: Engine, n: int, sizes: list[int]) -> None:
    song = songs.music(3 * CHUNK / songs.RATE, seed=2)[:n]
    whole = stems_of(song, engine)
    pieces = joined(list(separate(iter(cut(song, [max(size, n // 200 + 1) for size in sizes])), engine, MODEL)))
    for stem in MODEL.stems:
        np.testing.assert_allclose(pieces[stem], whole[stem], atol=1e-6)


def test_blocks_follow_one_another_without_gap(engine: Engine) -> None:
    blocks = list(separate(iter([songs.music(8)]), engine, MODEL))
    assert blocks[0].start == 0
    assert all(block.start == before.end for before, block in pairwise(blocks))
    assert len(blocks) > 4


def test_what_is_read_ahead_is_bounded(engine: Engine) -> None:
    read = 0
    stages = 10  # one chunk in each of five stages, two in the network's, and one in each queue between them

    def blocks() -> Iterator[np.ndarray]:
        nonlocal read
        while True:
            read += 1000
            yield np.zeros((1000, 2), np.float32)

    for block in separate(blocks(), engine, MODEL):
        assert read <= block.end + stages * CHUNK + MODEL.frame_length + 1000
        if block.end > 12 * CHUNK:
            break


def test_cancel_takes_effect_at_the_next_chunk(engine: Engine) -> None:
    token = CancelToken()
    generator = separate(iter([songs.music(20)]), engine, MODEL, "full", token)
    next(generator)
    token.cancel()
    with pytest.raises(CancelledError):
        next(generator)


def test_there_is_no_click_where_chunks_join(engine: Engine) -> None:
    t = np.arange(12 * CHUNK) / songs.RATE
    chord = sum(np.sin(2 * np.pi * pitch * t) for pitch in (220.0, 277.2, 329.6, 440.0))
    song = np.repeat((0.15 * chord).astype(np.float32)[:, None], 2, axis=1)
    vocals = stems_of(song, engine)["vocals"][:, 0]
    # The chord ends at 440 Hz: whatever is above 2 kHz would be a click.
    high = sosfiltfilt(butter(8, 2000, "high", fs=songs.RATE, output="sos"), vocals)
    joins = np.arange(CHUNK - MODEL.frame_length, len(vocals) - CHUNK, CHUNK)
    assert len(joins) > 8
    assert max(np.abs(high[join - 4096 : join + 4096]).max() for join in joins) < 1e-6


def test_full_mode_keeps_what_is_above_the_models_band_and_reference_mode_does_not(engine: Engine) -> None:
    t = np.arange(4 * CHUNK) / songs.RATE
    song = songs.music(len(t) / songs.RATE) + np.repeat((0.2 * np.sin(2 * np.pi * 15000 * t))[:, None], 2, axis=1)
    song = song.astype(np.float32)

    def energy_at_15_khz(stems: dict[str, np.ndarray]) -> float:
        spectrum = np.abs(np.fft.rfft(sum(stems.values())[:, 0] * np.hanning(len(t))))
        around = round(15000 * len(t) / songs.RATE)
        return float(spectrum[around - 50 : around + 50].max())

    full = energy_at_15_khz(stems_of(song, engine))
    reference = energy_at_15_khz(stems_of(song, engine, "reference"))
    assert full > 0.1 * len(t) / 4
    assert reference < 1e-4 * full


def test_silence_stays_silence(engine: Engine) -> None:
    stems = stems_of(np.zeros((2 * CHUNK, 2), np.float32), engine)
    assert all(not samples.any() for samples in stems.values())


def test_equal_channels_give_equal_channels_of_the_residual_and_sum(engine: Engine) -> None:
    mono = songs.music(4, channels=1)
    stems = stems_of(np.repeat(mono, 2, axis=1), engine)
    total = sum(stems.values())
    np.testing.assert_allclose(total[:, 0], total[:, 1], atol=1e-6)


def consume(blocks: Iterator[StemBlock], into: list[StemBlock]) -> None:
    for block in blocks:
        into.append(block)


def test_what_is_there_of_a_truncated_song_is_separated_before_the_error(engine: Engine) -> None:
    song = songs.music(1.0)

    def blocks() -> Iterator[np.ndarray]:
        yield song
        raise TruncatedError(path="song", found_s=1.0, declared_s=2.0)

    given: list[StemBlock] = []
    with pytest.raises(TruncatedError):
        consume(separate(blocks(), engine, MODEL), given)
    assert np.abs(sum(joined(given).values()) - song).max() < MINUS_90_DBFS


class Failing:
    """Estimates one chunk with a real engine and then fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def estimates(self, magnitudes: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        yield from self._engine.estimates(itertools.islice(magnitudes, 1))
        raise EngineFailedError(engine="Failing", detail="out of luck")


def test_an_error_of_the_engine_ends_all_stages_and_comes_through(engine: Engine) -> None:
    with pytest.raises(EngineFailedError, match="out of luck"):
        list(separate(iter([songs.music(12)]), Failing(engine), MODEL))


def test_an_error_of_the_reader_ends_all_stages_and_comes_through(engine: Engine) -> None:
    def blocks() -> Iterator[np.ndarray]:
        yield songs.music(6)
        raise FileUnreadableError(path="song", reason="the disk is gone")

    with pytest.raises(FileUnreadableError):
        list(separate(blocks(), engine, MODEL))


def test_a_caller_who_stops_early_ends_all_stages_and_the_reader(engine: Engine) -> None:
    closed: list[bool] = []

    def blocks() -> Iterator[np.ndarray]:
        try:
            while True:
                yield songs.music(1)
        finally:
            closed.append(True)

    generator = separate(blocks(), engine, MODEL)
    next(generator)
    generator.close()
    assert closed == [True]


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 32000, 48000, 96000, 192000])
def test_a_song_at_another_rate_gives_stems_at_its_rate_that_sum_to_it(engine: Engine, rate: int) -> None:
    song = np.random.default_rng(rate).standard_normal((3 * rate + 77, 2)).astype(np.float32)
    stems = joined(list(separate(iter([song]), engine, MODEL, rate=rate)))
    assert {samples.shape for samples in stems.values()} == {song.shape}
    assert np.abs(sum(stems.values()) - song).max() < MINUS_90_DBFS


@pytest.mark.parametrize("rate", [22050, 88200])
def test_the_network_sees_the_same_at_every_rate(engine: Engine, rate: int) -> None:
    """A song without anything above 8 kHz has the same stems, up to the resampling of the test."""
    song = lowpassed(songs.music(12), 8000)
    other = resample_poly(song, rate, songs.RATE, axis=0).astype(np.float32)
    expected = stems_of(song, engine)["vocals"]
    found = joined(list(separate(iter([other]), engine, MODEL, rate=rate)))["vocals"]
    back = resample_poly(found, songs.RATE, rate, axis=0)[: len(expected)]
    middle = slice(songs.RATE, -songs.RATE)
    error = np.square(back[middle] - expected[middle]).sum()
    assert 10 * np.log10(np.square(expected[middle]).sum() / error) > 30


def lowpassed(samples: np.ndarray, hertz: float) -> np.ndarray:
    return sosfiltfilt(butter(8, hertz, fs=songs.RATE, output="sos"), samples, axis=0).astype(np.float32)
