"""Stem files: five streams that begin and end together, and what DJ software looks for in them."""

import errno
import gc
import io
import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
import pytest
from mutagen.mp4 import MP4, MP4Cover
from scipy import signal

from core.audio import ni_stems
from core.audio.ni_stems import COLOURS, NAMES, Codec, NiStemsWriter, in_four
from core.audio.reader import read_blocks
from tests.support import songs
from tests.support.songs import RATE, joined

ROOT = Path(__file__).parents[2]
FRAMES = 2 * RATE + 123
STEMS = {name: songs.music(3.0, seed)[:FRAMES] for seed, name in enumerate(NAMES)}
MASTER = np.sum(list(STEMS.values()), axis=0) / np.float32(4)
HALF_A_STEP = 2.0**-24
ALIKE = 0.95  # correlation: AAC puts noise of its own in place of noise

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="the ffmpeg and ffprobe programs are not installed"
)


def write(path: Path, codec: Codec, frames: int = FRAMES, rate: int = RATE, **options: Any) -> Path:
    """A stem file of the first frames of ``MASTER`` and ``STEMS``, written in blocks of uneven sizes."""
    with path.open("w+b") as file:
        writer = NiStemsWriter(file, rate, codec, **options)
        for part in np.array_split(np.arange(frames), [1, 1000, 1001, 30000]):
            block = slice(part[0], part[-1] + 1) if len(part) else slice(0)
            writer.write(MASTER[block], {name: samples[block] for name, samples in STEMS.items()})
        writer.finish()
    return path


def decoded(path: Path, index: int) -> np.ndarray:
    """All that FFmpeg gives of one stream: (n, 2), full scale 1."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(container.streams.audio[index])]
    samples = np.concatenate(frames, axis=1).T
    return samples / 2.0**31 if samples.dtype == np.int32 else samples


def boxes(data: bytes, *path: bytes) -> Iterator[bytes]:
    """The contents of all boxes at this path, sizes of 32 bits only."""
    start = 0
    while start < len(data):
        size, name = struct.unpack(">I4s", data[start : start + 8])
        assert 8 <= size <= len(data) - start
        if name == path[0]:
            content = data[start + 8 : start + size]
            yield from boxes(content, *path[1:]) if len(path) > 1 else [content]
        start += size


def stem_metadata(path: Path) -> dict[str, Any]:
    (found,) = boxes(path.read_bytes(), b"moov", b"udta", b"stem")
    metadata: dict[str, Any] = json.loads(found)
    return metadata


@pytest.fixture(scope="module", params=["aac", "alac"])
def stem_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("stems") / f"{request.param}.stem.mp4", request.param)


@pytest.fixture(scope="module")
def lossless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("stems") / "song.stem.mp4", "alac")


def test_there_are_five_stereo_streams_of_one_length_from_sample_0_on_and_only_the_master_is_on(stem_file: Path) -> None:
    with av.open(str(stem_file)) as container:
        assert len(container.streams) == len(container.streams.audio) == 5
        for index, stream in enumerate(container.streams.audio):
            assert stream.codec_context.name == stem_file.name.split(".")[0]
            assert (stream.rate, stream.channels, stream.time_base.denominator) == (RATE, 2, RATE)
            assert (stream.start_time, stream.duration) == (0, FRAMES)
            assert bool(stream.disposition & av.stream.Disposition.default) == (index == 0)
            assert stream.metadata["handler_name"] == ("master", *NAMES)[index]
    headers = list(boxes(stem_file.read_bytes(), b"moov", b"trak", b"tkhd"))
    assert [header[3] & 1 for header in headers] == [1, 0, 0, 0, 0]  # ISO/IEC 14496-12, 8.3.2: track_enabled


def test_every_stream_is_what_was_written_into_it_and_not_shifted(stem_file: Path) -> None:
    for index, samples in enumerate((MASTER, *STEMS.values())):
        found = decoded(stem_file, index)[:FRAMES]
        correlation = signal.correlate(found[:, 0], samples[:, 0])
        assert int(np.argmax(np.abs(correlation))) - (FRAMES - 1) == 0
        assert np.corrcoef(found[:, 0], samples[:, 0])[0, 1] > ALIKE


def test_alac_is_exact_to_24_bits_and_exactly_as_long(lossless: Path) -> None:
    for index, samples in enumerate((MASTER, *STEMS.values())):
        found = decoded(lossless, index)
        assert len(found) == FRAMES
        assert np.abs(found - samples).max() <= HALF_A_STEP


def test_antara_and_other_players_read_the_master(stem_file: Path) -> None:
    found = joined(read_blocks(stem_file, RATE))
    assert np.corrcoef(found[:FRAMES, 0], MASTER[:, 0])[0, 1] > ALIKE
    assert 0 <= len(found) - FRAMES < 1024


def test_the_edit_lists_skip_the_encoders_delay_and_give_the_length_in_samples(stem_file: Path) -> None:
    delay = 1024 if "aac" in stem_file.name else 0
    for content in boxes(stem_file.read_bytes(), b"moov", b"trak", b"edts", b"elst"):
        assert struct.unpack(">IIIiI", content) == (0, 1, FRAMES, delay, 0x10000)  # ISO/IEC 14496-12, 8.6.6


def test_the_metadata_is_what_native_instruments_specifies(stem_file: Path) -> None:
    metadata = stem_metadata(stem_file)
    assert metadata["version"] == 1
    assert metadata["stems"] == [{"name": name, "color": colour} for name, colour in zip(NAMES, COLOURS, strict=True)]
    assert set(metadata["mastering_dsp"]) == {"compressor", "limiter"}
    assert not any(part["enabled"] for part in metadata["mastering_dsp"].values())


def test_the_same_samples_give_the_same_file(stem_file: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "again.stem.mp4", "aac" if "aac" in stem_file.name else "alac")
    assert again.read_bytes() == stem_file.read_bytes()


def test_no_samples_at_all_make_a_file_that_can_be_opened(tmp_path: Path) -> None:
    with (tmp_path / "empty.stem.mp4").open("w+b") as file:
        NiStemsWriter(file, RATE).finish()
    assert stem_metadata(tmp_path / "empty.stem.mp4")["version"] == 1


def test_names_and_colours_can_be_chosen(tmp_path: Path) -> None:
    names = ("Schlagzeug", "बास", "Übriges", "Gesang")
    colours = ("#000000", "#111111", "#222222", "#333333")
    with (tmp_path / "song.stem.mp4").open("w+b") as file:
        writer = NiStemsWriter(file, RATE, "alac", names, colours)
        writer.write(MASTER, dict(zip(names, STEMS.values(), strict=True)))
        writer.finish()
    stems = stem_metadata(tmp_path / "song.stem.mp4")["stems"]
    assert [(stem["name"], stem["color"]) for stem in stems] == list(zip(names, colours, strict=True))
    with av.open(str(tmp_path / "song.stem.mp4")) as container:
        assert [stream.metadata["handler_name"] for stream in container.streams.audio] == ["master", *names]


@pytest.mark.parametrize("frames", [1, 1023, 1024, 1025, 5000])
@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_any_length_is_kept(tmp_path: Path, codec: Codec, frames: int) -> None:
    path = write(tmp_path / "short.stem.mp4", codec, frames)
    with av.open(str(path)) as container:
        assert {(stream.start_time, stream.duration) for stream in container.streams.audio} == {(0, frames)}
    assert len(decoded(path, 4)) >= frames


@pytest.mark.parametrize(
    ("codec", "rate", "expected"),
    [("aac", 22050, 22050), ("aac", 37000, 44100), ("aac", 192000, 96000), ("alac", 192000, 192000), ("alac", 37000, 37000)],
)
def test_a_rate_that_the_codec_does_not_have_becomes_another_of_the_same_length_in_time(
    tmp_path: Path, codec: Codec, rate: int, expected: int
) -> None:
    path = write(tmp_path / "song.stem.mp4", codec, rate=rate)
    with av.open(str(path)) as container:
        for stream in container.streams.audio:
            assert (stream.rate, stream.start_time) == (expected, 0)
            assert stream.duration is not None
            assert abs(stream.duration - FRAMES * expected / rate) <= 32
    original = signal.resample_poly(STEMS["bass"], expected, rate)
    assert np.corrcoef(decoded(path, 2)[: len(original), 0], original[:, 0])[0, 1] > 0.9


def test_what_exceeds_full_scale_is_clipped_in_alac(tmp_path: Path) -> None:
    with (tmp_path / "loud.stem.mp4").open("w+b") as file:
        writer = NiStemsWriter(file, RATE, "alac")
        writer.write(4 * MASTER, {name: -4 * samples for name, samples in STEMS.items()})
        writer.finish()
    assert np.abs(decoded(tmp_path / "loud.stem.mp4", 0) - np.clip(4 * MASTER, -1, 1)).max() <= 2 * HALF_A_STEP


@needs_ffmpeg
def test_ffprobe_finds_five_streams_of_the_same_time(stem_file: Path) -> None:
    show = ["-show_entries", "stream=start_pts,duration_ts,nb_frames:stream_disposition=default", "-of", "json"]
    run = subprocess.run(["ffprobe", "-v", "warning", *show, stem_file], capture_output=True, text=True, check=True)
    streams = json.loads(run.stdout)["streams"]
    assert run.stderr == ""
    assert [(stream["start_pts"], stream["duration_ts"]) for stream in streams] == [(0, FRAMES)] * 5
    assert [stream["disposition"]["default"] for stream in streams] == [1, 0, 0, 0, 0]


@needs_ffmpeg
def test_stempeg_reads_the_stems(stem_file: Path) -> None:
    stempeg = pytest.importorskip("stempeg")
    found, rate = stempeg.read_stems(str(stem_file))
    assert rate == RATE
    assert found.shape[0::2] == (5, 2)
    assert stempeg.Info(str(stem_file)).title_streams == ["master", *NAMES]
    for samples, expected in zip(found, (MASTER, *STEMS.values()), strict=True):
        assert np.corrcoef(samples[:FRAMES, 1], expected[:, 1])[0, 1] > ALIKE
        if "alac" in stem_file.name:
            np.testing.assert_allclose(samples, expected, atol=2 * HALF_A_STEP)


def test_tags_and_a_cover_that_are_added_later_leave_the_stems_as_they_are(stem_file: Path, tmp_path: Path) -> None:
    path = shutil.copy(stem_file, tmp_path / "tagged.stem.mp4")
    before, samples = stem_metadata(path), decoded(path, 3)
    for cover in (b"\xff\xd8" + bytes(300_000), b"\xff\xd8", None):  # longer, shorter, none
        song = MP4(path)
        song["\xa9nam"] = "A title" * 200
        song["covr"] = [MP4Cover(cover, MP4Cover.FORMAT_JPEG)] if cover else []
        song.save()
        assert stem_metadata(path) == before
        np.testing.assert_array_equal(decoded(path, 3), samples)
    song.delete()
    assert stem_metadata(path) == before


def test_the_streams_are_interleaved_so_that_players_need_not_seek(lossless: Path) -> None:
    with av.open(str(lossless)) as container:
        places = [(packet.pos, float(packet.pts * packet.time_base)) for packet in container.demux() if packet.size]
    times = np.array([time for _, time in sorted(places)])
    assert (np.maximum.accumulate(times) - times).max() <= 0.2


def test_stems_of_any_model_become_four() -> None:
    names = ("vocals", "piano", "other", "flute")
    samples = {name: np.full((3, 2), level, np.float32) for level, name in enumerate(names, 1)}
    found = in_four(samples)
    assert tuple(found) == NAMES
    assert {name: float(part[0, 0]) for name, part in found.items()} == {"drums": 0, "bass": 0, "other": 9, "vocals": 1}
    assert float(samples["other"][0, 0]) == 3
    two = in_four(dict.fromkeys(("vocals", "accompaniment"), samples["piano"]))
    assert {name: float(part[0, 0]) for name, part in two.items()} == {"drums": 0, "bass": 0, "other": 2, "vocals": 2}


def test_four_different_stems_of_one_length_are_wanted(tmp_path: Path) -> None:
    with (tmp_path / "song.stem.mp4").open("w+b") as file:
        for names in (NAMES[:3], ("a", "b", "c", "a"), (*NAMES, "piano")):
            with pytest.raises(ValueError, match="four stems with different names"):
                NiStemsWriter(file, RATE, "aac", names)
        writer = NiStemsWriter(file, RATE)
        with pytest.raises(ValueError, match="differ in length"):
            writer.write(MASTER, STEMS | {"bass": STEMS["bass"][1:]})
        with pytest.raises(KeyError, match="vocals"):
            writer.write(MASTER, {name: STEMS[name] for name in NAMES[:3]})


class FullDisk(io.FileIO):
    """A file on a disk with room for ``room`` bytes."""

    room = 0

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9999])
def test_a_full_disk_is_an_error_whenever_it_happens(lossless: Path, tmp_path: Path, share: float) -> None:
    with FullDisk(tmp_path / "song.stem.mp4", "w+b") as file:
        file.room = round(share * lossless.stat().st_size)

        def fill() -> None:
            writer = NiStemsWriter(file, RATE, "alac")
            writer.write(MASTER, STEMS)
            writer.finish()

        with pytest.raises(OSError, match="No space left") as caught:
            fill()
        assert caught.value.errno == errno.ENOSPC


def test_a_writer_can_be_left_unfinished(tmp_path: Path) -> None:
    with (tmp_path / "song.stem.mp4").open("w+b") as file:
        writer = NiStemsWriter(file, RATE)
        writer.write(MASTER, STEMS)
    del writer
    gc.collect()


# The sizes of boxes: what the muxer writes at other times and what other files have.


def box(name: bytes, content: bytes, kind: int = 32) -> bytes:
    """A box with a size of 32 or 64 bits, or, 0, "up to the end"."""
    if kind == 64:
        return struct.pack(">I4sQ", 1, name, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content) if kind else 0, name) + content


def added(tmp_path: Path, data: bytes) -> bytes:
    path = tmp_path / "boxes"
    path.write_bytes(data)
    with path.open("r+b") as file:
        ni_stems._add_to_udta(file, box(b"stem", b"{}"))
    return path.read_bytes()


@pytest.mark.parametrize("kind", [32, 64])
@pytest.mark.parametrize("moov_kind", [32, 64, 0])
def test_the_box_goes_to_the_end_of_udta_whatever_surrounds_it(tmp_path: Path, kind: int, moov_kind: int) -> None:
    start = box(b"ftyp", b"isom") + box(b"mdat", b"moovudta" * 5, kind)
    track, other = box(b"trak", box(b"udta", b"another")), box(b"free", b"after")
    stem = box(b"stem", b"{}")

    def file_with(*udta: bytes) -> bytes:
        return start + box(b"moov", b"".join((track, *udta)), moov_kind)

    assert added(tmp_path, file_with(box(b"udta", b"meta", kind), other)) == file_with(
        box(b"udta", b"meta" + stem, kind), other
    )
    assert added(tmp_path, file_with(box(b"udta", b"", kind))) == file_with(box(b"udta", stem, kind))
    assert added(tmp_path, file_with(other)) == file_with(other, box(b"udta", stem))


@pytest.mark.parametrize("data", [b"", box(b"ftyp", b"isom"), box(b"moov", b"") + box(b"mdat", b"samples")])
def test_a_file_whose_samples_would_move_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="moov is not at the end"):
        added(tmp_path, data)
    assert (tmp_path / "boxes").read_bytes() == data


def test_a_file_of_more_than_4_gb_stays_whole(tmp_path: Path) -> None:
    """The muxer writes the size of its samples with 64 bits then, over the 8 bytes that it left free before them."""
    path = tmp_path / "song.stem.mp4"
    with path.open("w+b") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(ni_stems, "_add_to_udta", widened_and_added)
        writer = NiStemsWriter(file, RATE, "alac")
        writer.write(MASTER, STEMS)
        writer.finish()
    data = path.read_bytes()
    assert b"\x00\x00\x00\x01mdat" in data
    assert json.loads(data[data.rindex(b"stem{") + 4 :])["version"] == 1
    np.testing.assert_allclose(decoded(path, 4), STEMS["vocals"], atol=HALF_A_STEP)


def widened_and_added(file: IO[bytes], added: bytes, add: Any = ni_stems._add_to_udta) -> None:
    file.seek(0)
    place = file.read(1000).index(b"free") - 4
    file.seek(place + 8)
    (size,) = struct.unpack(">I", file.read(4))
    file.seek(place)
    file.write(struct.pack(">I4sQ", 1, b"mdat", size + 8))
    add(file, added)


# Ten minutes of five streams, 1 GB of samples: prints by how many MB the program has grown.
PROGRAM = """
import sys, tempfile
import numpy as np, psutil
from core.audio.ni_stems import NAMES, NiStemsWriter
silence = np.zeros((65536, 2), np.float32)
with tempfile.TemporaryFile() as file:
    writer = NiStemsWriter(file, 44100, "alac")
    for index in range(400):
        if index == 20:
            before = psutil.Process().memory_info().rss
        writer.write(silence, dict.fromkeys(NAMES, silence))
    print((psutil.Process().memory_info().rss - before) / 1e6)
    writer.finish()
"""


def test_memory_grows_by_the_index_alone() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(run.stdout) < 20
