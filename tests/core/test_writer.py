"""The writer: exact samples, and files that appear whole or not at all."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from core.audio import part_file
from core.audio.formats import Depth, Format
from core.audio.naming import stem_paths
from core.audio.writer import Sound, StemWriter
from core.errors import OutputError, OutputExistsError, OutputNotWritableError
from tests.support import songs
from tests.support.songs import RATE

DEPTHS: tuple[Depth, ...] = get_args(Depth)
SOUND = Sound(RATE)
ROOT = Path(__file__).parents[2]
NOBODY = 65534
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither permission bits nor mount namespaces")


def write(targets: dict[str, Path], samples: np.ndarray, depth: Depth = 16, overwrite: bool = False) -> None:
    """``samples`` as each stem, in blocks of uneven sizes."""
    with StemWriter(targets, Sound(RATE, format=Format("wav", depth)), overwrite) as writer:
        for block in np.array_split(samples, [1, 1000, 1001, 30000]):
            writer.write(dict.fromkeys(targets, block))


def everything_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}


@pytest.fixture
def song() -> np.ndarray:
    return songs.music(1.0)


@pytest.mark.parametrize("depth", DEPTHS)
def test_another_program_reads_what_was_written(tmp_path: Path, song: np.ndarray, depth: Depth) -> None:
    write({"vocals": tmp_path / "vocals.wav"}, song, depth)
    info = soundfile.info(tmp_path / "vocals.wav")
    assert (info.samplerate, info.channels, info.frames) == (RATE, 2, len(song))
    assert info.subtype == {16: "PCM_16", 24: "PCM_24", 32: "FLOAT"}[depth]
    read, _ = soundfile.read(tmp_path / "vocals.wav", dtype="float64")
    # Rounding is half a step, and dither is at most a whole one more.
    error = {16: 1.5 / 2**15, 24: 0.5 / 2**23, 32: 0.0}[depth]
    assert np.abs(read - song).max() <= error


def test_float_holds_any_number_bit_for_bit(tmp_path: Path) -> None:
    numbers = np.float32([0, -0.0, 1e-40, -3.5, 1e30, np.nextafter(np.float32(1), np.float32(2))])
    write({"mix": tmp_path / "mix.wav"}, np.stack([numbers, numbers[::-1]], axis=1), 32)
    read, _ = soundfile.read(tmp_path / "mix.wav", dtype="float32")
    assert read[:, 0].tobytes() == numbers.tobytes()
    assert read[::-1, 1].tobytes() == numbers.tobytes()


@pytest.mark.parametrize(("depth", "dtype"), [(16, "int16"), (24, "int32")])
def test_what_exceeds_full_scale_is_clipped_and_does_not_wrap(tmp_path: Path, depth: Depth, dtype: str) -> None:
    column = np.float32([1.0, 1.5, 100.0, -1.0, -1.5, -100.0, 0.5])
    write({"mix": tmp_path / "mix.wav"}, np.stack([column, column], axis=1), depth)
    read, _ = soundfile.read(tmp_path / "mix.wav", dtype=dtype)
    top = 2 ** (depth - 1)
    expected = np.array([top - 1] * 3 + [-top] * 3 + [top // 2])
    found = read[:, 0].astype(int) >> (0 if depth == 16 else 8)
    assert np.abs(found - expected).max() <= (1 if depth == 16 else 0)  # of dither


def test_the_files_appear_together_at_the_end(tmp_path: Path, song: np.ndarray) -> None:
    targets = {stem: tmp_path / f"{stem}.wav" for stem in ("vocals", "drums")}
    with StemWriter(targets, SOUND) as writer:
        writer.write(dict.fromkeys(targets, song))
        assert not any(path.exists() for path in targets.values())
        assert all(path.name.startswith(".") for path in tmp_path.iterdir())
    assert everything_in(tmp_path) == {Path("vocals.wav"), Path("drums.wav")}


def test_stems_without_a_target_are_left_out(tmp_path: Path, song: np.ndarray) -> None:
    with StemWriter({"vocals": tmp_path / "v.wav"}, SOUND) as writer:
        writer.write({"vocals": song, "drums": song})
    assert everything_in(tmp_path) == {Path("v.wav")}


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, OutputNotWritableError])
def test_an_exception_leaves_no_file_and_no_folder(tmp_path: Path, song: np.ndarray, kind: type[BaseException]) -> None:
    targets = {stem: tmp_path / "made" / "both" / f"{stem}.wav" for stem in ("vocals", "drums")}
    error = kind(path=tmp_path, reason="") if issubclass(kind, OutputError) else kind()

    def fail() -> None:
        with StemWriter(targets, SOUND) as writer:
            writer.write(dict.fromkeys(targets, song))
            raise error

    with pytest.raises(kind) as caught:
        fail()
    assert caught.value is error
    assert everything_in(tmp_path) == set()


def test_an_exception_leaves_earlier_files_as_they_were(tmp_path: Path, song: np.ndarray) -> None:
    (tmp_path / "vocals.wav").write_bytes(b"the earlier one")

    def fail() -> None:
        with StemWriter({"vocals": tmp_path / "vocals.wav"}, SOUND, overwrite=True) as writer:
            writer.write({"vocals": song})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (tmp_path / "vocals.wav").read_bytes() == b"the earlier one"
    assert everything_in(tmp_path) == {Path("vocals.wav")}


def test_folders_that_were_there_and_what_others_put_there_stay(tmp_path: Path, song: np.ndarray) -> None:
    (tmp_path / "old").mkdir()

    def fail() -> None:
        with StemWriter({"vocals": tmp_path / "old" / "new" / "vocals.wav"}, SOUND):
            (tmp_path / "old" / "new" / "theirs.txt").write_text("mine")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert everything_in(tmp_path) == {Path("old"), Path("old/new"), Path("old/new/theirs.txt")}


def test_an_existing_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "drums.wav").write_bytes(b"the earlier one")
    targets = {"vocals": tmp_path / "new" / "vocals.wav", "drums": tmp_path / "drums.wav"}
    with pytest.raises(OutputExistsError) as caught, StemWriter(targets, SOUND):
        pytest.fail("the writer started")
    assert caught.value.parameters == {"path": tmp_path / "drums.wav"}
    assert everything_in(tmp_path) == {Path("drums.wav")}
    assert (tmp_path / "drums.wav").read_bytes() == b"the earlier one"


@posix
def test_a_dangling_link_is_an_existing_file(tmp_path: Path) -> None:
    (tmp_path / "vocals.wav").symlink_to(tmp_path / "gone")
    with pytest.raises(OutputExistsError), StemWriter({"vocals": tmp_path / "vocals.wav"}, SOUND):
        pytest.fail("the writer started")


def test_a_file_that_someone_else_wrote_meanwhile_is_not_replaced(tmp_path: Path, song: np.ndarray) -> None:
    targets = {stem: tmp_path / f"{stem}.wav" for stem in ("vocals", "drums")}

    def race() -> None:
        with StemWriter(targets, SOUND) as writer:
            writer.write(dict.fromkeys(targets, song))
            targets["drums"].write_bytes(b"theirs")

    with pytest.raises(OutputExistsError):
        race()
    assert everything_in(tmp_path) == {Path("drums.wav")}
    assert targets["drums"].read_bytes() == b"theirs"


def test_overwrite_replaces_the_earlier_file(tmp_path: Path, song: np.ndarray) -> None:
    (tmp_path / "vocals.wav").write_bytes(b"x" * 10**6)
    write({"vocals": tmp_path / "vocals.wav"}, song, 32, overwrite=True)
    read, _ = soundfile.read(tmp_path / "vocals.wav", dtype="float32")
    np.testing.assert_array_equal(read, song)
    assert everything_in(tmp_path) == {Path("vocals.wav")}


def test_a_folder_under_the_name_of_a_stem_is_not_replaced(tmp_path: Path, song: np.ndarray) -> None:
    (tmp_path / "vocals.wav").mkdir()
    with pytest.raises(OutputNotWritableError):
        write({"drums": tmp_path / "drums.wav", "vocals": tmp_path / "vocals.wav"}, song, overwrite=True)
    assert not any(path.name.startswith(".antara") for path in tmp_path.iterdir())


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "output").write_bytes(b"a file")
    for path in (tmp_path / "output" / "vocals.wav", tmp_path / "output" / "song" / "vocals.wav"):
        with pytest.raises(OutputNotWritableError), StemWriter({"vocals": path}, SOUND):
            pytest.fail("the writer started")
    assert (tmp_path / "output").read_bytes() == b"a file"


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_the_mode_of_a_file_follows_the_umask(tmp_path: Path, song: np.ndarray, mask: int) -> None:
    before = os.umask(mask)
    try:
        write({"vocals": tmp_path / "vocals.wav"}, song)
    finally:
        assert os.umask(before) == mask
    assert stat.S_IMODE((tmp_path / "vocals.wav").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    "name", ["लता – अंतरा.mp3", "अ" * 85, "x" * 255, os.fsdecode(b"caf\xe9.ogg"), "a.b.c.flac"], ids=ascii
)
def test_stems_of_a_song_of_any_name_are_written(tmp_path: Path, song: np.ndarray, name: str) -> None:
    targets = stem_paths(Path(name), ["vocals", "accompaniment"], tmp_path)
    write(targets, song)
    assert everything_in(tmp_path) == {Path(Path(name).stem), *(path.relative_to(tmp_path) for path in targets.values())}
    assert soundfile.info(str(targets["vocals"]).encode("utf-8", "surrogateescape")).frames == len(song)


# A song onto a disk or into a folder that cannot take it: prints the error's code and what is left in the folder.
WRITE = """
import json, os, sys
from pathlib import Path
import numpy as np
from core.audio.writer import Sound, StemWriter
from core.errors import AntaraError
folder = Path(sys.argv[1])
if os.geteuid() == 0 and sys.argv[2] == "nobody":
    os.seteuid(65534)
results = []
for blocks in map(int, sys.argv[3:]):
    try:
        with StemWriter({stem: folder / "song" / (stem + ".wav") for stem in ("vocals", "drums")}, Sound(44100)) as writer:
            for _ in range(blocks):
                writer.write(dict.fromkeys(("vocals", "drums"), np.ones((1000, 2), np.float32)))
        results.append("written")
        for path in (folder / "song").iterdir():
            path.unlink()
        (folder / "song").rmdir()
    except AntaraError as error:
        results.append(error.code)
print(json.dumps([results, sorted(str(path) for path in folder.rglob("*"))]))
"""


def run(*command: str) -> list[list[str]]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: list[list[str]] = json.loads(done.stdout)
    return result


@posix
def test_a_folder_that_may_not_be_written_to_is_said(tmp_path: Path) -> None:
    for folder in tmp_path.parents:  # pytest's own folders let nobody else through
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 1:
            folder.chmod(0o755)
    tmp_path.chmod(0o555)
    # Root may write everywhere: as root the writer runs as another user.
    results, left = run(sys.executable, "-c", WRITE, str(tmp_path), "nobody", "1")
    assert results == ["output_not_writable"]
    assert left == []


@posix
def test_a_full_disk_is_said_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    # In a mount namespace of its own the disk vanishes with the process. It has room for 190 blocks of two stems, a little
    # less or more: so it fills up while blocks are written, while the last are flushed and while the files are finished.
    shell = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = 'mount -t tmpfs -o size=1500k tmpfs "$1"'
    if not shutil.which("unshare") or subprocess.run([*shell, mount, "sh", tmp_path], capture_output=True).returncode:
        pytest.skip("this system does not let this user mount a small disk")
    program = [str(tmp_path), sys.executable, WRITE, *map(str, [1, *range(180, 200), 1000])]
    script = f'{mount} && folder=$1 && python=$2 && code=$3 && shift 3 && exec "$python" -c "$code" "$folder" same "$@"'
    results, left = run(*shell, script, "sh", *program)
    assert left == []
    assert results[0] == "written"
    assert results[-1] == "disk_full"
    assert results == sorted(results, reverse=True)
    assert set(results) == {"written", "disk_full"}


def test_what_a_killed_program_left_is_removed_by_the_next_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from core.audio.writer import Sound, StemWriter\n"
        "with StemWriter({'vocals': Path(sys.argv[1]) / 'killed.wav'}, Sound(44100)):\n    os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[2])
    assert len(list(tmp_path.iterdir())) == 1
    with StemWriter({"vocals": tmp_path / "living.wav"}, SOUND) as living:
        with StemWriter({"vocals": tmp_path / "next.wav"}, SOUND) as following:
            following.write({"vocals": np.zeros((10, 2), np.float32)})
        living.write({"vocals": np.zeros((10, 2), np.float32)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["living.wav", "next.wav"]


@posix
def test_what_was_kept_aside_by_a_program_that_was_killed_is_removed_when_it_is_no_more_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "vocals.wav"
    target.write_bytes(b"earlier")
    script = (
        "import os, sys; from pathlib import Path; from core.audio import part_file\n"
        "part_file.PartFile.forget_old = lambda self: os.kill(os.getpid(), 9)\n"
        "with part_file.Transaction([Path(sys.argv[1])], overwrite=True) as files:\n    files[0].file.write(b'later')"
    )
    subprocess.run([sys.executable, "-c", script, str(target)], cwd=ROOT)
    assert target.read_bytes() == b"later"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".old", ".wav"]

    def write_another() -> list[str]:
        with StemWriter({"vocals": tmp_path / "next.wav"}, SOUND, overwrite=True) as writer:
            writer.write({"vocals": np.zeros((10, 2), np.float32)})
        return sorted(path.suffix for path in tmp_path.iterdir())

    assert write_another() == [".old", ".wav", ".wav"]  # it may be a living program's, just now
    monkeypatch.setattr(part_file, "_OLD_S", 0.0)
    kept = tmp_path / ".antara-other.old"
    kept.write_bytes(b"what was to be replaced")
    kept.with_suffix(".part").write_bytes(b"")
    assert write_another() == write_another() == [".old", ".part", ".wav", ".wav"]
    assert kept.read_bytes() == b"what was to be replaced"


@pytest.mark.parametrize("existing", [True, False])
def test_when_one_file_cannot_be_put_in_place_the_others_are_as_before(existing: bool, tmp_path: Path) -> None:
    first, second = tmp_path / "vocals.wav", tmp_path / "accompaniment.wav"
    if existing:
        first.write_bytes(b"earlier")
    second.mkdir()  # nothing can replace a folder
    with (
        pytest.raises(OutputNotWritableError),
        StemWriter({"vocals": first, "accompaniment": second}, SOUND, overwrite=True) as writer,
    ):
        writer.write({"vocals": np.zeros((10, 2), np.float32), "accompaniment": np.zeros((10, 2), np.float32)})
    assert (first.read_bytes() == b"earlier") if existing else not first.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"accompaniment.wav"} | ({"vocals.wav"} if existing else set())


def test_a_replaced_file_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "vocals.wav").write_bytes(b"earlier")
    with StemWriter({"vocals": tmp_path / "vocals.wav"}, SOUND, overwrite=True) as writer:
        writer.write({"vocals": np.ones((10, 2), np.float32)})
    assert [path.name for path in tmp_path.iterdir()] == ["vocals.wav"]
    assert soundfile.info(tmp_path / "vocals.wav").frames == 10


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_a_file_that_another_program_holds_stays_as_it_is(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to replace a file that is open elsewhere; here its answer is imitated."""

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "in use")

    (tmp_path / "vocals.wav").write_bytes(b"earlier")
    monkeypatch.setattr(Path, "replace", refuse)
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    with (
        pytest.raises(OutputNotWritableError),
        StemWriter({"vocals": tmp_path / "vocals.wav"}, SOUND, overwrite=True) as writer,
    ):
        writer.write({"vocals": np.zeros((10, 2), np.float32)})
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("vocals.wav", b"earlier")]
