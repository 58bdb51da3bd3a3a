"""A song that was separated once opens again from its exported stems: the same sound, at the same place, as long."""

import contextlib
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from core import history, jobs, paths
from core.audio.formats import Codec, Format
from core.audio.reader import probe
from core.audio.writer import Sound
from core.cancel import CancelToken
from core.engines.cache import EngineCache
from core.errors import CancelledError, InputError, NotExportedError, StemChangedError, StemMissingError
from core.history import Entry
from core.messages import Notice
from core.models import catalogue
from core.progress import Progress
from core.reopen import BLOCK_FRAMES, check, reopen, song_info, stem_blocks
from core.separation.separator import StemBlock
from core.session import Session
from tests.support import songs

SECONDS = 4.0
STEMS = ("vocals", "accompaniment")


def nothing(_: object) -> None:
    pass


def all_of(session: Session) -> dict[str, np.ndarray]:
    """{stem: (frames, 2)}"""
    into = {stem: np.empty((session.frames, 2), np.float32) for stem in session.stems}
    with contextlib.closing(session.reader()) as reader:
        reader.read(0, into)
    return into


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return songs.write(tmp_path_factory.mktemp("songs") / "गीत.flac", songs.music(SECONDS), sample_fmt="s16")


@pytest.fixture
def separated(song: Path) -> Iterator[Session]:
    """The song, separated by the built-in model."""
    with contextlib.closing(Session(song, STEMS, songs.RATE)) as session:
        separation = jobs.Separation(probe(song), catalogue.find("builtin"))
        jobs.separate_song(separation, EngineCache(), CancelToken(), session.append, nothing, nothing)
        yield session


@pytest.fixture
def made() -> Iterator[Callable[[float], Session]]:
    """Makes sessions with clicks in the vocals and a sine in the rest."""
    with contextlib.ExitStack() as opened:

        def make(seconds: float, gain: float = 1.0) -> Session:
            session = opened.enter_context(contextlib.closing(Session(Path("/songs/song.mp3"), STEMS, songs.RATE)))
            stems = {"vocals": songs.clicks(seconds) * gain, "accompaniment": songs.sine(seconds) * gain}
            session.append(StemBlock(0, {stem: samples.astype(np.float32) for stem, samples in stems.items()}))
            return session

        yield make


def exported(session: Session, folder: Path, chosen: Format, channels: int = 2) -> Entry:
    """The entry of a session whose stems were exported."""
    targets = {stem: folder / f"{stem}{chosen.extension}" for stem in session.stems}
    news: list[Notice] = []
    files = jobs.Files(targets, Sound(session.rate, channels, chosen))
    jobs.export(session, files, CancelToken(), nothing, news.append)
    reduction = sum(float(str(notice.parameters["reduction_db"])) for notice in news if notice.code == "levels_lowered")
    entry = history.add(session.song, session.frames, session.rate, "builtin", session.stems)
    history.exported(entry.id, targets, -reduction)
    return history.load()[0]


@contextlib.contextmanager
def reopened(entry: Entry) -> Iterator[Session]:
    with contextlib.closing(reopen(entry, CancelToken(), nothing)) as session:
        yield session


def test_stems_in_32_bit_float_come_back_to_the_sample(separated: Session, tmp_path: Path) -> None:
    entry = exported(separated, tmp_path, Format("wav", 32))
    with reopened(entry) as session:
        assert (session.song, session.stems, session.rate) == (separated.song, separated.stems, separated.rate)
        assert session.frames == separated.frames == round(SECONDS * songs.RATE)
        for stem, samples in all_of(separated).items():
            np.testing.assert_array_equal(all_of(session)[stem], samples)


@pytest.mark.parametrize(
    ("chosen", "at_most"),
    [(Format("flac", 16), 2**-14), (Format("flac", 24), 2**-22), (Format("wav", 16), 2**-14), (Format("alac"), 2**-14)],
)
def test_stems_in_lossless_formats_come_back_up_to_their_depth(
    separated: Session, tmp_path: Path, chosen: Format, at_most: float
) -> None:
    with reopened(exported(separated, tmp_path, chosen)) as session:
        assert session.frames == separated.frames
        for stem, samples in all_of(separated).items():
            assert np.abs(all_of(session)[stem] - samples).max() <= at_most


def test_stems_in_mp3_come_back_at_their_place(separated: Session, tmp_path: Path) -> None:
    with reopened(exported(separated, tmp_path, Format("mp3", bitrate=320_000))) as session:
        assert session.frames == separated.frames
        for stem, samples in all_of(separated).items():
            assert sdr_db(samples, all_of(session)[stem]) > 12


def sdr_db(samples: np.ndarray, found: np.ndarray) -> float:
    difference = found - samples
    return float(10 * np.log10((samples**2).sum() / max((difference**2).sum(), 1e-20)))


@pytest.mark.parametrize("codec", ["mp3", "m4a", "ogg", "opus", "wma"])
def test_stems_in_lossy_formats_come_back_at_their_place_and_as_long(
    made: Callable[[float], Session], tmp_path: Path, codec: Codec
) -> None:
    original = made(3.0)
    with reopened(exported(original, tmp_path, Format(codec))) as session:
        assert session.frames == original.frames
        wanted, found = all_of(original)["vocals"][:, 0], all_of(session)["vocals"][:, 0]
        size = 2 * len(wanted)
        correlation = np.fft.irfft(np.fft.rfft(found, size) * np.conj(np.fft.rfft(wanted, size)), size)
        shift = int(np.argmax(correlation))
        assert shift in (0, 1, size - 1)


def test_a_song_of_many_blocks_comes_back_whole(made: Callable[[float], Session], tmp_path: Path) -> None:
    original = made(3.5 * BLOCK_FRAMES / songs.RATE)
    with reopened(exported(original, tmp_path, Format("wav", 32))) as session:
        for stem, samples in all_of(original).items():
            np.testing.assert_array_equal(all_of(session)[stem], samples)


def test_stems_that_were_lowered_are_as_loud_again(made: Callable[..., Session], tmp_path: Path) -> None:
    original = made(1.0, 6.0)
    entry = exported(original, tmp_path, Format("flac", 24))
    assert entry.gain_db == pytest.approx(-20 * np.log10(max(original.peaks.values())), abs=0.01)
    with reopened(entry) as session:
        for stem, samples in all_of(original).items():
            assert np.abs(all_of(session)[stem] - samples).max() < 2e-6


def test_stems_of_a_mono_song_come_back_on_both_sides(made: Callable[[float], Session], tmp_path: Path) -> None:
    original = made(1.0)
    entry = exported(original, tmp_path, Format("wav", 32), channels=1)
    with reopened(entry) as session:
        np.testing.assert_array_equal(all_of(session)["accompaniment"], all_of(original)["accompaniment"])
    info = song_info(entry)
    assert (info.path, info.duration_s, info.sample_rate, info.channels) == (original.song, 1.0, songs.RATE, 1)


def test_files_of_another_length_than_the_song_are_cut_and_filled_up(
    made: Callable[[float], Session], tmp_path: Path
) -> None:
    original = made(1.0)
    entry = exported(original, tmp_path, Format("wav", 32))
    for frames in (entry.frames - 100, entry.frames + 100):
        with reopened(msgspec.structs.replace(entry, frames=frames)) as session:
            assert session.frames == frames
            both = min(frames, entry.frames)
            for stem, samples in all_of(session).items():
                np.testing.assert_array_equal(samples[:both], all_of(original)[stem][:both])
                assert not samples[both:].any()


def test_it_reports_from_nothing_to_everything(made: Callable[[float], Session], tmp_path: Path) -> None:
    entry = exported(made(5.0), tmp_path, Format("wav", 32))
    reports: list[Progress] = []
    with contextlib.closing(reopen(entry, CancelToken(), reports.append)):
        fractions = [report.fraction for report in reports]
        assert fractions[0] == 0
        assert fractions[-1] == 1
        assert fractions == sorted(fractions, key=float)
        assert len(reports) == 1 + -(-entry.frames // BLOCK_FRAMES)


def test_once_cancelled_nothing_is_left(made: Callable[[float], Session], tmp_path: Path) -> None:
    entry = exported(made(5.0), tmp_path, Format("wav", 32))
    before = set(paths.sessions_folder().iterdir())
    token = CancelToken()
    with pytest.raises(CancelledError):
        reopen(entry, token, lambda progress: token.cancel())
    assert set(paths.sessions_folder().iterdir()) == before


def test_a_song_that_was_not_exported_is_said(made: Callable[[float], Session]) -> None:
    session = made(1.0)
    entry = history.add(session.song, session.frames, session.rate, "builtin", session.stems)
    with pytest.raises(NotExportedError):
        reopen(entry, CancelToken(), nothing)


def test_stems_that_are_gone_or_changed_are_said_and_nothing_is_left(
    made: Callable[[float], Session], tmp_path: Path
) -> None:
    entry = exported(made(1.0), tmp_path, Format("wav", 16))
    before = set(paths.sessions_folder().iterdir())
    vocals = tmp_path / "vocals.wav"
    now = vocals.stat().st_mtime_ns + 10**10
    os.utime(vocals, ns=(now, now))
    for use in (check, song_info, lambda entry: next(stem_blocks(entry, CancelToken()))):
        with pytest.raises(StemChangedError, match=r"vocals\.wav"):
            use(entry)
    vocals.unlink()
    with pytest.raises(StemMissingError, match=r"vocals\.wav"):
        reopen(entry, CancelToken(), nothing)
    assert set(paths.sessions_folder().iterdir()) == before


def test_a_stem_that_cannot_be_decoded_is_said_and_nothing_is_left(made: Callable[[float], Session], tmp_path: Path) -> None:
    entry = exported(made(1.0), tmp_path, Format("wav", 16))
    before = set(paths.sessions_folder().iterdir())
    vocals = tmp_path / "vocals.wav"
    vocals.write_bytes(b"no sound at all")
    files = entry.files | {"vocals": history.StemFile(str(vocals), history.stamp_of(vocals))}
    with pytest.raises(InputError):
        reopen(msgspec.structs.replace(entry, files=files), CancelToken(), nothing)
    assert set(paths.sessions_folder().iterdir()) == before


def test_memory_does_not_grow_with_the_song(made: Callable[[float], Session], tmp_path: Path) -> None:
    peaks = []
    for seconds in (10.0, 40.0):
        entry = exported(made(seconds), tmp_path / str(seconds), Format("wav", 16))
        tracemalloc.start()
        with contextlib.closing(stem_blocks(entry, CancelToken())) as blocks:
            for _ in blocks:
                pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
