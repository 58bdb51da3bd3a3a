"""The encoders: every format holds the song's samples where they were, in files that other programs read alike."""

import errno
import gc
import io
import os
import shutil
import subprocess
import tracemalloc
from pathlib import Path
from typing import Any, get_args

import av
import mutagen
import numpy as np
import psutil
import pytest
import scipy.signal
import soundfile

from core.audio.encoders import open_encoder
from core.audio.formats import Codec, Format, rate_for
from core.audio.reader import read_blocks
from tests.core.test_reader import lag
from tests.support import songs
from tests.support.songs import RATE, joined

CODECS: tuple[Codec, ...] = get_args(Codec)
PCM = [Format("wav", 16), Format("wav", 24), Format("wav", 32)]
LOSSLESS = [*PCM, Format("flac", 16), Format("flac", 24), Format("alac", 16), Format("alac", 24)]
LOSSY = [
    Format("mp3", bitrate=192_000),
    Format("mp3", vbr=2),
    Format("m4a", bitrate=192_000),
    Format("ogg", bitrate=192_000),
    Format("ogg", vbr=6),
    Format("opus", bitrate=192_000),
    Format("wma", bitrate=192_000),
]
FORMATS = [*LOSSLESS, *LOSSY]
RATES = [22050, 44100, 48000, 96000]
WMA_FRAME = 2048  # samples, above 22.05 kHz; half of it from there down
DEMUXERS = {".m4a": "mov", ".opus": "ogg", ".wma": "asf"}

LIBSNDFILE_READS = [format for format in FORMATS if format.codec not in ("m4a", "alac", "wma")]


def each_of(formats: list[Format]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "format", formats, ids=lambda format: "-".join(map(str, filter(None, vars(format).values())))
    )


any_format = each_of(FORMATS)


def write(path: Path, format: Format, samples: np.ndarray, rate: int = RATE, cuts: Any = 3) -> Path:
    """``samples`` (n, channels) in blocks: as many as ``cuts``, or cut where it says."""
    path = path.with_suffix(format.extension)
    with path.open("w+b") as file:
        encoder = open_encoder(file, format, rate, samples.shape[1])
        for block in np.array_split(samples, cuts):
            encoder.write(block)
        encoder.finish()
    return path


def decode(path: Path) -> np.ndarray:
    """(n, channels) at the file's own rate, by FFmpeg alone. It is told the format: of a short song it cannot guess it."""
    with av.open(str(path), format=DEMUXERS.get(path.suffix, path.suffix[1:])) as container:
        if not container.streams.audio:
            return np.zeros((0, 2), np.float32)
        channels = container.streams.audio[0].channels
        resampler = av.AudioResampler("flt")
        frames = [*container.decode(audio=0), None]
        blocks = [ready.to_ndarray() for frame in frames for ready in resampler.resample(frame)]
    return np.concatenate([np.zeros((0, channels)), *(block.reshape(-1, channels) for block in blocks)])


def excess(format: Format, samples: int, rate: int) -> range:
    """By how many samples a file may be longer than the song."""
    if format.codec != "wma":
        return range(1)
    frame = WMA_FRAME if rate > 22050 else WMA_FRAME // 2
    length = -(-samples // frame) * frame + frame - samples
    return range(length, length + 1)


def ffmpeg(path: Path, channels: int) -> np.ndarray:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32).reshape(-1, channels)


def signal_to_noise_db(signal: np.ndarray, heard: np.ndarray) -> float:
    signal, heard = signal.astype(np.float64), heard.astype(np.float64)
    return float(10 * np.log10((signal**2).sum() / max(((heard - signal) ** 2).sum(), 1e-30)))


@any_format
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_song_is_read_to_its_last_sample_and_from_its_first(
    tmp_path: Path, format: Format, rate: int, channels: int
) -> None:
    new_rate = rate_for(format.codec, rate)
    song = songs.music(0.75, rate=rate, channels=channels)[:-7]
    expected = song
    if new_rate != rate:
        divisor = np.gcd(rate, new_rate)
        expected = scipy.signal.resample_poly(song, new_rate // divisor, rate // divisor)
    wanted = round(len(song) * new_rate / rate)
    read = joined(read_blocks(write(tmp_path / "song", format, song, rate), new_rate))
    assert len(read) - wanted in excess(format, wanted, new_rate)
    expected, heard = expected[:wanted], read[:wanted, :channels]
    for part in (slice(None), slice(wanted // 4), slice(-wanted // 4, None)):  # and no part of it has moved
        assert lag(expected[part], heard[part]) == 0
    assert signal_to_noise_db(expected, heard) > (8 if format.is_lossy else 60)


@any_format
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg here")
def test_another_ffmpeg_reads_the_same_sound(tmp_path: Path, format: Format, channels: int) -> None:
    rate = rate_for(format.codec, RATE)
    song = songs.music(0.75, rate=rate, channels=channels)[:-7]
    heard = ffmpeg(write(tmp_path / "song", format, song, rate), channels)
    # FFmpeg's programs play AAC's last frame to its end.
    assert len(heard) - len(song) in (range(1024) if format.codec == "m4a" else excess(format, len(song), rate))
    assert lag(song, heard[: len(song)]) == 0


@each_of(LIBSNDFILE_READS)
def test_another_library_reads_the_same_sound(tmp_path: Path, format: Format) -> None:
    rate = rate_for(format.codec, RATE)
    song = songs.music(0.75, rate=rate)[:-7]
    path = write(tmp_path / "song", format, song, rate)
    heard, heard_rate = soundfile.read(path, dtype="float32")
    assert heard_rate == rate
    assert heard.shape == song.shape
    assert lag(song, heard) == 0
    subtypes = {16: "PCM_16", 24: "PCM_24", 32: "FLOAT"}
    assert format.depth is None or soundfile.info(path).subtype == subtypes[format.depth]


@pytest.mark.parametrize(("depth", "steps"), [(16, 1.5 + 2**-7), (24, 0.5), (32, 0)])
def test_a_wav_is_as_exact_as_its_depth(tmp_path: Path, depth: Any, steps: float) -> None:
    song = songs.music(1)
    heard, _ = soundfile.read(write(tmp_path / "song", Format("wav", depth), song), dtype="float64")
    assert np.abs(heard - song).max() <= steps / 2 ** (depth - 1)


@pytest.mark.parametrize("codec", ["flac", "alac"])
@pytest.mark.parametrize("depth", [16, 24])
def test_a_lossless_codec_holds_the_samples_of_the_wav(tmp_path: Path, codec: Codec, depth: Any) -> None:
    song = songs.music(1)
    wav, packed = (decode(write(tmp_path / name, Format(name, depth), song)) for name in ("wav", codec))
    np.testing.assert_array_equal(packed, wav)


def test_float_keeps_any_number_and_integers_are_clipped(tmp_path: Path) -> None:
    song = np.float32([[0, -0.0], [1.5, -1.5], [1e30, -1e-40]])
    assert decode(write(tmp_path / "float", Format("wav", 32), song)).astype(np.float32).tobytes() == song.tobytes()
    for format in (Format("wav", 16), Format("flac", 24), Format("alac", 16)):
        np.testing.assert_allclose(decode(write(tmp_path / "whole", format, song)), song.clip(-1, 1), atol=2**-14)


def test_a_lossy_codec_is_given_what_exceeds_full_scale(tmp_path: Path) -> None:
    song = 2 * songs.sine(0.5)
    for format in LOSSY[:-1]:
        assert np.abs(decode(write(tmp_path / "loud", format, 1.5 * song))).max() > 1.3


@any_format
@pytest.mark.parametrize("cuts", [1, [1, 2, 1000, 1000, 5096, 15000], list(range(0, 20_000, 441))], ids=["1", "7", "46"])
def test_the_same_song_gives_the_same_file_however_it_is_cut(tmp_path: Path, format: Format, cuts: Any) -> None:
    song = songs.music(0.5)
    first, second = write(tmp_path / "first", format, song), write(tmp_path / "second", format, song, cuts=cuts)
    if format.codec == "ogg":  # an Ogg stream has a random number
        np.testing.assert_array_equal(decode(first), decode(second))
    else:
        assert first.read_bytes() == second.read_bytes()


@any_format
@pytest.mark.parametrize("samples", [1, 46, 47, 128, 129, RATE // 50, 2345])
def test_a_song_of_any_length_has_it(tmp_path: Path, format: Format, samples: int) -> None:
    rate = rate_for(format.codec, RATE)
    song = songs.music(0.1, rate=rate)[:samples]
    heard = decode(write(tmp_path / "short", format, song, rate))
    assert len(heard) - samples in (range(1024) if format.codec == "m4a" else excess(format, samples, rate))
    if samples > 800:
        assert lag(song, heard[:samples]) == 0


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 64_000, 96_000])
@pytest.mark.parametrize("samples", [2, 10, 31, 441, 4097, 20_011])
def test_a_song_of_another_rate_keeps_its_length_in_time(tmp_path: Path, rate: int, samples: int) -> None:
    path = write(tmp_path / "song", Format("opus"), songs.music(3, rate=rate)[:samples], rate)
    assert len(decode(path)) == round(samples * 48_000 / rate)


@any_format
def test_a_song_without_samples_is_a_file_without_samples(tmp_path: Path, format: Format) -> None:
    path = write(tmp_path / "empty", format, np.zeros((0, 2), np.float32))
    assert path.stat().st_size > 0
    if format.codec not in ("mp3", "opus", "wma"):  # these begin with their first frame, and Windows Media has no end
        assert len(decode(path)) == 0


def test_sparse_music_in_an_ogg_has_its_length_too(tmp_path: Path) -> None:
    """All of it fits on one page, which FFmpeg would cut or fill up."""
    for song in (songs.clicks(3), songs.clicks(3)[:11_025], np.zeros((44_100, 1), np.float32)):
        path = write(tmp_path / "sparse", Format("ogg"), song)
        assert len(decode(path)) == soundfile.info(path).frames == len(song)
        assert mutagen.File(path).info.length == pytest.approx(len(song) / RATE)


@pytest.mark.parametrize(
    "format",
    [Format("mp3", bitrate=64_000), Format("mp3"), Format("ogg", bitrate=128_000), Format("wma"), Format("opus")],
    ids=str,
)
def test_the_bit_rate_is_the_one_that_was_asked_for(tmp_path: Path, format: Format) -> None:
    assert format.bitrate
    path = write(tmp_path / "song", format, songs.music(10, rate=48_000), 48_000)
    if format.codec == "ogg":
        assert mutagen.File(path).info.bitrate == format.bitrate  # the nominal one, of stereo at 44.1 kHz
    else:
        assert path.stat().st_size * 8 / 10 == pytest.approx(format.bitrate, rel=0.2)


@pytest.mark.parametrize(("codec", "qualities"), [("mp3", [0, 4, 9]), ("ogg", [10, 5, 0])])
def test_a_better_vbr_quality_takes_more_and_is_nearer_to_the_song(
    tmp_path: Path, codec: Codec, qualities: list[int]
) -> None:
    song = songs.music(3)
    paths = [write(tmp_path / str(vbr), Format(codec, vbr=vbr), song) for vbr in qualities]
    sizes = [path.stat().st_size for path in paths]
    nearness = [signal_to_noise_db(song, decode(path)) for path in paths]
    assert sizes == sorted(set(sizes), reverse=True)
    assert nearness == sorted(nearness, reverse=True)


class Disk(io.RawIOBase):
    """A file on a disk with room for so many bytes. Zeros take no room where the file system has holes."""

    name = "disk"

    def __init__(self, path: Path, room: int) -> None:
        self._file, self._room = path.open("w+b", buffering=0), room

    def write(self, data: Any) -> int:
        if self._file.tell() + len(data) > self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if len(data) % 4096 or np.frombuffer(data, np.uint64).any():
            return self._file.write(data)
        self._file.seek(len(data), os.SEEK_CUR)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()


@any_format
@pytest.mark.parametrize("room", [0, 30, 1000, 5000, 11_000])
def test_a_full_disk_is_an_os_error(tmp_path: Path, format: Format, room: int) -> None:
    song = np.random.default_rng(0).uniform(-0.5, 0.5, (RATE, 2)).astype(np.float32)

    def encode(disk: Any) -> None:
        encoder = open_encoder(disk, format, RATE, 2)
        for block in np.array_split(song, 10):
            encoder.write(block)
        encoder.finish()

    with Disk(tmp_path / "song", room) as disk, pytest.raises(OSError) as caught:  # noqa: PT011
        encode(disk)
    assert caught.value.errno == errno.ENOSPC


@any_format
@pytest.mark.parametrize("seconds", [0, 1])
def test_an_encoder_that_is_given_up_says_nothing_more(
    tmp_path: Path, format: Format, seconds: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "song").open("w+b") as file:
        encoder = open_encoder(file, format, RATE, 2)
        encoder.write(songs.music(2)[: seconds * RATE])
    del encoder
    gc.collect()
    assert capfd.readouterr() == ("", "")


@any_format
def test_a_song_can_be_begun_anew_in_the_same_file(tmp_path: Path, format: Format) -> None:
    song = songs.music(0.5)
    expected = write(tmp_path / "expected", format, song)
    with (tmp_path / "song").with_suffix(format.extension).open("w+b") as file:
        given_up = open_encoder(file, format, RATE, 2)
        given_up.write(songs.clicks(1))
        given_up.discard()
        file.seek(0)
        file.truncate()
        encoder = open_encoder(file, format, RATE, 2)
        encoder.write(song[:5000])
        del given_up
        gc.collect()
        encoder.write(song[5000:])
        encoder.finish()
    np.testing.assert_array_equal(decode(tmp_path / f"song{format.extension}"), decode(expected))


@any_format
def test_a_long_song_takes_no_more_memory_than_a_short_one(tmp_path: Path, format: Format) -> None:
    minute = songs.music(1, rate=8000, channels=1).repeat(60, axis=0)

    def memory() -> int:
        return psutil.Process().memory_info().rss

    with (tmp_path / "song").open("w+b") as file:
        encoder = open_encoder(file, format, 8000, 1)
        encoder.write(minute)
        before = memory()
        tracemalloc.start()
        for _ in range(5):
            encoder.write(minute)
        encoder.finish()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2**20
    assert memory() - before < 2**23


@pytest.mark.skipif(os.name == "nt", reason="a file would really take 4 GB")
def test_a_wav_of_more_than_4_gb_is_rf64(tmp_path: Path) -> None:
    silence, last = np.zeros((2**16, 2), np.float32), songs.music(0.1)
    with Disk(tmp_path / "long.wav", 2**40) as disk:
        encoder = open_encoder(disk, Format("wav", 32), 192_000, 2)
        for _ in range(2**13):
            encoder.write(silence)
        encoder.write(last)
        encoder.finish()
    with soundfile.SoundFile(tmp_path / "long.wav") as song:
        assert song.format == "RF64"
        assert song.frames == 2**29 + len(last)
        song.seek(2**29)
        np.testing.assert_array_equal(song.read(dtype="float32"), last)
