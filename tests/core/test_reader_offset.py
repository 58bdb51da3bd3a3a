"""The reader: a part of a song is the samples of the whole, and what comes before is not decoded where it need not be."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from core.audio.reader import read_blocks
from core.audio.source import Source
from core.errors import NothingToSeparateError
from tests.support import songs
from tests.support.containers import set_edits
from tests.support.reading import attempt, decode
from tests.support.songs import RATE, joined

SECONDS = 5

# Extension, codec, the container's options: whether what comes before an offset is decoded.
KINDS = {
    (".wav", "pcm_s16le", ""): False,
    (".wav", "pcm_u8", ""): False,
    (".wav", "pcm_f64le", ""): False,
    (".wav", "pcm_mulaw", ""): False,
    (".wav", "pcm_s24le", "rf64=always"): False,
    (".w64", "pcm_s32le", ""): False,
    (".aiff", "pcm_s24be", ""): False,
    (".aifc", "pcm_s16le", ""): False,
    (".caf", "pcm_s16le", ""): False,
    (".caf", "alac", ""): False,
    (".au", "pcm_s16be", ""): False,
    (".avi", "pcm_s16le", ""): False,
    (".mov", "pcm_s24le", ""): False,
    (".flac", "flac", ""): False,
    (".oga", "flac", ""): False,
    (".mp4", "flac", ""): False,
    (".m4a", "alac", ""): False,
    (".mp4", "alac", "movflags=frag_keyframe+empty_moov"): False,
    (".tta", "tta", ""): False,
    (".wv", "wavpack", ""): False,
    (".mkv", "pcm_s16le", ""): True,  # which counts milliseconds
    (".mkv", "flac", ""): True,
    (".mp3", "libmp3lame", ""): True,
    (".m4a", "aac", ""): True,
    (".aac", "aac", ""): True,
    (".ogg", "", ""): True,
    (".wma", "wmav2", ""): True,
    (".wav", "adpcm_ima_wav", ""): True,
}
QUICK = [kind for kind, slow in KINDS.items() if not slow]


@pytest.fixture(scope="module")
def song(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    extension, codec, options = request.param
    named = dict(option.split("=") for option in options.split())
    path = tmp_path_factory.mktemp("song") / f"song{extension}"
    return songs.write(path, songs.music(SECONDS), codec=codec or None, **named)


@pytest.fixture
def decoded_samples(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the frames that are decoded in the test."""
    lengths = []
    frames = Source.frames

    def counted(source: Source) -> Iterator[av.AudioFrame]:
        for frame in frames(source):
            lengths.append(frame.samples)
            yield frame

    monkeypatch.setattr(Source, "frames", counted)
    return lengths


def offsets(count: int) -> list[int]:
    """Samples to begin at: the first ones, those around the frames of usual sizes, the last ones, and others."""
    frames = [size * times + shift for size in (1024, 4096, 4608) for times in (1, 20) for shift in (-1, 0, 1)]
    others = np.random.default_rng(3).integers(0, count, 8)
    return [0, 1, 2, *frames, *others.tolist(), count - 5000, count - 2, count - 1]


@pytest.mark.parametrize("song", KINDS, ids=" ".join, indirect=True)
def test_from_any_offset_on_the_samples_are_those_of_the_whole(song: Path) -> None:
    whole = decode(song)
    for start in offsets(len(whole)):
        part = decode(song, RATE, start / RATE, 0.01)
        np.testing.assert_array_equal(part, whole[start : start + 441], err_msg=str(start))


@pytest.mark.parametrize("song", KINDS, ids=" ".join, indirect=True)
def test_from_an_offset_on_the_song_is_whole_to_its_end(song: Path) -> None:
    whole = decode(song)
    for start in (RATE // 3, 3 * RATE + 1, len(whole) - 1000):
        np.testing.assert_array_equal(decode(song, RATE, start / RATE), whole[start:])


@pytest.mark.parametrize("song", QUICK[::3], ids=" ".join, indirect=True)
@pytest.mark.parametrize("rate", [8000, 48000])
def test_an_offset_into_a_song_that_is_resampled_is_exact_too(song: Path, rate: int) -> None:
    whole = decode(song, rate)
    for start in (1, rate, 4 * rate + 17):
        np.testing.assert_array_equal(decode(song, rate, start / rate, 0.1), whole[start : start + rate // 10])


@pytest.mark.parametrize("song", QUICK, ids=" ".join, indirect=True)
def test_what_comes_before_an_offset_is_not_decoded_where_it_need_not_be(song: Path, decoded_samples: list[int]) -> None:
    decode(song, RATE, SECONDS - 1)
    assert sum(decoded_samples) <= 2.1 * RATE  # the longest frames are those of TTA, of more than a second


@pytest.mark.parametrize("song", KINDS, ids=" ".join, indirect=True)
def test_an_offset_past_the_end_holds_nothing(song: Path) -> None:
    for offset_s in (SECONDS + 1, 1e6):
        samples, error = attempt(song, offset_s)
        assert not len(samples)
        assert isinstance(error, NothingToSeparateError)


@pytest.mark.parametrize("codec", ["alac", "flac", "pcm_s16le"])
@pytest.mark.parametrize("edits", [[(4000, 20_000)], [(700, -1), (4000, 20_000)], [(1000, 0), (2000, 3 * RATE)]])
def test_an_offset_into_a_track_with_edits_is_exact(tmp_path: Path, codec: str, edits: list[tuple[int, int]]) -> None:
    extension = ".mov" if codec == "pcm_s16le" else ".mp4"
    path = set_edits(songs.write(tmp_path / f"song{extension}", songs.music(SECONDS), codec=codec), edits)
    whole = decode(path)
    for start in offsets(len(whole)):
        np.testing.assert_array_equal(decode(path, RATE, start / RATE, 0.01), whole[start : start + 441])


@pytest.mark.parametrize("extension", [".flac", ".wav"])
def test_an_offset_into_a_truncated_song_gives_what_is_there_and_then_the_same_error(tmp_path: Path, extension: str) -> None:
    path = songs.write(tmp_path / f"song{extension}", songs.music(SECONDS), codec={".wav": "pcm_s16le"}.get(extension))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    whole, error = attempt(path)
    part, same = attempt(path, 1.0)
    assert error is not None
    assert same is not None
    assert same.parameters == error.parameters
    np.testing.assert_array_equal(part, whole[RATE:])


def test_the_first_block_of_a_late_part_comes_after_a_few_of_the_song_were_read(
    tmp_path: Path, decoded_samples: list[int]
) -> None:
    path = songs.write(tmp_path / "song.flac", songs.sine(60))
    first = next(iter(read_blocks(path, RATE, 59.0)))
    assert sum(decoded_samples) < RATE
    np.testing.assert_array_equal(first, joined(read_blocks(path, RATE, 59.0))[: len(first)])
