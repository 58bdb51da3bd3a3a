"""The reader: cut off, overwritten, wrongly named: what is there is delivered, or one typed error is raised, and soon."""

import contextlib
import errno
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from core.audio.reader import probe
from core.errors import FileUnreadableError, InputError, NotAudioError, TruncatedError
from tests.support import songs
from tests.support.reading import attempt, decode, lag, similarity
from tests.support.songs import RATE

pytestmark = pytest.mark.timeout(60)

SECONDS = 4
SONG = songs.music(SECONDS, 4)

# Extension, codec, the container's options: whether a cut shows, as the format says at its beginning how long it is.
KINDS: Mapping[tuple[str, str, str], bool] = {
    (".wav", "pcm_s16le", ""): True,
    (".wav", "pcm_s16le", "rf64=always"): True,
    (".wav", "pcm_mulaw", ""): True,
    (".wav", "adpcm_ms", ""): True,
    (".w64", "pcm_s32le", ""): True,
    (".caf", "pcm_s16le", ""): True,
    (".au", "pcm_s16be", ""): True,
    (".aifc", "pcm_s16le", ""): True,
    (".flac", "flac", ""): True,
    (".tta", "tta", ""): True,
    (".wv", "wavpack", ""): True,
    (".mp3", "libmp3lame", ""): True,
    (".wma", "wmav2", ""): True,
    (".mka", "aac", ""): True,
    (".m4a", "aac", "movflags=faststart"): True,
    (".m4a", "alac", "movflags=faststart"): True,
    (".mp3", "libmp3lame", "write_xing=0"): False,
    (".m4a", "aac", ""): False,  # its index is at its end: without it nothing can be read
    (".m4a", "aac", "movflags=frag_keyframe+empty_moov"): False,
    (".ogg", "", ""): False,
    (".oga", "flac", ""): False,
    (".opus", "libopus", ""): False,
    (".aac", "aac", ""): False,
    (".ac3", "ac3", ""): False,
    (".flv", "aac", ""): False,
    (".ts", "aac", ""): False,
    (".avi", "pcm_s16le", ""): False,
}


def written(folder: Path, kind: tuple[str, str, str], samples: np.ndarray = SONG) -> Path:
    extension, codec, options = kind
    rate = 48000 if extension == ".opus" else RATE
    named = dict(option.split("=", 1) for option in options.split())
    return songs.write(folder / f"song{extension}", samples, rate, codec or None, **named)


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("whole"), request.param)


@pytest.mark.parametrize("whole", KINDS, ids=" ".join, indirect=True)
def test_a_song_that_was_cut_off_at_any_tenth_delivers_its_sound_and_says_so_where_it_shows(
    whole: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    declares = KINDS[request.node.callspec.params["whole"]]
    expected, no_error = attempt(whole)
    assert no_error is None
    path = tmp_path / whole.name
    for tenths in range(1, 10):
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size * tenths // 10])
        samples, error = attempt(path)
        assert len(samples) <= len(expected)
        sure = max(len(samples) - 8192, 0)  # the last frame may be a torso
        np.testing.assert_allclose(samples[:sure], expected[:sure], atol=1e-3, err_msg=str(tenths))
        assert len(samples) or isinstance(error, InputError)
        if declares and len(samples) and len(samples) < len(expected) - 1.1 * RATE:
            assert isinstance(error, TruncatedError), tenths
        if isinstance(error, TruncatedError):
            assert error.parameters["declared_s"] == pytest.approx(SECONDS, abs=0.1)
            assert error.found_s <= len(samples) / RATE < error.found_s + 0.1
        if declares and tenths > 3:
            assert len(samples) / RATE > SECONDS * tenths / 10 - 1.2, tenths  # TTA's frames are of a second


@pytest.mark.parametrize("whole", KINDS, ids=" ".join, indirect=True)
@pytest.mark.parametrize("seed", range(5))
def test_noise_strewn_over_a_song_is_no_more_than_a_typed_error(whole: Path, tmp_path: Path, seed: int) -> None:
    path = tmp_path / whole.name
    for first in (0, whole.stat().st_size // 10):  # with the headers, and without
        rng = np.random.default_rng(seed)
        data = bytearray(whole.read_bytes())
        for _ in range(8):
            start, length = rng.integers(first, len(data)), rng.integers(1, 400)
            data[start : start + length] = rng.bytes(min(length, len(data) - start))
        path.write_bytes(data)
        attempt(path, duration_s=3 * SECONDS)


@pytest.mark.parametrize("whole", KINDS, ids=" ".join, indirect=True)
@pytest.mark.parametrize("size", [16, 64, 256, 4096])
def test_noise_behind_the_beginning_of_a_song_is_no_more_than_a_typed_error(whole: Path, tmp_path: Path, size: int) -> None:
    path = tmp_path / whole.name
    path.write_bytes(whole.read_bytes()[:size] + np.random.default_rng(size).bytes(50_000))
    attempt(path, duration_s=3 * SECONDS)


# Those with frames that are found again behind damage; Matroska goes on at its next cluster, which may be seconds away.
FRAMED = [kind for kind in KINDS if kind[1] in ("libmp3lame", "aac", "wmav2", "ac3", "libopus", "", "wavpack")]
FRAMED = [(".flac", "flac", ""), *(kind for kind in FRAMED if kind[0] != ".mka")]


@pytest.mark.parametrize("whole", FRAMED, ids=" ".join, indirect=True)
def test_a_damaged_middle_does_not_end_the_song_in_any_format(whole: Path, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = np.random.default_rng(1).bytes(300)
    path = tmp_path / whole.name
    path.write_bytes(data)
    expected = decode(whole)
    samples, error = attempt(path)
    assert error is None
    assert len(expected) - len(samples) < 1.2 * RATE  # a page of Ogg is of a second
    np.testing.assert_allclose(samples[: RATE // 2], expected[: RATE // 2], atol=1e-6)
    end, expected_end = samples[-RATE // 2 :], expected[-RATE // 2 :]
    assert abs(lag(expected_end, end)) < 2048  # a frame that is left out moves the next ones forward
    assert similarity(expected_end, end) > 0.99  # AAC and AC-3 decoders make noise of their own


NAMES = [".wav", ".mp3", ".m4a", ".flac", ".ogg", ".opus", ".wma", ".aac", ".aiff", ".mkv", ".txt", ""]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind[2]], ids=" ".join)
def test_a_wrong_extension_changes_no_sample(tmp_path: Path, kind: tuple[str, str, str]) -> None:
    path = written(tmp_path, kind, SONG[:RATE])
    expected = decode(path)
    for extension in NAMES:
        named = path.rename(tmp_path / f"named{extension}")
        np.testing.assert_array_equal(decode(named), expected, err_msg=extension)
        path = named


EXTENSIONS = (
    ".3g2 .3gp .aa .aax .adts .adx .aif .aifc .amr .ape .asf .au .avi .caf .dff .dsf .dts .eac3 .ac3 .f4v .flv .gxf .ircam "
    ".kar .latm .m2ts .m4b .m4r .mid .mka .mlp .mov .mp+ .mp1 .mp2 .mpa .mpc .mpeg .mpg .mts .mxf .nut .oga .ogv .oma .ra "
    ".ram .rm .s3m .shn .snd .spx .tak .thd .ts .tta .voc .vob .vqf .w64 .webm .wmv .wv .xm"
).split()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_noise_is_not_audio_under_any_name_that_songs_have(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"song{extension}"
    for content in (np.random.default_rng(9).bytes(20_000), bytes(9000), b"\xff" * 9000, b"Words of a song.\n" * 500):
        path.write_bytes(content)
        samples, error = attempt(path)
        assert not len(samples)
        assert isinstance(error, NotAudioError)


@pytest.mark.parametrize("extension", [".wav", ".flac", ".mp3", ".ogg"])
@pytest.mark.parametrize("share", [0.0, 0.0001, 0.5, 0.9])
def test_a_disk_that_fails_is_said_to_after_what_could_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str, share: float
) -> None:
    path = songs.write(tmp_path / f"song{extension}", SONG)
    whole = decode(path)
    good = int(share * path.stat().st_size)

    class FailingFile(io.BufferedReader):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= good:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    monkeypatch.setattr(Path, "open", lambda path, _mode: FailingFile(io.FileIO(path)))
    samples, error = attempt(path)
    assert isinstance(error, FileUnreadableError)
    assert error.parameters["reason"] == "Input/output error"
    sure = max(len(samples) - 8192, 0)
    np.testing.assert_allclose(samples[:sure], whole[:sure], atol=1e-3)


def test_a_chunk_that_claims_to_be_larger_than_any_file_can_be_is_passed_over(tmp_path: Path) -> None:
    path = songs.write(tmp_path / "song.wma", songs.music(1))
    whole = path.read_bytes()
    objects, position = [], 30
    for _ in range(int.from_bytes(whole[24:28], "little")):
        objects.append(position)
        position += int.from_bytes(whole[position + 16 : position + 24], "little")
    for start in objects:
        damaged = bytearray(whole)
        damaged[30] ^= 0xFF  # the properties, after which nobody would look further
        damaged[start + 16 : start + 24] = bytes(6) + b"\x5a\0"
        path.write_bytes(damaged)
        attempt(path)
        with contextlib.suppress(InputError):
            probe(path)
