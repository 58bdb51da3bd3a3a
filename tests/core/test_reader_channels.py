"""The reader: any number of channels, named or not, to the right side at the right level."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from core.audio.channels import stereo_matrix
from core.audio.reader import probe
from tests.support import songs
from tests.support.containers import set_caf_channels
from tests.support.reading import decode
from tests.support.songs import RATE

HALF_POWER = 0.5**0.5

LAYOUTS = (
    "2.1 3.0 3.0(back) 4.0 quad quad(side) 3.1 5.0 5.0(side) 4.1 5.1 5.1(side) 6.0 6.0(front) 3.1.2 hexagonal 6.1 6.1(back) "
    "6.1(front) 7.0 7.0(front) 7.1 7.1(wide) 7.1(wide-side) 5.1.2 5.1.2(back) octagonal cube 5.1.4 7.1.2 7.1.4 7.2.3 9.1.4 "
    "9.1.6 hexadecagonal 22.2"
).split()


def names_of(layout: str) -> tuple[str, ...]:
    return tuple(channel.name for channel in av.AudioLayout(layout).channels)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_of_every_layout_all_but_the_low_frequency_channels_are_heard_on_their_side(layout: str) -> None:
    names = names_of(layout)
    matrix = stereo_matrix(names)
    assert matrix is not None
    for name, (left, right) in zip(names, matrix, strict=True):
        if name.startswith("LFE"):
            assert (left, right) == (0, 0)
        elif name.endswith("C") and name not in ("FLC", "FRC"):
            assert left == right > 0, name
        else:
            assert (left > 0, right > 0) == ("L" in name, "R" in name), name


@pytest.mark.parametrize("layout", [*LAYOUTS, "ambisonic 1", "ambisonic 3", "9 channels", "3 channels"])
def test_the_two_sides_are_as_loud_and_full_scale_in_all_channels_does_not_exceed_it(layout: str) -> None:
    matrix = stereo_matrix(names_of(layout))
    assert matrix is not None
    sums = np.abs(matrix).sum(axis=0)
    assert sums[0] == pytest.approx(sums[1])
    assert 0 < sums.max() <= 1.000001


def test_ambisonics_is_heard_from_the_left_and_from_the_right() -> None:
    matrix = stereo_matrix(names_of("ambisonic 1"))
    np.testing.assert_array_equal(matrix, [[0.5, 0.5], [0.5, -0.5], [0, 0], [0, 0]])


# What channels without names are, by their number.
UNNAMED = {
    3: "FL FR FC",
    4: "FL FR BL BR",
    5: "FL FR FC BL BR",
    6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR",
    8: "FL FR FC LFE BL BR SL SR",
}
GAINS = {"FL": (1, 0), "FR": (0, 1), "FC": (HALF_POWER, HALF_POWER), "LFE": (0, 0), "BC": (0.5, 0.5)}
GAINS |= {"BL": (HALF_POWER, 0), "BR": (0, HALF_POWER), "SL": (HALF_POWER, 0), "SR": (0, HALF_POWER)}


@pytest.mark.parametrize("format", ["WAV", "W64", "AIFF", "CAF", "AU"])
@pytest.mark.parametrize("channels", UNNAMED)
def test_channels_without_names_are_those_that_are_usual_for_their_number(
    tmp_path: Path, format: str, channels: int
) -> None:
    samples = np.eye(channels).repeat(100, axis=0)  # one channel after the other
    soundfile.write(tmp_path / "song", samples, RATE, "FLOAT", format=format)
    gains = np.array([GAINS[name] for name in UNNAMED[channels].split()])
    expected = (gains / gains.sum(axis=0).max()).repeat(100, axis=0)
    np.testing.assert_allclose(decode(tmp_path / "song"), expected, atol=1e-6)


@pytest.mark.parametrize("channels", [9, 12, 16, 24, 64])
def test_of_more_channels_than_have_usual_names_the_first_two_are_left_and_right(tmp_path: Path, channels: int) -> None:
    samples = np.tile(np.linspace(0.1, 0.9, channels), (1000, 1))
    soundfile.write(tmp_path / "song.wav", samples, RATE, "FLOAT")
    np.testing.assert_allclose(decode(tmp_path / "song.wav"), samples[:, :2], atol=1e-6)


@pytest.mark.parametrize("extension", [".flac", ".m4a", ".mkv", ".mov", ".opus", ".caf"])
@pytest.mark.parametrize("channels", [6, 8])
def test_surround_sound_of_every_format_has_its_channels_where_they_belong(
    tmp_path: Path, extension: str, channels: int
) -> None:
    rate = 48000 if extension == ".opus" else RATE
    names = UNNAMED[channels].split()
    gains = np.array([GAINS[name] for name in names])
    gains /= gains.sum(axis=0).max()
    samples = np.zeros((rate * channels // 2, channels), np.float32)
    for index in range(channels):  # each channel sounds for half a second
        samples[index * rate // 2 : (index + 1) * rate // 2, index] = songs.sine(0.5, rate, 1)[:, 0]
    codec = {".caf": "pcm_s16le", ".mov": "pcm_s24le", ".mkv": "flac", ".flac": "flac"}.get(extension)
    decoded = decode(songs.write(tmp_path / f"song{extension}", samples, rate, codec), rate)
    for index, gain in enumerate(gains):
        middle = decoded[index * rate // 2 + rate // 8 : index * rate // 2 + 3 * rate // 8]
        levels = np.sqrt((middle**2).mean(axis=0)) / np.sqrt(0.125)
        np.testing.assert_allclose(levels, gain, atol=0.05, err_msg=names[index])


# As Core Audio numbers channels: left, right, centre, low frequencies, surround left and right.
LABELS = {"FL": 1, "FR": 2, "FC": 3, "LFE": 4, "SL": 5, "SR": 6}


@pytest.mark.parametrize("order", ["FR FL", "FC FL FR", "FL FC FR", "FC FL FR SL SR LFE", "FL FC FR SL SR LFE", "LFE FR FL"])
def test_channels_in_an_odd_order_go_to_their_sides(tmp_path: Path, order: str) -> None:
    names = order.split()
    path = songs.write(tmp_path / "song.caf", np.eye(len(names), dtype=np.float32).repeat(100, axis=0), codec="pcm_f32le")
    set_caf_channels(path, [LABELS[name] for name in names])
    gains = np.array([GAINS[name] for name in names])
    expected = (gains / max(gains.sum(axis=0).max(), 1)).repeat(100, axis=0)
    for _ in range(20):  # PyAV's trouble with such orders ended the program after some files
        np.testing.assert_allclose(decode(path), expected, atol=1e-6)
        assert probe(path).channels == len(names)
