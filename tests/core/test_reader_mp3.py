"""The reader: MP3s as they lie on disks, with tags and rubbish around the sound, and without the header that counts it."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.audio.reader import probe
from core.errors import TruncatedError
from tests.support import songs
from tests.support.reading import attempt, decode, lag, similarity
from tests.support.songs import RATE

SECONDS = 3
FRAME = 1152
DELAY = 1105  # of the encoder and the decoder


def id3v2(size: int) -> bytes:
    """An ID3v2.3 tag with ``size`` bytes of padding."""
    return b"ID3\3\0\0" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0)) + bytes(size)


def ape() -> bytes:
    """An APEv2 tag, with its header and its footer."""
    item = (4).to_bytes(4, "little") + bytes(4) + b"Title\0Song"
    counts = (2000).to_bytes(4, "little") + (len(item) + 32).to_bytes(4, "little") + (1).to_bytes(4, "little")
    header, footer = (b"APETAGEX" + counts + flags.to_bytes(4, "little") + bytes(8) for flags in (0xA0000000, 0x80000000))
    return header + item + footer


ID3V1 = b"TAG" + b"x" * 125
LYRICS3 = b"LYRICSBEGININD0000200000030LYRICS200"
NOISE = np.random.default_rng(1).bytes(3000)

BEFORE = {
    "nothing": b"",
    "ID3v2": id3v2(500),
    "a cover": id3v2(2_000_000),
    "two ID3v2": id3v2(500) + id3v2(20_000),
    "zeros": bytes(3000),
    "noise": NOISE,
    "ID3v2 and noise": id3v2(500) + NOISE,
    "ID3v2 and zeros": id3v2(500) + bytes(20_000),
    "APE": ape(),
}
AFTER = {
    "nothing": b"",
    "ID3v1": ID3V1,
    "APE": ape(),
    "Lyrics3, APE, ID3v1": LYRICS3 + ape() + ID3V1,
}


def write_mp3(path: Path, samples: np.ndarray, vbr: bool = False, counted: bool = True) -> Path:
    """An MP3 of nothing but frames. ``counted``: the first one has the Xing header and LAME's delay in it."""
    with av.open(str(path), "w", format="mp3", options={"id3v2_version": "0", "write_xing": str(int(counted))}) as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        if vbr:
            stream.codec_context.qscale = True
            stream.codec_context.global_quality = 2
        else:
            stream.codec_context.bit_rate = 192_000
        songs.encode(container, stream, samples, RATE)
    return path


@pytest.fixture(scope="module")
def clicks() -> np.ndarray:
    return songs.clicks(SECONDS)


@pytest.fixture(scope="module", params=["constant", "variable"])
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clicks: np.ndarray) -> Path:
    """An MP3 with a Xing header, of a constant or a variable bit rate."""
    return write_mp3(tmp_path_factory.mktemp("mp3") / "song.mp3", clicks, vbr=request.param == "variable")


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("before", BEFORE)
def test_what_stands_around_an_mp3_changes_no_sample_of_it(
    counted: Path, clicks: np.ndarray, tmp_path: Path, before: str, after: str
) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(BEFORE[before] + counted.read_bytes() + AFTER[after])
    decoded, error = attempt(path)
    assert error is None
    assert len(decoded) == len(clicks)
    assert lag(clicks, decoded) == 0
    np.testing.assert_array_equal(decoded, decode(counted))
    assert probe(path).duration_s == pytest.approx(SECONDS, abs=0.001)


@pytest.mark.parametrize("before", BEFORE)
def test_a_cut_off_mp3_is_truncated_whatever_stands_before_it(counted: Path, tmp_path: Path, before: str) -> None:
    frames = counted.read_bytes()
    path = tmp_path / "song.mp3"
    path.write_bytes(BEFORE[before] + frames[: len(frames) // 3])
    samples, error = attempt(path)
    assert isinstance(error, TruncatedError)
    assert error.parameters["declared_s"] == pytest.approx(SECONDS, abs=0.001)
    assert len(samples) / RATE == pytest.approx(SECONDS / 3, abs=0.2)


@pytest.mark.parametrize("following", [bytes(30_000), np.random.default_rng(2).bytes(30_000)])
def test_much_rubbish_behind_an_mp3_is_no_sound(counted: Path, clicks: np.ndarray, tmp_path: Path, following: bytes) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(counted.read_bytes() + following)
    decoded, error = attempt(path)
    assert error is None
    assert lag(clicks, decoded) == 0
    assert len(decoded) - len(clicks) in range(FRAME)  # the filling of the last frame stays: the count is not believed


@pytest.mark.parametrize("vbr", [False, True])
@pytest.mark.parametrize("before", ["nothing", "ID3v2", "noise", "ID3v2 and zeros", "APE"])
@pytest.mark.parametrize("after", ["nothing", "Lyrics3, APE, ID3v1"])
def test_an_mp3_that_declares_nothing_is_decoded_with_all_its_frames_and_its_delay(
    tmp_path: Path, clicks: np.ndarray, vbr: bool, before: str, after: str
) -> None:
    frames = write_mp3(tmp_path / "song.mp3", clicks, vbr, counted=False).read_bytes()
    (tmp_path / "song.mp3").write_bytes(BEFORE[before] + frames + AFTER[after])
    decoded, error = attempt(tmp_path / "song.mp3")
    assert error is None
    assert lag(clicks, decoded) == DELAY
    assert similarity(clicks, decoded) > 0.8
    assert len(decoded) % FRAME == 0
    assert 0 <= len(decoded) - DELAY - len(clicks) < 2 * FRAME
    assert probe(tmp_path / "song.mp3").duration_s == pytest.approx(SECONDS, rel=0.2)


@pytest.mark.parametrize("share", [Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)])
def test_an_mp3_may_begin_in_the_middle_of_a_frame(counted: Path, tmp_path: Path, share: Fraction) -> None:
    data = counted.read_bytes()
    path = tmp_path / "song.mp3"
    path.write_bytes(data[int(share * len(data)) :])
    decoded, error = attempt(path)
    assert error is None
    assert len(decoded) / RATE == pytest.approx(float(1 - share) * SECONDS, abs=0.4)


@pytest.mark.parametrize("rate", [8000, 11025, 12000, 16000, 22050, 24000, 32000])
def test_an_mp3_of_a_low_rate_has_its_length_and_no_delay(tmp_path: Path, rate: int) -> None:
    original = songs.clicks(SECONDS, rate)
    decoded = decode(songs.write(tmp_path / "song.mp3", original, rate, bit_rate=64_000), rate)
    assert len(decoded) == len(original)
    assert lag(original, decoded) == 0
