"""Files that are no songs, or only parts of songs: each is a typed error, and what is there is delivered first."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio import tags
from core.audio.file_part import FilePart
from core.audio.reader import probe
from core.errors import (
    EmptyFileError,
    FileMissingError,
    FileUnreadableError,
    InputError,
    NoAudioTrackError,
    NotAFileError,
    NotAudioError,
    NothingToSeparateError,
    TruncatedError,
    UnsupportedAudioError,
)
from tests.faults import trial
from tests.support import songs
from tests.support.reading import attempt
from tests.support.songs import RATE

EXTENSIONS = [".wav", ".mp3", ".m4a", ".flac", ".ogg", ".opus", ".wma", ".aiff", ".mkv", ".mp4", ".aac"]

NOBODY = 65534


def refusal(path: Path) -> type[InputError] | None:
    """The type of the error for a file of which nothing can be used."""
    samples, error = attempt(path)
    assert not len(samples)
    assert error is None or error.parameters["path"] == path
    return type(error)


def noise(size: int) -> bytes:
    return np.random.default_rng(size).bytes(size)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux only")
@pytest.mark.parametrize("beginning", ["nothing", "a frame"])
def test_a_gigabyte_without_sound_is_not_kept_in_memory(tmp_path: Path, beginning: str) -> None:
    song = songs.write(tmp_path / "song.mp3", songs.music(1))
    with song.open("r+b") as file:
        if beginning == "nothing":
            file.truncate(0)
        file.truncate(2**30)
    before_mb = trial.forget_peak()
    samples, _ = attempt(song)
    assert len(samples) == pytest.approx(RATE if beginning == "a frame" else 0, abs=3000)
    assert tags.read(song) == tags.Tags()
    assert trial.peak_mb() - before_mb < 500


@pytest.mark.parametrize(
    ("rate", "answer"),
    [(1, NotAudioError), (999, NotAudioError), (1000, None), (22_579_200, None), (22_579_201, NotAudioError)],
)
def test_a_rate_that_no_recording_has_is_refused(tmp_path: Path, rate: int, answer: type[InputError] | None) -> None:
    song = tmp_path / "song.wav"
    soundfile.write(song, np.zeros((200_000, 2)), rate)
    assert type(attempt(song)[1]) is (answer or type(None))


@pytest.mark.parametrize("name", ["list.m3u8", "song.mp3"])
def test_a_broadcast_s_playlist_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    playlist = tmp_path / name
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:100000\n#EXTINF:100000,\nnext.ts\n")
    assert refusal(playlist) is NotAudioError
    assert tags.read(playlist) == tags.Tags()


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "song.mp3") is FileMissingError
    assert refusal(tmp_path / "no folder" / "song.mp3") is FileMissingError
    (tmp_path / "link.mp3").symlink_to(tmp_path / "gone.mp3")
    assert refusal(tmp_path / "link.mp3") is FileMissingError


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").mkdir()
    assert refusal(tmp_path / "song.mp3") is NotAFileError


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(20)
def test_a_pipe_is_not_a_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "song.mp3")
    assert refusal(tmp_path / "song.mp3") is NotAFileError


def test_a_name_that_no_file_can_have_is_an_unreadable_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nul\0.mp3") is FileUnreadableError
    assert refusal(tmp_path / ("x" * 300)) is FileUnreadableError


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_file_without_a_byte_is_empty(tmp_path: Path, extension: str) -> None:
    (tmp_path / f"song{extension}").touch()
    assert refusal(tmp_path / f"song{extension}") is EmptyFileError


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("content", [b"These are the words of a song.\n" * 300, b"\0" * 9000, noise(20000), noise(7), b"x"])
def test_what_is_no_song_is_not_audio_whatever_its_name(tmp_path: Path, extension: str, content: bytes) -> None:
    path = tmp_path / f"song{extension}"
    path.write_bytes(content)
    assert refusal(path) is NotAudioError
    with pytest.raises(NotAudioError):
        probe(path)


@pytest.mark.parametrize("codec", ["png", "mjpeg"])
@pytest.mark.parametrize("name", ["cover.mp3", "cover.flac", "cover.jpg"])
def test_a_picture_has_no_sound(tmp_path: Path, codec: str, name: str) -> None:
    songs.write_picture(tmp_path / "picture.jpg", codec).rename(tmp_path / name)
    assert refusal(tmp_path / name) in (NoAudioTrackError, NotAudioError)


@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_a_silent_film_has_no_audio_track(tmp_path: Path, extension: str) -> None:
    assert refusal(songs.write_video(tmp_path / f"film{extension}", None)) is NoAudioTrackError


def test_a_wav_with_a_codec_that_nobody_knows_is_unsupported(tmp_path: Path) -> None:
    data = bytearray(songs.write(tmp_path / "song.wav", songs.sine(1), codec="pcm_s16le").read_bytes())
    data[20:22] = b"\xee\xee"  # the format tag
    (tmp_path / "song.wav").write_bytes(data)
    assert refusal(tmp_path / "song.wav") is UnsupportedAudioError


READ_AS_NOBODY = """
import json, os, sys
from pathlib import Path
from core.audio import tags
from core.audio.file_part import FilePart
from core.audio.reader import probe
from core.errors import AntaraError
if os.geteuid() == 0:
    os.seteuid(int(sys.argv[2]))
try:
    probe(Path(sys.argv[1]))
except AntaraError as error:
    print(json.dumps([error.code, error.parameters["reason"]]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_a_song_that_may_not_be_opened_is_unreadable_and_says_why(tmp_path: Path) -> None:
    path = songs.write(tmp_path / "song.wav", songs.sine(1))
    path.chmod(0)
    # Root may open everything: as root the reader runs as another user.
    opened_up(path)
    result = run_python(READ_AS_NOBODY, str(path), str(NOBODY))
    assert json.loads(result) == ["file_unreadable", "Permission denied"]


def opened_up(path: Path) -> None:
    """Lets everybody through the folders to ``path``: pytest makes its own private."""
    for folder in path.parents:
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 1:
            folder.chmod(0o755)


def run_python(program: str, *arguments: str) -> str:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program, *arguments], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# How a song is encoded, and whether its format says how long it is, so that a cut shows.
CUT: Mapping[str, tuple[str | None, bool]] = {
    ".wav": ("pcm_s16le", True),
    ".aiff": ("pcm_s16be", True),
    ".flac": ("flac", True),
    ".mp3": ("libmp3lame", True),
    ".mkv": ("aac", True),
    ".m4a": ("aac", False),  # its index is at its end: without it nothing can be read
    ".ogg": (None, False),
    ".opus": ("libopus", False),
}
SONG_S = 5.0


@pytest.fixture(scope="module", params=CUT)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song of ``SONG_S`` in each format of ``CUT``."""
    extension: str = request.param
    rate = 48000 if extension == ".opus" else RATE
    folder = tmp_path_factory.mktemp("whole")
    return songs.write(folder / f"song{extension}", songs.music(SONG_S, 4, rate), rate, CUT[extension][0])


def cut(path: Path, size: int, folder: Path) -> Path:
    """The first ``size`` bytes of ``path``, counted from its end if negative, as a file of the same name."""
    shorter = folder / path.name
    shorter.write_bytes(path.read_bytes()[:size])
    return shorter


@pytest.mark.parametrize("size", [1, 4, 11, 12, 13, 20, 36, 43, 44, 45, 77, 78, 79, 100, 333, 1000, 3000, 8000])
def test_a_song_cut_off_near_its_beginning_is_a_typed_error_or_the_sound_that_is_there(
    whole: Path, tmp_path: Path, size: int
) -> None:
    samples, error = attempt(cut(whole, size, tmp_path))
    assert len(samples) < 0.3 * RATE
    if len(samples):
        assert isinstance(error, TruncatedError)
    else:
        assert isinstance(error, InputError)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_a_song_that_was_cut_off_delivers_its_sound_before_it_is_called_truncated(
    whole: Path, tmp_path: Path, share: float
) -> None:
    expected, no_error = attempt(whole)
    assert no_error is None
    samples, error = attempt(cut(whole, int(share * whole.stat().st_size), tmp_path))
    if CUT[whole.suffix][1]:
        assert isinstance(error, TruncatedError)
        assert len(samples) / RATE == pytest.approx(share * SONG_S, abs=0.35)
        assert error.parameters["declared_s"] == pytest.approx(SONG_S, abs=0.05)
        found_s = error.parameters["found_s"]
        assert isinstance(found_s, float)
        assert found_s <= len(samples) / RATE < found_s + 0.1
    elif whole.suffix == ".m4a":
        assert isinstance(error, NotAudioError)
    else:
        assert error is None or not len(samples)
        assert len(samples) / RATE <= share * SONG_S + 0.35
    if len(samples):  # the last frame may be a torso
        sure = max(len(samples) - 8192, 0)
        np.testing.assert_allclose(samples[:sure], expected[:sure], atol=1e-3)


@pytest.mark.parametrize("missing", [1, 100])
@pytest.mark.parametrize("whole", sorted(CUT.keys() - {".m4a"}), indirect=True)  # the end of an MP4 is its index
def test_a_song_without_its_last_bytes_is_not_called_truncated(whole: Path, tmp_path: Path, missing: int) -> None:
    samples, error = attempt(cut(whole, -missing, tmp_path))
    assert error is None
    assert len(samples) / RATE == pytest.approx(SONG_S, abs=0.6)  # an Ogg page holds up to half a second and more


@pytest.mark.parametrize("whole", [extension for extension, (_, declares) in CUT.items() if declares], indirect=True)
def test_the_part_that_a_truncated_song_holds_can_be_read_by_its_length(whole: Path, tmp_path: Path) -> None:
    shorter = cut(whole, whole.stat().st_size // 2, tmp_path)
    _, error = attempt(shorter)
    assert isinstance(error, TruncatedError)
    found_s = error.parameters["found_s"]
    assert isinstance(found_s, float)
    samples, error = attempt(shorter, duration_s=found_s)
    assert error is None
    assert len(samples) == round(found_s * RATE)


def test_a_damaged_middle_does_not_end_the_song(tmp_path: Path) -> None:
    for extension in (".mp3", ".flac"):
        path = songs.write(tmp_path / f"song{extension}", songs.music(4))
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 2000] = noise(2000)
        path.write_bytes(data)
        samples, error = attempt(path)
        assert error is None, extension
        assert len(samples) / RATE == pytest.approx(4, abs=0.5), extension


@pytest.mark.parametrize("extension", [".wav", ".aiff"])
def test_a_song_of_no_samples_is_a_typed_error(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"song{extension}"
    soundfile.write(path, np.zeros((0, 2)), RATE)
    assert path.stat().st_size > 0
    assert refusal(path) in (NothingToSeparateError, NotAudioError)


def test_a_part_without_samples_is_nothing_to_separate(tmp_path: Path) -> None:
    path = songs.write(tmp_path / "song.flac", songs.sine(1))
    parts: list[tuple[float, float | None]] = [(1.0, None), (2.0, None), (1e9, 5), (0.5, 0.0)]
    for offset_s, duration_s in parts:
        samples, error = attempt(path, offset_s, duration_s)
        assert not len(samples)
        assert isinstance(error, NothingToSeparateError)


@pytest.mark.parametrize("extension", [".wav", ".aiff", ".flac", ".mp3", ".m4a", ".mkv", ".ogg", ".opus"])
def test_a_song_of_20_ms_is_read(tmp_path: Path, extension: str) -> None:
    rate = 48000 if extension == ".opus" else RATE
    samples, error = attempt(songs.write(tmp_path / f"song{extension}", songs.sine(0.02, rate), rate))
    assert error is None
    longer = {".mkv": range(2048), ".ogg": range(-128, 1)}.get(extension, range(46))
    assert len(samples) - 882 in longer


@pytest.mark.parametrize("extension", [".wav", ".aiff", ".flac"])
def test_a_song_of_one_sample_is_that_sample(tmp_path: Path, extension: str) -> None:
    path = songs.write(tmp_path / f"song{extension}", np.full((1, 2), 0.25, np.float32))
    samples, error = attempt(path)
    assert error is None
    np.testing.assert_array_equal(samples, [[0.25, 0.25]])


@pytest.mark.parametrize("extension", [".mp3", ".m4a", ".mkv", ".ogg", ".opus"])
def test_a_lossy_song_of_one_sample_is_a_frame_at_most(tmp_path: Path, extension: str) -> None:
    rate = 48000 if extension == ".opus" else RATE
    samples, error = attempt(songs.write(tmp_path / f"song{extension}", songs.sine(1, rate)[:1], rate))
    assert len(samples) <= 2048
    assert isinstance(error, NothingToSeparateError) == (not len(samples))


@pytest.mark.parametrize("position", range(0, 200, 4))
def test_no_flipped_byte_in_a_wav_header_is_more_than_a_typed_error(tmp_path: Path, position: int) -> None:
    data = bytearray(songs.write(tmp_path / "song.wav", songs.sine(0.1), codec="pcm_s16le").read_bytes())
    for byte in range(position, position + 4):
        for value in (0x00, 0x7F, 0xFF):
            damaged = bytearray(data)
            damaged[byte] = value
            (tmp_path / "song.wav").write_bytes(damaged)
            attempt(tmp_path / "song.wav", duration_s=1.0)


def test_only_a_film_may_go_on_for_long_without_sound(tmp_path: Path) -> None:
    hole = tmp_path / "hole"
    with hole.open("wb") as file:
        file.truncate(2**28)
    for film, all_of_it in ((False, False), (True, True)):
        with hole.open("rb") as file:
            part = FilePart(file, 0, 2**28)
            part.be_patient(endless=film)
            read = sum(iter(lambda: len(part.read(2**20)), 0))  # noqa: B023  # called at once
        assert (read == 2**28) == all_of_it
