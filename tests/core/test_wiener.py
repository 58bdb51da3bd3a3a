"""Multichannel Wiener filtering, against Spleeter itself and against norbert, which Spleeter calls."""

import dataclasses
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

import norbert
import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from core import jobs
from core.audio.reader import probe, read_blocks
from core.cancel import CancelToken
from core.engines import EngineOptions, choice, ignore_notice
from core.engines.cache import EngineCache
from core.errors import CancelledError, EngineFailedError, FileUnreadableError, TruncatedError
from core.models import catalogue
from core.models.catalogue import Model
from core.separation import wiener
from core.separation.geometry import geometry
from core.separation.mode import Mode
from core.separation.separator import StemBlock, separate
from core.separation.stft import TILE, Chunk, Synthesis, framed, transformed
from tests.support import songs, spleeter_reference

ON_CPU = EngineOptions("openvino", "cpu", "f32")
CHUNK_FRAMES = 64
BUILTIN = dataclasses.replace(catalogue.find("builtin"), chunk_frames=CHUNK_FRAMES)
FOUR = dataclasses.replace(catalogue.find("4stems"), chunk_frames=CHUNK_FRAMES)
CHUNK = CHUNK_FRAMES * BUILTIN.hop
PARTS = ("lithium/vocals.opus", "lithium/backing.opus", "rubidium/vocals.opus", "rubidium/backing.opus")
MINUS_90_DBFS = 10 ** (-90 / 20)


class Shares:
    """An estimator without a network: each stem has a share of the mix that changes with channel, frame and bin."""

    def __init__(self, model: Model) -> None:
        rng = np.random.default_rng(9)
        weights = rng.random((len(model.stems), 2, model.chunk_frames, model.bins), np.float32) ** 2
        weights *= rng.random((len(model.stems), 2, 1, model.bins), np.float32)
        self._shares = (weights / weights.sum(axis=0))[: len(model.networks)]

    def estimates(self, magnitudes: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for magnitude in magnitudes:
            yield self._shares * magnitude


class Replayed:
    """What another estimator gave."""

    def __init__(self, estimates: Sequence[np.ndarray]) -> None:
        self._estimates = estimates

    def estimates(self, magnitudes: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for estimates, _ in zip(self._estimates, magnitudes, strict=True):
            yield estimates


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "antara-stage"]


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the number of chunks in a window."""
    return lambda chunks: monkeypatch.setattr(wiener, "WINDOW_CHUNKS", chunks)


def joined(blocks: Iterable[StemBlock]) -> dict[str, np.ndarray]:
    kept = list(blocks)
    return {stem: np.concatenate([block.stems[stem] for block in kept]) for stem in kept[0].stems}


def stems_of(song: np.ndarray, model: Model, mode: Mode = "full", rate: int | None = None) -> dict[str, np.ndarray]:
    return joined(separate(iter([song]), Shares(model), model, mode, rate=rate, mwf=True))


def sdr_db(reference: np.ndarray, estimate: np.ndarray) -> float:
    noise = np.square(reference.astype(np.float64) - estimate).sum()
    return float(10 * np.log10(np.square(reference, dtype=np.float64).sum() / max(noise, 1e-30)))


@pytest.mark.parametrize("name", ["2stems", "4stems", "5stems"])
def test_reference_mode_equals_spleeters_own_multichannel_filtering(
    name: str, full: bool, checkpoints: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if name != "2stems" and not full:
        pytest.skip("takes a minute: python3 dev.py soak tests/core/test_wiener.py")
    root = checkpoints(name)
    monkeypatch.setenv("MODEL_PATH", str(root))
    params = {**spleeter_reference.configuration(name), "MWF": True}
    model = catalogue.find(name)
    engine = choice.choose(model, ON_CPU)
    mono = np.repeat(songs.music(3, seed=7, channels=1), 2, axis=1)
    cases = [songs.music(13, seed=2), mono]  # of the second, both channels are the same
    with spleeter_reference.separator(params, root / params["model_dir"]) as separate_with_spleeter:
        for song in cases:
            ours = joined(separate(iter([song]), engine, model, "reference", mwf=True))
            theirs = separate_with_spleeter(song)
            assert list(ours) == params["instrument_list"]
            for stem, samples in theirs.items():
                assert ours[stem].shape == samples.shape
                assert np.abs(ours[stem] - samples).max() <= 1e-4
            masked = joined(separate(iter([song]), engine, model, "reference"))
            assert max(np.abs(masked[stem] - samples).max() for stem, samples in theirs.items()) > 0.01


def with_norbert(song: np.ndarray, model: Model) -> dict[str, np.ndarray]:
    """norbert's filter over the whole song, in double precision, from the estimates of ``Shares``."""
    sizes = geometry(model)
    chunks = list(transformed(framed([song], sizes), sizes))
    estimates = [part[:, :, : chunk.frames] for part, chunk in zip(shares_of(chunks, model), chunks, strict=True)]
    x = np.concatenate([chunk.spectrum for chunk in chunks], axis=1).transpose(1, 2, 0).astype(np.complex128)
    v = np.zeros((*x.shape, len(model.stems)))
    v[:, : sizes.bins] = np.concatenate(estimates, axis=2).transpose(2, 3, 1, 0)
    filtered = norbert.wiener(v, x, eps=np.finfo(np.float32).eps).astype(np.complex64)
    return {stem: inverse(filtered[..., index], model, len(song)) for index, stem in enumerate(model.stems)}


def shares_of(chunks: Sequence[Chunk], model: Model) -> Iterator[np.ndarray]:
    for chunk, estimates in zip(chunks, Shares(model).estimates(chunk.magnitude for chunk in chunks), strict=True):
        rest = chunk.magnitude - estimates.sum(axis=0)
        yield estimates if model.residual is None else np.concatenate([estimates, [rest]])


def inverse(spectrum: np.ndarray, model: Model, n: int) -> np.ndarray:
    """The samples (n, 2) of a whole song's (frames, half, 2)."""
    synthesis = Synthesis(geometry(model))
    samples = np.empty((len(spectrum) * model.hop, 2), np.float32)
    for first in range(0, len(spectrum), TILE):
        tile = np.ascontiguousarray(spectrum[first : first + TILE].transpose(2, 0, 1))
        synthesis.add(tile, samples[first * model.hop : (first + tile.shape[1]) * model.hop])
    return samples[model.frame_length :][:n]


@pytest.mark.parametrize("model", [BUILTIN, FOUR], ids=["direct masks and a residual", "four networks"])
@pytest.mark.parametrize("width", [1.0, 0.01, 0.0])
def test_reference_mode_is_norberts_filter_for_wide_and_narrow_and_mono_songs(model: Model, width: float) -> None:
    song = songs.music(6, seed=4)
    song[:, 1] = width * song[:, 1] + (1 - width) * song[:, 0]
    ours = stems_of(song, model, "reference")
    for stem, samples in with_norbert(song, model).items():
        assert np.abs(ours[stem] - samples).max() <= 1e-5


def test_a_song_of_up_to_one_window_gives_exactly_what_the_whole_song_gives(window: Callable[[int], None]) -> None:
    song = songs.music(4.5 * CHUNK / songs.RATE, seed=3)
    window(1000)
    whole = stems_of(song, FOUR, "reference")
    window(5)  # the padding in front fits into the fifth chunk
    for stem, samples in stems_of(song, FOUR, "reference").items():
        np.testing.assert_array_equal(samples, whole[stem])
    window(4)
    assert np.abs(stems_of(song, FOUR, "reference")["vocals"] - whole["vocals"]).max() > 1e-4


def test_a_song_longer_than_a_window_is_close_to_what_the_whole_song_gives(
    shared: Path, window: Callable[[int], None]
) -> None:
    model = catalogue.find("builtin")
    parts = [read_blocks(shared / "data" / "songs_eval" / name, 44100) for name in PARTS]
    lithium, rubidium = (sum(map(songs.joined, parts[index : index + 2])) for index in (0, 2))
    song = np.concatenate([lithium, rubidium, lithium, rubidium])
    assert len(song) > 1.15 * wiener.WINDOW_CHUNKS * model.chunk_frames * model.hop
    sizes = geometry(model)
    magnitudes = [chunk.magnitude for chunk in transformed(framed([song], sizes), sizes)]
    estimates = list(choice.choose(model, ON_CPU).estimates(magnitudes))
    found = joined(separate(iter([song]), Replayed(estimates), model, "reference", mwf=True))
    window(1000)
    for stem, samples in joined(separate(iter([song]), Replayed(estimates), model, "reference", mwf=True)).items():
        assert sdr_db(samples, found[stem]) > 40


@pytest.mark.parametrize("model", [BUILTIN, FOUR], ids=["direct masks and a residual", "four networks"])
@pytest.mark.parametrize("n", [1, 13230, CHUNK - 4096, CHUNK - 4095, 3 * CHUNK - 4096, 8 * CHUNK + 77])
def test_the_stems_sum_to_the_song_and_have_its_length(model: Model, n: int, window: Callable[[int], None]) -> None:
    window(3)
    song = songs.music(n / songs.RATE, seed=n)
    stems = stems_of(song, model)
    assert {stem: samples.shape for stem, samples in stems.items()} == dict.fromkeys(model.stems, song.shape)
    assert np.abs(sum(stems.values()) - song).max() < MINUS_90_DBFS


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_a_song_at_another_rate_gives_stems_that_sum_to_it(rate: int) -> None:
    song = np.random.default_rng(rate).standard_normal((3 * rate + 77, 2)).astype(np.float32)
    stems = stems_of(song, FOUR, rate=rate)
    assert np.abs(sum(stems.values()) - song).max() < MINUS_90_DBFS
    assert all(np.square(samples).mean() > 0.01 for samples in stems.values())


def test_the_whole_band_goes_to_the_stems_and_reference_mode_leaves_it_out() -> None:
    t = np.arange(4 * CHUNK) / songs.RATE
    song = songs.music(len(t) / songs.RATE) + 0.2 * np.sin(2 * np.pi * 15000 * t)[:, np.newaxis].astype(np.float32)

    def energies_at_15_khz(mode: Mode) -> list[float]:
        return [float(np.square(highpassed(samples, 14500)).sum()) for samples in stems_of(song, FOUR, mode).values()]

    full, reference = energies_at_15_khz("full"), energies_at_15_khz("reference")
    assert min(full) > 0.01 * np.square(highpassed(song, 14500)).sum()
    assert max(reference) < 1e-6 * min(full)


def test_what_is_too_quiet_for_the_filter_goes_to_the_stems_by_their_masks() -> None:
    loud = songs.music(2 * CHUNK / songs.RATE, seed=8)
    song = np.concatenate([loud, 1e-5 * loud])
    quiet = slice(2 * CHUNK + BUILTIN.frame_length, None)
    masked = joined(separate(iter([song]), Shares(BUILTIN), BUILTIN))
    found, reference = stems_of(song, BUILTIN), stems_of(song, BUILTIN, "reference")
    for stem, samples in masked.items():
        assert sdr_db(samples[quiet], found[stem][quiet]) > 30
        assert np.abs(reference[stem][quiet]).max() < 0.01 * np.abs(samples[quiet]).max()


def test_silence_stays_silence() -> None:
    stems = stems_of(np.zeros((2 * CHUNK, 2), np.float32), FOUR)
    assert all(not samples.any() for samples in stems.values())


def test_there_is_no_click_where_chunks_join(window: Callable[[int], None]) -> None:
    window(3)
    t = np.arange(12 * CHUNK) / songs.RATE
    pitches, pans = (220.0, 277.2, 329.6, 440.0), (0.1, 0.4, 0.6, 0.9)
    # Voices that wander from side to side: each window has other statistics.
    sides = [pan + 0.1 * np.sin(t / 2 + pan) for pan in pans]
    voices = [np.sin(2 * np.pi * pitch * t) for pitch in pitches]
    left = sum(side * voice for side, voice in zip(sides, voices, strict=True))
    right = sum((1 - side) * voice for side, voice in zip(sides, voices, strict=True))
    song = (0.15 * np.stack([left, right], axis=1)).astype(np.float32)
    engine = choice.choose(BUILTIN, ON_CPU)
    vocals = joined(separate(iter([song]), engine, BUILTIN, mwf=True))["vocals"]
    # The song ends at 440 Hz: whatever is above 2 kHz would be a click.
    high = np.abs(highpassed(vocals, 2000))
    joins = np.arange(CHUNK - BUILTIN.frame_length, len(vocals) - CHUNK, CHUNK)
    assert max(high[join - 4096 : join + 4096].max() for join in joins) < 1e-6


def highpassed(samples: np.ndarray, hertz: float) -> np.ndarray:
    return sosfiltfilt(butter(8, hertz, "high", fs=songs.RATE, output="sos"), samples, axis=0)


def test_blocks_follow_one_another_without_gap(window: Callable[[int], None]) -> None:
    window(3)
    blocks = list(separate(iter([songs.music(12)]), Shares(FOUR), FOUR, mwf=True))
    assert blocks[0].start == 0
    assert all(block.start == before.end for before, block in pairwise(blocks))
    assert len(blocks) > 6


def test_what_is_read_ahead_is_bounded(window: Callable[[int], None]) -> None:
    window(4)
    read = 0
    stages = 12  # one chunk in each of six stages, and one in each queue between them

    def blocks() -> Iterator[np.ndarray]:
        nonlocal read
        while True:
            read += 4000
            yield np.zeros((4000, 2), np.float32)

    for block in separate(blocks(), Shares(BUILTIN), BUILTIN, mwf=True):
        assert read <= block.end + (4 + stages) * CHUNK + BUILTIN.frame_length + 4000
        if block.end > 15 * CHUNK:
            break


class Interrupted:
    """An estimator that calls ``action`` before its third chunk."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action

    def estimates(self, magnitudes: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        source = iter(magnitudes)
        yield from Shares(BUILTIN).estimates(islice(source, 2))
        self._action()
        yield from Shares(BUILTIN).estimates(source)


def test_cancel_takes_effect_while_the_window_fills() -> None:
    token = CancelToken()

    def endless() -> Iterator[np.ndarray]:
        while True:
            yield songs.music(1)

    generator = separate(endless(), Interrupted(token.cancel), BUILTIN, "full", token, mwf=True)
    with pytest.raises(CancelledError):
        next(generator)


def test_an_error_of_the_engine_ends_all_stages_and_comes_through() -> None:
    def fail() -> None:
        raise EngineFailedError(engine="Failing", detail="out of luck")

    with pytest.raises(EngineFailedError, match="out of luck"):
        list(separate(iter([songs.music(12)]), Interrupted(fail), BUILTIN, mwf=True))


def test_an_error_of_the_reader_ends_all_stages_and_comes_through() -> None:
    def blocks() -> Iterator[np.ndarray]:
        yield songs.music(6)
        raise FileUnreadableError(path="song", reason="the disk is gone")

    with pytest.raises(FileUnreadableError):
        list(separate(blocks(), Shares(BUILTIN), BUILTIN, mwf=True))


def test_a_caller_who_stops_early_ends_all_stages_and_the_reader(window: Callable[[int], None]) -> None:
    window(2)
    closed: list[bool] = []

    def blocks() -> Iterator[np.ndarray]:
        try:
            while True:
                yield songs.music(1)
        finally:
            closed.append(True)

    generator = separate(blocks(), Shares(BUILTIN), BUILTIN, mwf=True)
    next(generator)
    generator.close()
    assert closed == [True]


def test_what_is_there_of_a_truncated_song_is_separated_before_the_error() -> None:
    song = songs.music(1.0)

    def blocks() -> Iterator[np.ndarray]:
        yield song
        raise TruncatedError(path="song", found_s=1.0, declared_s=2.0)

    given: list[StemBlock] = []
    with pytest.raises(TruncatedError):
        given.extend(separate(blocks(), Shares(BUILTIN), BUILTIN, mwf=True))
    assert np.abs(sum(joined(given).values()) - song).max() < MINUS_90_DBFS


def test_the_job_filters_when_it_is_told_to(tmp_path: Path) -> None:
    path = songs.write(tmp_path / "song.wav", songs.music(3, seed=2))
    engines, model = EngineCache(), catalogue.find("builtin")
    found = []
    for mwf in (True, False):
        blocks: list[StemBlock] = []
        what = jobs.Separation(probe(path), model, options=ON_CPU, mwf=mwf)
        jobs.separate_song(what, engines, CancelToken(), blocks.append, lambda progress: None, ignore_notice)
        direct = separate(read_blocks(path, model.sample_rate), choice.choose(model, ON_CPU), model, mwf=mwf)
        found.append(joined(blocks)["vocals"])
        np.testing.assert_array_equal(found[-1], joined(direct)["vocals"])
    assert np.abs(found[0] - found[1]).max() > 0.01
