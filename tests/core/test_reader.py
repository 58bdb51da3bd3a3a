"""The reader: every format, layout, rate and name, to the sample."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio import reader
from core.audio.reader import probe, read_blocks
from core.errors import NotAudioError, TruncatedError
from tests.support import songs
from tests.support.reading import decode, lag, similarity
from tests.support.songs import RATE, joined

SECONDS = 1.5

# Extension, codec, rate of the file: formats that lose nothing but what their depth rounds off.
LOSSLESS = {
    ("8 bit", 1 / 128): (".wav", "pcm_u8"),
    ("16 bit", 1 / 2**15): (".wav", "pcm_s16le"),
    ("24 bit", 1 / 2**22): (".wav", "pcm_s24le"),
    ("32 bit", 1 / 2**22): (".wav", "pcm_s32le"),
    ("float", 0.0): (".wav", "pcm_f32le"),
    ("flac", 1 / 2**15): (".flac", "flac"),
    ("alac", 1 / 2**15): (".m4a", "alac"),
    ("aiff", 1 / 2**15): (".aiff", "pcm_s16be"),
}


@pytest.mark.parametrize(("kind", "written"), LOSSLESS.items(), ids=[kind[0] for kind in LOSSLESS])
def test_a_lossless_song_is_decoded_to_its_own_samples(
    tmp_path: Path, kind: tuple[str, float], written: tuple[str, str]
) -> None:
    original = songs.music(SECONDS)
    decoded = decode(songs.write(tmp_path / f"song{written[0]}", original, codec=written[1]))
    assert decoded.shape == original.shape
    assert decoded.dtype == np.float32
    assert np.abs(decoded - original).max() <= kind[1]


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "DOUBLE"])
def test_a_wav_with_an_extensible_header_is_decoded(tmp_path: Path, subtype: str) -> None:
    original = songs.music(SECONDS)
    soundfile.write(tmp_path / "song.wav", original, RATE, subtype, format="WAVEX")
    assert np.abs(decode(tmp_path / "song.wav") - original).max() <= (2**-15 if subtype == "PCM_16" else 2**-22)


@pytest.mark.parametrize("extension", [".mp3", ".m4a", ".ogg", ".opus", ".wma", ".mkv", ".aac"])
def test_a_lossy_song_is_decoded_to_what_sounds_like_it(tmp_path: Path, extension: str) -> None:
    rate = 48000 if extension == ".opus" else RATE
    decoded = decode(songs.write(tmp_path / f"song{extension}", songs.music(SECONDS, 1, rate), rate), rate)
    original = songs.music(SECONDS, 1, rate)
    assert abs(len(decoded) - len(original)) <= 4096
    assert similarity(original, decoded) > 0.95
    assert np.sqrt((decoded**2).mean() / (original**2).mean()) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_the_sound_of_a_film_is_found_behind_its_picture(tmp_path: Path, extension: str) -> None:
    original = songs.clicks(SECONDS)
    decoded = decode(songs.write_video(tmp_path / f"film{extension}", original, SECONDS))
    assert lag(original, decoded) == 0
    assert similarity(original, decoded) > 0.8


@pytest.mark.parametrize(
    ("extension", "codec", "rate", "longer"),
    [
        (".mp3", None, 44100, range(1)),
        (".mp3", None, 48000, range(1)),
        (".m4a", "aac", 44100, range(46)),  # the edit list counts milliseconds
        (".m4a", "aac", 48000, range(46)),
        (".m4a", "alac", 44100, range(1)),
        (".flac", None, 44100, range(1)),
        (".flac", None, 48000, range(1)),
        (".ogg", None, 44100, range(-128, 1)),  # FFmpeg takes libsndfile's first short block for sound and drops it last
        (".opus", None, 48000, range(1)),
        (".aiff", None, 44100, range(1)),
    ],
)
def test_every_click_stays_at_its_sample(
    tmp_path: Path, extension: str, codec: str | None, rate: int, longer: range
) -> None:
    path = songs.write(tmp_path / f"clicks{extension}", songs.clicks(3, rate), rate, codec)
    wav = songs.write(tmp_path / "clicks.wav", songs.clicks(3, rate), rate)
    decoded, expected = decode(path), decode(wav)
    assert len(expected) == 3 * RATE
    assert lag(expected, decoded) == 0
    assert len(decoded) - len(expected) in longer
    for start in range(0, 3 * RATE, RATE):  # and no part of it has moved
        assert lag(expected[start : start + RATE], decoded[start : start + RATE]) == 0


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 48000, 88200, 96000, 176400, 192000])
def test_any_rate_is_converted_to_the_models(tmp_path: Path, rate: int) -> None:
    decoded = decode(songs.write(tmp_path / "song.wav", songs.sine(1, rate), rate))
    assert len(decoded) == RATE
    inside = slice(1000, -1000)  # the filter rings where the sine sets in and breaks off
    assert np.abs(decoded - songs.at_time(np.arange(RATE) / RATE))[inside].max() < 2e-5


def test_what_the_models_rate_cannot_hold_is_filtered_out_and_not_folded_down(tmp_path: Path) -> None:
    decoded = decode(songs.write(tmp_path / "song.wav", songs.sine(1, 96000, pitch=30000), 96000))
    assert np.abs(decoded[1000:-1000]).max() < 1e-3


def test_a_length_that_is_no_whole_number_of_samples_is_rounded_to_within_one(tmp_path: Path) -> None:
    for frames in (48001, 47777, 12345):
        decoded = decode(songs.write(tmp_path / "song.wav", songs.sine(1.1, 48000)[:frames], 48000))
        assert abs(len(decoded) - frames * RATE / 48000) <= 1


def test_mono_goes_to_both_sides_at_full_level(tmp_path: Path) -> None:
    original = songs.music(SECONDS, channels=1)
    decoded = decode(songs.write(tmp_path / "song.wav", original))
    np.testing.assert_array_equal(decoded, np.repeat(original, 2, axis=1))


# ITU-R BS.775 gains, divided by the sum of one side's so that full scale is not exceeded.
SURROUND = {
    6: ("FL FR FC LFE BL BR", 1 + 2 * 0.5**0.5),
    8: ("FL FR FC LFE BL BR SL SR", 1 + 3 * 0.5**0.5),
}
GAINS = {"FL": (1, 0), "FR": (0, 1), "FC": (0.5**0.5, 0.5**0.5), "LFE": (0, 0)}
GAINS |= {"BL": (0.5**0.5, 0), "BR": (0, 0.5**0.5), "SL": (0.5**0.5, 0), "SR": (0, 0.5**0.5)}


@pytest.mark.parametrize("channels", [6, 8])
def test_surround_is_mixed_down_with_the_standard_levels(tmp_path: Path, channels: int) -> None:
    names, total = SURROUND[channels]
    for index, name in enumerate(names.split()):
        samples = np.zeros((2000, channels), np.float32)
        samples[:, index] = 1
        decoded = decode(songs.write(tmp_path / "song.wav", samples))
        np.testing.assert_allclose(decoded, np.tile(np.array(GAINS[name]) / total, (2000, 1)), atol=1e-6, err_msg=name)


@pytest.mark.parametrize("channels", [6, 8])
def test_full_scale_in_all_channels_does_not_exceed_full_scale(tmp_path: Path, channels: int) -> None:
    decoded = decode(songs.write(tmp_path / "song.wav", np.ones((2000, channels), np.float32)))
    assert 0.999 < decoded.max() <= 1.000001


@pytest.mark.parametrize("extension", [".wav", ".mp3", ".flac"])
@pytest.mark.parametrize(("offset_s", "duration_s"), [(0, 0.5), (0.25, None), (0.333, 0.777), (1.0, 60), (0.4, 1 / RATE)])
def test_a_part_equals_that_part_of_the_whole(
    tmp_path: Path, extension: str, offset_s: float, duration_s: float | None
) -> None:
    path = songs.write(tmp_path / f"song{extension}", songs.music(SECONDS, 2, 48000), 48000)
    start = round(offset_s * RATE)
    end = None if duration_s is None else start + round(duration_s * RATE)
    np.testing.assert_array_equal(decode(path, RATE, offset_s, duration_s), decode(path)[start:end])


def test_numbers_that_are_none_become_silence(tmp_path: Path) -> None:
    samples = songs.music(0.5)
    samples[1000:1010], samples[2000:2010], samples[3000:3010] = np.nan, np.inf, -np.inf
    decoded = decode(songs.write(tmp_path / "song.wav", samples))
    np.testing.assert_array_equal(decoded, np.where(np.isfinite(samples), samples, 0))


@pytest.mark.parametrize("extension", [".wav", ".mp3", ".m4a", ".ogg"])
def test_the_samples_do_not_depend_on_the_size_of_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    path = songs.write(tmp_path / f"song{extension}", songs.music(SECONDS, 3, 48000), 48000)
    expected = decode(path)
    for size in (100, 1001, 10**6):
        monkeypatch.setattr(reader, "BLOCK_FRAMES", size)
        blocks = list(read_blocks(path, RATE))
        assert max(len(block) for block in blocks) <= size
        np.testing.assert_array_equal(joined(blocks), expected)


def joined_files(tmp_path: Path, extension: str, second: np.ndarray, rate: int, bit_rate: int = 256_000) -> Path:
    """A second of a sine in stereo, and ``second`` in the same format, one after the other in one file."""
    first_rate = 48000 if extension == ".opus" else RATE
    parts = [
        songs.write(tmp_path / f"1{extension}", songs.sine(1, first_rate), first_rate),
        songs.write(tmp_path / f"2{extension}", second, rate, None, bit_rate),
    ]
    path = tmp_path / f"joined{extension}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def loud_s(samples: np.ndarray, pitch: float) -> float:
    """For how many seconds a tone of this pitch sounds."""
    tone = np.exp(2j * np.pi * pitch * np.arange(len(samples)) / RATE)
    pieces = [samples[at : at + 441, 0] * tone[at : at + 441] for at in range(0, len(samples), 441)]
    return sum(abs(piece.mean()) > 0.15 for piece in pieces) / 100


def test_a_chained_ogg_is_decoded_to_its_end(tmp_path: Path) -> None:
    decoded = decode(joined_files(tmp_path, ".ogg", songs.sine(1, pitch=1000), RATE))
    assert loud_s(decoded, 440) == pytest.approx(1, abs=0.05)
    assert loud_s(decoded, 1000) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("extension", "bit_rate"), [(".mp3", 256_000), (".mp3", 64_000), (".aac", 256_000)])
def test_a_stream_may_change_rate_and_channels_on_the_way(tmp_path: Path, extension: str, bit_rate: int) -> None:
    decoded = decode(joined_files(tmp_path, extension, songs.sine(1, 48000, 1, pitch=1000), 48000, bit_rate))
    assert loud_s(decoded, 440) == pytest.approx(1, abs=0.05)
    assert loud_s(decoded, 1000) == pytest.approx(1, abs=0.05)


NAMES = [
    "अंतरा – लता मंगेशकर.wav",
    "🎵🎤.wav",
    "100%d: a %s {path} song?.wav",
    "file:concat:x|y.wav",
    "-i.wav",
    "line\nbreak.wav",
    os.fsdecode(b"caf\xe9 \xff.wav"),
    "x" * 251 + ".wav",
    "अ" * 83 + "xx.wav",
]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow these names")
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_song_of_any_name_is_read(tmp_path: Path, name: str) -> None:
    song = songs.write(tmp_path / "plain.wav", songs.sine(0.1))
    named = Path(shutil.copyfile(song, tmp_path / name))
    np.testing.assert_array_equal(decode(named), decode(song))
    assert probe(named).path == named


PLAYLISTS: dict[str, Callable[[Path], str]] = {
    "list.m3u8": lambda song: f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{song}\n#EXT-X-ENDLIST\n",
    "list.mp3": lambda song: f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{song}\n#EXT-X-ENDLIST\n",
    "list.wav": lambda song: f"ffconcat version 1.0\nfile {song.name}\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("extension", [".mp3", ".aac"])
def test_a_playlist_is_no_song_and_opens_no_other_file(tmp_path: Path, name: str, extension: str) -> None:
    song = songs.write(tmp_path / f"secret{extension}", songs.sine(1))
    (tmp_path / name).write_text(PLAYLISTS[name](song))
    with pytest.raises(NotAudioError):
        decode(tmp_path / name)


def test_probe_says_what_the_file_is(tmp_path: Path) -> None:
    info = probe(songs.write(tmp_path / "song.flac", songs.sine(SECONDS, 48000, 6), 48000))
    assert (info.sample_rate, info.channels, info.codec) == (48000, 6, "flac")
    assert info.duration_s == pytest.approx(SECONDS)


def test_an_mp3_that_was_cut_off_is_not_taken_for_two_joined_ones(tmp_path: Path) -> None:
    path = songs.write(tmp_path / "song.mp3", songs.music(4))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TruncatedError):
        decode(path)
