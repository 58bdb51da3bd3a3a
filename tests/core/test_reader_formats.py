"""The reader: what each format keeps of a song. The length to the sample, no delay, the level, also where it is odd."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio.reader import probe
from core.errors import NothingToSeparateError
from tests.support import songs
from tests.support.reading import attempt, decode, lag, similarity
from tests.support.songs import RATE

ODD = 2 * RATE - 13  # no multiple of a frame of anything

# Extension, codec, the container's options: the largest error.
LOSSLESS = {
    (".wav", "pcm_f64le", ""): 0.0,
    (".wav", "pcm_s64le", ""): 2**-24,
    (".wav", "pcm_alaw", ""): 1 / 32,
    (".wav", "pcm_mulaw", ""): 1 / 32,
    (".wav", "pcm_s16le", "rf64=always"): 2**-15,
    (".w64", "pcm_s32le", ""): 2**-22,
    (".aifc", "pcm_s16le", ""): 2**-15,  # "sowt"
    (".aifc", "pcm_f32be", ""): 0.0,
    (".aiff", "pcm_s24be", ""): 2**-22,
    (".caf", "pcm_s16le", ""): 2**-15,
    (".caf", "pcm_f32be", ""): 0.0,
    (".caf", "alac", ""): 2**-15,
    (".caf", "flac", ""): 2**-15,
    (".au", "pcm_s16be", ""): 2**-15,
    (".tta", "tta", ""): 2**-7,
    (".wv", "wavpack", ""): 2**-7,
    (".mov", "pcm_s24le", ""): 2**-22,
    (".mp4", "flac", ""): 2**-15,
    (".mp4", "alac", ""): 2**-15,
    (".mkv", "pcm_s16le", ""): 2**-15,
    (".mkv", "flac", ""): 2**-15,
    (".mkv", "alac", ""): 2**-15,
    (".oga", "flac", ""): 2**-15,
    (".avi", "pcm_s16le", ""): 2**-15,
}


@pytest.mark.parametrize("kind", LOSSLESS, ids=" ".join)
def test_a_lossless_song_of_any_container_is_decoded_to_its_own_samples(tmp_path: Path, kind: tuple[str, str, str]) -> None:
    extension, codec, options = kind
    original = songs.music(2)[:ODD]
    named = dict(option.split("=") for option in options.split())
    path = songs.write(tmp_path / f"song{extension}", original, codec=codec, **named)
    decoded = decode(path)
    assert decoded.shape == original.shape
    assert np.abs(decoded - original).max() <= LOSSLESS[kind]
    assert probe(path).duration_s == pytest.approx(ODD / RATE, abs=0.002)


@pytest.mark.parametrize("rate", [8000, 192_000])
@pytest.mark.parametrize(("extension", "codec"), [(".wav", "pcm_s24le"), (".flac", "flac"), (".m4a", "alac")])
def test_the_lowest_and_the_highest_rate_are_kept_to_the_sample(
    tmp_path: Path, extension: str, codec: str, rate: int
) -> None:
    original = songs.music(0.5, rate=rate)
    path = songs.write(tmp_path / f"song{extension}", original, rate, codec)
    assert probe(path).sample_rate == rate
    decoded = decode(path, rate)
    assert decoded.shape == original.shape
    assert np.abs(decoded - original).max() <= 2**-15


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 1001])
@pytest.mark.parametrize("format", ["WAV", "WAVEX", "RF64", "W64", "CAF", "AU"])
def test_what_fills_up_a_chunk_is_no_sound(tmp_path: Path, format: str, frames: int) -> None:
    original = np.linspace(-0.5, 0.5, frames)[:, None]
    subtype = "PCM_U8" if format in ("WAV", "WAVEX", "RF64", "W64") else "PCM_S8"
    soundfile.write(tmp_path / "song", original, RATE, subtype, format=format)
    decoded = decode(tmp_path / "song")
    assert len(decoded) == frames
    assert np.abs(decoded - original).max() <= 2**-7


# Extension, codec, rate: by how many samples what is decoded is longer, and later. Where the format declares the encoder's
# delay, or has none, it is not later; where it declares the length, it is not longer.
LOSSY = {
    (".mov", "aac", RATE): (range(-45, 46), 0),  # the edit list counts milliseconds
    (".mp4", "libmp3lame", RATE): (range(-45, 46), 0),
    (".mp4", "libopus", 48000): (range(-48, 49), 0),
    (".caf", "libmp3lame", RATE): (range(1), 0),
    (".mka", "aac", RATE): (range(1024), 0),
    (".mka", "libmp3lame", RATE): (range(1), 0),
    (".mka", "libopus", 48000): (range(1), 0),
    (".webm", "libopus", 48000): (range(1), 0),
    (".aac", "aac", RATE): (range(3 * 1024), 1024),  # nothing is declared from here on
    (".ts", "aac", RATE): (range(3 * 1024), 1024),
    (".flv", "aac", RATE): (range(3 * 1024), 1024),
    (".ac3", "ac3", RATE): (range(2 * 1536), 256),
    (".eac3", "eac3", RATE): (range(2 * 1536), 256),
    (".mp2", "mp2", RATE): (range(2 * 1152), 481),
    (".wma", "wmav2", RATE): (range(-2048, 2048), -2048),  # FFmpeg's decoder drops a block more than its encoder adds
    (".wav", "adpcm_ima_wav", RATE): (range(2048), 0),
    (".wav", "adpcm_ms", RATE): (range(2048), 0),
}


@pytest.mark.parametrize("kind", LOSSY, ids=lambda kind: f"{kind[1]} in {kind[0]}")
def test_a_lossy_song_has_the_length_and_the_delay_that_its_format_declares(
    tmp_path: Path, kind: tuple[str, str, int]
) -> None:
    extension, codec, rate = kind
    longer, later = LOSSY[kind]
    original = songs.clicks(2, rate)[: 2 * rate - 13]
    decoded = decode(songs.write(tmp_path / f"song{extension}", original, rate, codec), rate)
    assert lag(original, decoded) == later
    assert len(decoded) - len(original) in longer
    assert similarity(original, decoded) > 0.6


@pytest.mark.parametrize("profile", ["HE-AAC", "HE-AACv2"])
@pytest.mark.skipif(not shutil.which("fdkaac"), reason="HE-AAC is encoded by the fdkaac program, which is not installed")
def test_he_aac_is_read_at_its_full_rate_and_to_its_length(tmp_path: Path, profile: str) -> None:
    original = songs.music(4)
    wav = songs.write(tmp_path / "song.wav", original, codec="pcm_s16le")
    number = {"HE-AAC": "5", "HE-AACv2": "29"}[profile]
    command = ["fdkaac", "-S", "-p", number, "-b", "48000", "-G", "2", "-o", tmp_path / "song.m4a", wav]
    subprocess.run(command, check=True, timeout=60)
    assert probe(tmp_path / "song.m4a").sample_rate == RATE
    decoded = decode(tmp_path / "song.m4a")
    assert len(decoded) == len(original)
    assert lag(original, decoded) in range(950, 970)  # FFmpeg leaves the delay of the band replication in


@pytest.mark.parametrize("extension", [".wav", ".w64", ".caf", ".au", ".flac", ".m4a", ".aiff", ".wv", ".tta"])
@pytest.mark.parametrize("level", [0.0, 0.25, -1.0])
def test_an_offset_from_zero_stays(tmp_path: Path, extension: str, level: float) -> None:
    codec = {".m4a": "alac", ".w64": "pcm_s16le", ".caf": "pcm_s16be", ".au": "pcm_s16be", ".wv": "wavpack"}.get(extension)
    codec = {".tta": "tta"}.get(extension, codec)
    original = np.full((5000, 2), level, np.float32)
    np.testing.assert_array_equal(decode(songs.write(tmp_path / f"song{extension}", original, codec=codec)), original)


@pytest.mark.parametrize("extension", [".mp3", ".m4a", ".ogg", ".opus", ".wma", ".mkv", ".aac"])
def test_silence_stays_silent(tmp_path: Path, extension: str) -> None:
    rate = 48000 if extension == ".opus" else RATE
    decoded = decode(songs.write(tmp_path / f"song{extension}", np.zeros((rate, 2), np.float32), rate), rate)
    assert len(decoded) > 0.9 * rate
    assert np.abs(decoded).max() < 1e-4


@pytest.mark.parametrize("extension", [".mp3", ".m4a", ".ogg", ".opus", ".wma"])
def test_a_song_that_was_cut_off_at_full_scale_is_decoded_past_it_and_not_cut_off_again(
    tmp_path: Path, extension: str
) -> None:
    rate = 48000 if extension == ".opus" else RATE
    original = np.clip(8 * songs.sine(1, rate), -1, 1)
    decoded = decode(songs.write(tmp_path / f"song{extension}", original, rate), rate)[4096:-4096]
    assert 1 < np.abs(decoded).max() < 1.5
    assert np.sqrt((decoded**2).mean() / (original**2).mean()) == pytest.approx(1, abs=0.05)


def test_floats_above_full_scale_are_kept(tmp_path: Path) -> None:
    original = 8 * songs.music(0.5)
    for codec in ("pcm_f32le", "pcm_f64le"):
        np.testing.assert_array_equal(decode(songs.write(tmp_path / "song.wav", original, codec=codec)), original)


def test_numbers_that_are_none_become_silence_in_64_bits_too(tmp_path: Path) -> None:
    samples = songs.music(0.5)
    samples[1000:1010], samples[2000:2010], samples[3000:3010] = np.nan, np.inf, -np.inf
    decoded = decode(songs.write(tmp_path / "song.wav", samples, codec="pcm_f64le"))
    np.testing.assert_array_equal(decoded, np.where(np.isfinite(samples), samples, 0))


NO_SAMPLES = [".flac", ".oga", ".caf", ".w64", ".au", ".wv", ".tta", ".mp3", ".m4a", ".mov", ".mkv", ".opus", ".wma", ".avi"]


@pytest.mark.parametrize("extension", NO_SAMPLES)
def test_a_song_of_no_samples_is_a_typed_error_in_every_format(tmp_path: Path, extension: str) -> None:
    codec = {".oga": "flac", ".caf": "pcm_s16le", ".w64": "pcm_s16le", ".au": "pcm_s16be", ".mov": "aac"}.get(extension)
    codec = {".wv": "wavpack", ".tta": "tta", ".avi": "pcm_s16le"}.get(extension, codec)
    rate = 48000 if extension == ".opus" else RATE
    path = songs.write(tmp_path / f"song{extension}", np.zeros((0, 2), np.float32), rate, codec)
    samples, error = attempt(path)
    assert not len(samples)
    assert error is not None


@pytest.mark.parametrize(("extension", "codec"), [(".caf", "pcm_s16le"), (".au", "pcm_s16be"), (".caf", "alac")])
def test_one_sample_is_one_sample_in_every_format(tmp_path: Path, extension: str, codec: str) -> None:
    path = songs.write(tmp_path / f"song{extension}", np.full((1, 2), 0.25, np.float32), codec=codec)
    np.testing.assert_array_equal(decode(path), [[0.25, 0.25]])


def test_a_wma_of_less_than_a_block_holds_nothing(tmp_path: Path) -> None:
    samples, error = attempt(songs.write(tmp_path / "song.wma", songs.sine(0.02)))
    assert not len(samples)
    assert isinstance(error, NothingToSeparateError)


def with_field(path: Path, chunk: bytes, offset: int, value: bytes) -> Path:
    """The file with ``value`` at ``offset`` in the content of its first chunk of this name."""
    data = bytearray(path.read_bytes())
    place = data.index(chunk) + 8 + offset
    data[place : place + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le", "pcm_mulaw", "adpcm_ima_wav", "adpcm_ms"])
@pytest.mark.parametrize("bytes_a_second", [0, 1, 16000, 2**31])
def test_a_wav_whose_header_has_its_bytes_a_second_wrong_is_whole(tmp_path: Path, codec: str, bytes_a_second: int) -> None:
    path = songs.write(tmp_path / "song.wav", songs.music(3), codec=codec)
    expected = decode(path)
    with_field(path, b"fmt ", 8, struct.pack("<I", bytes_a_second))
    samples, error = attempt(path)
    assert error is None
    np.testing.assert_array_equal(samples, expected)


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_was_streamed_and_does_not_know_its_size_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    original = songs.music(3)
    path = songs.write(tmp_path / "song.wav", original)
    samples, error = attempt(with_field(path, b"data", -4, struct.pack("<I", size)))
    assert error is None
    np.testing.assert_array_equal(samples, original)


def test_a_flac_that_was_streamed_and_does_not_know_its_length_is_read_to_its_end(tmp_path: Path) -> None:
    path = songs.write(tmp_path / "song.flac", songs.music(3))
    expected = decode(path)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36 bits of the number of samples
    data[22:26] = bytes(4)
    path.write_bytes(data)
    samples, error = attempt(path)
    assert error is None
    np.testing.assert_array_equal(samples, expected)
