"""The reader: Ogg files that are several in one, as broadcasts and joined files are, and what an Opus header says."""

from pathlib import Path

import numpy as np
import pytest

from core.audio.reader import probe
from core.errors import NotAudioError
from tests.support import songs
from tests.support.containers import set_opus_gain
from tests.support.reading import attempt, decode, lag
from tests.support.songs import RATE


def ogg(folder: Path, name: str, seed: int = 0) -> Path:
    """A second of music; ``name``: codec, rate, channels."""
    codec, rate, channels = name.split("-")
    samples = songs.music(1, seed, int(rate), int(channels))
    extension = {"vorbis": ".ogg", "opus": ".opus", "flac": ".oga"}[codec]
    return songs.write(folder / f"{seed}{extension}", samples, int(rate), {"flac": "flac"}.get(codec))


def chained(folder: Path, *names: str) -> tuple[Path, list[Path]]:
    """The links in one file, and each in its own."""
    links = [ogg(folder, name, seed) for seed, name in enumerate(names)]
    path = folder / "chained.ogg"
    path.write_bytes(b"".join(link.read_bytes() for link in links))
    return path, links


CHAINS = {
    "the same": ("vorbis-44100-2", "vorbis-44100-2", "vorbis-44100-2"),
    "other channels": ("vorbis-44100-2", "vorbis-44100-1", "vorbis-44100-6"),
    "mono first": ("vorbis-44100-1", "vorbis-44100-2"),
    "another rate": ("vorbis-44100-2", "vorbis-48000-2", "vorbis-22050-1"),
    "another codec": ("vorbis-44100-2", "opus-48000-2", "flac-44100-2"),
    "Opus": ("opus-48000-2", "opus-48000-1", "opus-48000-2"),
    "FLAC": ("flac-44100-2", "flac-96000-1", "flac-44100-2"),
}


@pytest.mark.parametrize("names", CHAINS.values(), ids=CHAINS)
def test_a_chained_ogg_is_its_links_one_after_the_other_to_the_sample(tmp_path: Path, names: tuple[str, ...]) -> None:
    path, links = chained(tmp_path, *names)
    decoded, error = attempt(path)
    assert error is None
    np.testing.assert_array_equal(decoded, np.concatenate([decode(link) for link in links]))


@pytest.mark.parametrize("names", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize(("offset_s", "duration_s"), [(0.3, 0.2), (0.9, 0.3), (1.25, None), (1.9, 60)])
def test_a_part_of_a_chained_ogg_equals_that_part_of_the_whole(
    tmp_path: Path, names: tuple[str, ...], offset_s: float, duration_s: float | None
) -> None:
    path, _ = chained(tmp_path, *names)
    start = round(offset_s * RATE)
    end = None if duration_s is None else start + round(duration_s * RATE)
    np.testing.assert_array_equal(decode(path, RATE, offset_s, duration_s), decode(path)[start:end])


def test_one_file_twice_is_heard_twice(tmp_path: Path) -> None:
    link = ogg(tmp_path, "vorbis-44100-2")
    (tmp_path / "twice.ogg").write_bytes(2 * link.read_bytes())
    np.testing.assert_array_equal(decode(tmp_path / "twice.ogg"), np.tile(decode(link), (2, 1)))


def test_probe_adds_up_the_lengths_of_the_links_and_describes_the_first(tmp_path: Path) -> None:
    path, _ = chained(tmp_path, "vorbis-48000-1", "vorbis-44100-2", "vorbis-22050-2")
    info = probe(path)
    assert info.duration_s == pytest.approx(3, abs=0.02)
    assert (info.sample_rate, info.channels, info.codec) == (48000, 1, "vorbis")


@pytest.mark.parametrize("size", [10, 27, 30, 58, 500])
def test_a_link_without_the_end_of_its_headers_is_passed_over(tmp_path: Path, size: int) -> None:
    path, links = chained(tmp_path, "vorbis-44100-2", "vorbis-44100-1")
    path.write_bytes(links[0].read_bytes() + links[1].read_bytes()[:size])
    samples, error = attempt(path)
    assert error is None
    np.testing.assert_array_equal(samples, decode(links[0]))
    assert probe(path).duration_s == pytest.approx(1, abs=0.02)


def test_rubbish_behind_an_ogg_is_no_link(tmp_path: Path) -> None:
    path, _ = chained(tmp_path, "vorbis-44100-2", "vorbis-44100-1")
    expected = decode(path)
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    np.testing.assert_array_equal(decode(path), expected)
    path.write_bytes(b"OggS" * 1000)
    samples, error = attempt(path)
    assert not len(samples)
    assert isinstance(error, NotAudioError)


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 3.5])
def test_the_gain_in_an_opus_header_is_applied(tmp_path: Path, gain_db: float) -> None:
    path = songs.write(tmp_path / "song.opus", songs.music(1, 0, 48000), 48000)
    plain = decode(path, 48000)
    louder = decode(set_opus_gain(path, gain_db), 48000)
    np.testing.assert_allclose(louder, plain * 10 ** (gain_db / 20), atol=1e-5)


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_opus_of_any_channels_has_its_length_and_no_delay(tmp_path: Path, channels: int) -> None:
    clicks = np.repeat(songs.clicks(2, 48000)[:, :1], channels, axis=1)[:-7]
    decoded = decode(songs.write(tmp_path / "song.opus", clicks, 48000), 48000)
    assert len(decoded) == len(clicks)
    assert lag(clicks, decoded) == 0
