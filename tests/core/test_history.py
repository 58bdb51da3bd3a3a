"""The list of separated songs: one entry a song and model, whole whatever happens, and honest about what is still there."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import history, paths
from core.errors import OutputNotWritableError
from core.history import Entry, Stamp, Standing

ROOT = Path(__file__).parents[2]
STEMS = ("vocals", "accompaniment")
HOUR_NS = 3_600_000_000_000


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "गीत.mp3"
    path.write_bytes(b"a song")
    return path


def add(song: Path, model: str = "builtin", frames: int = 44_100, stems: tuple[str, ...] = STEMS) -> Entry:
    return history.add(song, frames, 44_100, model, stems)


def export(entry: Entry, folder: Path, stems: tuple[str, ...] = STEMS) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    files = {stem: folder / f"{stem}.wav" for stem in stems}
    for stem, path in files.items():
        path.write_text(stem)
    history.exported(entry.id, files, -1.5)
    return files


def touch(path: Path, hours: int = 1) -> None:
    """As if it had been changed at another time."""
    now = path.stat().st_mtime_ns + hours * HOUR_NS
    os.utime(path, ns=(now, now))


def put(content: object) -> None:
    file = paths.history_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def test_the_song_that_was_separated_last_comes_first(tmp_path: Path) -> None:
    assert history.load() == ()
    entries = [add(tmp_path / name) for name in ("one.mp3", "two.mp3", "three.mp3")]
    assert history.load() == tuple(reversed(entries))
    assert entries[0].length_s == 1.0


def test_a_song_that_is_separated_again_by_the_same_model_has_one_entry(song: Path, tmp_path: Path) -> None:
    first = add(song)
    other = add(tmp_path / "other.mp3")
    again = add(song)
    four = add(song, "spleeter:4stems", stems=("vocals", "drums", "bass", "other"))
    assert again.id == first.id
    assert again.separated >= first.separated
    assert history.load() == (four, again, other)


def test_another_way_to_write_the_same_path_is_the_same_song(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (song.parent / "folder").mkdir()
    monkeypatch.chdir(song.parent)
    first = add(song)
    assert add(Path(song.name)).id == add(Path("folder") / ".." / song.name).id == first.id
    assert [entry.song for entry in history.load()] == [str(song)]


def test_there_are_at_most_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST", 3)
    entries = [add(tmp_path / f"{number}.mp3") for number in range(5)]
    assert history.load() == tuple(reversed(entries[2:]))


def test_exported_stems_are_noted_and_kept_when_the_same_song_is_separated_again(song: Path, tmp_path: Path) -> None:
    entry = add(song)
    assert history.standing(entry) == Standing("here", "none")
    files = export(entry, tmp_path / "out")
    (noted,) = history.load()
    assert {stem: Path(file.path) for stem, file in noted.files.items()} == files
    assert noted.gain_db == -1.5
    assert history.standing(noted) == Standing("here", "here")
    assert history.standing(noted).can_reopen
    again = add(song)
    assert (again.files, again.gain_db) == (noted.files, -1.5)


@pytest.mark.parametrize("change", [{"frames": 7}, {"stems": ("vocals", "rest")}])
def test_exported_stems_do_not_count_any_more_when_the_stems_are_others(
    song: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    export(add(song), tmp_path / "out")
    again = add(song, **change)
    assert (again.files, again.gain_db) == ({}, 0.0)


def test_exported_stems_do_not_count_any_more_when_the_song_is_another(song: Path, tmp_path: Path) -> None:
    export(add(song), tmp_path / "out")
    song.write_bytes(b"another song")
    assert add(song).files == {}


def test_only_all_the_stems_are_noted(song: Path, tmp_path: Path) -> None:
    entry = add(song)
    export(entry, tmp_path / "some", ("vocals",))
    export(entry, tmp_path / "mix", ("mix",))
    export(entry, tmp_path / "more", (*STEMS, "drums"))
    history.exported("no such entry", {stem: tmp_path / stem for stem in STEMS})
    assert history.load() == (entry,)


def test_what_has_become_of_the_files_is_seen(song: Path, tmp_path: Path) -> None:
    files = export(add(song), tmp_path / "out")
    (entry,) = history.load()
    touch(song)
    assert history.standing(entry) == Standing("changed", "here")
    assert history.standing(entry).can_reopen
    song.unlink()
    assert history.standing(entry) == Standing("missing", "here")
    touch(files["vocals"])
    assert history.standing(entry) == Standing("missing", "changed")
    files["accompaniment"].unlink()
    assert history.standing(entry) == Standing("missing", "missing")
    assert not history.standing(entry).can_reopen


def test_times_that_a_memory_stick_rounds_are_the_same(song: Path) -> None:
    stamp = history.stamp_of(song)
    os.utime(song, ns=(stamp.mtime_ns, stamp.mtime_ns - 1_999_000_000))
    assert stamp.files(str(song)) == "here"
    song.write_bytes(b"a longer song")
    assert stamp.files(str(song)) == "changed"


def test_entries_are_removed_and_their_files_stay(song: Path, tmp_path: Path) -> None:
    first, second, third = (add(tmp_path / f"{number}.mp3") for number in range(3))
    files = export(first, tmp_path / "out")
    history.remove([first.id, third.id, "no such entry"])
    assert history.load() == (second,)
    history.clear()
    assert history.load() == ()
    assert all(path.exists() for path in files.values())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 \xe0\xa4\x85.mp3")
    path.write_bytes(b"a song")
    entry = add(path)
    assert history.load() == (entry,)
    assert history.standing(entry).song == "here"


def test_an_entry_that_cannot_be_used_takes_no_other_with_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    entries = [add(tmp_path / f"{number}.mp3") for number in range(2)]
    good = msgspec.to_builtins(entries)
    bad = [{}, 5, None, good[0] | {"frames": 0}, good[0] | {"rate": "44100"}, good[0] | {"separated": 1e300}]
    bad += [good[0] | {"song": "a\0b"}, good[0] | {"stems": ["vocals", "vocals"]}, good[0] | {"files": {"vocals": {}}}]
    bad += [good[0] | {"gain_db": 3}, good[0] | {"id": ""}]
    put({"entries": [*bad, good[0], good[0], good[1]], "other": 1})
    assert history.load() == tuple(entries)
    assert caplog.text.count("cannot be used") == len(bad)
    history.remove([entries[0].id])
    assert history.load() == (entries[1],)
    assert json.loads(paths.history_file().read_bytes())["other"] == 1


def test_a_damaged_list_is_set_aside() -> None:
    paths.history_file().parent.mkdir(parents=True)
    paths.history_file().write_bytes(b'{"entries": [{"id"')
    assert history.load() == ()
    assert paths.history_file().with_name("history.json.bad").read_bytes() == b'{"entries": [{"id"'


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
garbage = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
stamps = st.fixed_dictionaries({"size": st.integers(), "mtime_ns": st.integers()})
stem_files = st.dictionaries(st.sampled_from(STEMS), st.fixed_dictionaries({"path": st.text(), "stamp": stamps}))
likely = {
    "id": st.text(),
    "song": st.text(),
    "stamp": stamps,
    "frames": st.integers(),
    "rate": st.integers(),
    "model": st.text(),
    "stems": st.lists(st.sampled_from(STEMS)),
    "separated": st.floats(allow_nan=False, allow_infinity=False),
    "files": stem_files,
    "gain_db": st.floats(-130, 10),
}
records = st.fixed_dictionaries({name: values | garbage for name, values in likely.items()}) | st.fixed_dictionaries(likely)
unhurried = hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@given(st.fixed_dictionaries({"entries": st.lists(records | garbage, max_size=4)}) | garbage)
@unhurried
def test_nothing_in_the_file_keeps_it_from_being_loaded_judged_and_written_again(content: object) -> None:
    put(content)
    entries = history.load()
    for entry in entries:
        assert math.isfinite(entry.length_s)
        history.standing(entry)
    history.remove([])
    assert history.load() == entries


def test_a_list_that_cannot_be_written_is_said(song: Path) -> None:
    folder = paths.history_file().parent
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    assert history.load() == ()
    with pytest.raises(OutputNotWritableError):
        add(song)


def test_entries_of_many_threads_are_all_kept(tmp_path: Path) -> None:
    def work(name: str) -> None:
        for number in range(10):
            add(tmp_path / f"{name} {number}.mp3")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {f"{name} {number}.mp3" for name in "abc" for number in range(10)}
    assert {Path(entry.song).name for entry in history.load()} == expected


PROGRAM = """
import itertools, sys
from pathlib import Path
from core import history
for number in range(int(sys.argv[2])):
    history.add(Path(f"/songs/{sys.argv[1]} {number} {'x' * 3000}.mp3"), 1, 44100, "builtin", ["vocals"])
    print(number, flush=True)
"""


def start(name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_entries_of_two_programs_are_all_kept() -> None:
    programs = [start(name, 15) for name in "ab"]
    for program in programs:
        program.communicate()
        assert program.returncode == 0
    names = {Path(entry.song).name.partition(" x")[0] for entry in history.load()}
    assert names == {f"{name} {number}" for name in "ab" for number in range(15)}


@pytest.mark.parametrize("after", [1, 3, 8, 13])
def test_a_program_that_is_killed_while_it_writes_loses_nothing_that_it_had_written(after: int) -> None:
    program = start("a", 10**6)
    assert program.stdout is not None
    for _ in range(after):
        program.stdout.readline()
    program.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    program.communicate()
    numbers = [int(Path(entry.song).name.split()[1]) for entry in history.load()]
    assert numbers == list(range(len(numbers)))[::-1]
    assert len(numbers) >= after
    assert not paths.history_file().with_name("history.json.bad").exists()
    history.clear()
    assert list(paths.history_file().parent.glob(".history.json-*")) == []


def test_a_stamp_of_what_is_not_there_is_that_of_no_file(tmp_path: Path) -> None:
    assert history.stamp_of(tmp_path / "nothing") == history.stamp_of("\ud800") == Stamp()
    assert Stamp().files(str(tmp_path / "nothing")) == "missing"
