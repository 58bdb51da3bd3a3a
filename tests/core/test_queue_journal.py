"""The queue outlives its program, however that ends, and whatever happens to its file."""

import errno
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import paths, queue_journal
from core.errors import AntaraError, FileMissingError, QueueTakenError, QueueUnsavedError
from core.queue import Queue, open_queue
from core.queue_items import Change, Failure, Item, apply
from core.queue_journal import Journal, lines, read
from tests.support import queue_writer

ROOT = Path(__file__).parents[2]
SONGS = [Path(f"/songs/{name}.mp3") for name in "abc"]

Open = Callable[[], Queue]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "queue.jsonl"


@pytest.fixture
def told() -> list[AntaraError | None]:
    return []


@pytest.fixture
def opened(file: Path, told: list[AntaraError | None]) -> Iterator[Open]:
    """Opens the queue of the file, after closing the one before."""
    queues: list[Queue] = []

    def reopen() -> Queue:
        for queue in queues:
            queue.close()
        queues[:] = [Queue(Journal(file, told.append))]
        return queues[0]

    yield reopen
    for queue in queues:
        queue.close()


def test_everything_is_there_at_the_next_start(opened: Open) -> None:
    queue = opened()
    songs = [*SONGS, Path("/गीत/é\n🎵.mp3"), Path(os.fsdecode(b"/caf\xe9.mp3"))]
    queue.add(songs, "builtin")
    for outcome in ("done", "failed"):
        item = queue.take()
        assert item
        if outcome == "done":
            queue.done(item.id, {"vocals": Path("/out") / songs[4].name, "other": Path("/out/o.wav")})
        else:
            queue.failed(item.id, FileMissingError(path=songs[4]))
    queue.set_lengths({3: 12.5})
    queue.move([5], 0)
    before = queue.items
    again = opened()
    assert again.items == before
    assert again.items[0].song == songs[4]
    added = again.add(SONGS)
    assert [item.id for item in added] == [6, 7, 8]


def test_what_was_running_when_the_program_ended_waits_again_and_is_marked(opened: Open) -> None:
    queue = opened()
    queue.add(SONGS)
    queue.take()
    again = opened()
    assert [(item.state, item.interrupted) for item in again.items] == [
        ("waiting", True),
        ("waiting", False),
        ("waiting", False),
    ]
    assert opened().items == again.items


def test_a_thousand_songs_are_one_write(opened: Open, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = opened()
    queue.add(SONGS)
    queue.flush()
    synced: list[int] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), sync(handle)))
    queue.add([Path(f"/songs/{number}.mp3") for number in range(1000)])
    queue.flush()
    assert len(synced) == 1
    assert len(file.read_bytes().splitlines()) == 1003


def test_nobody_waits_for_a_slow_disk_but_who_asks_to(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = opened()
    syncing, ready = threading.Event(), threading.Event()
    monkeypatch.setattr(queue_journal, "write_whole", lambda *arguments, **options: (syncing.set(), ready.wait(30)))
    queue.add(SONGS)
    assert syncing.wait(30)
    item = queue.take()
    assert item
    queue.done(item.id, {})
    assert [item.state for item in queue.items] == ["done", "waiting", "waiting"]
    flushing = threading.Thread(target=queue.flush)
    flushing.start()
    flushing.join(0.05)
    assert flushing.is_alive()
    ready.set()
    flushing.join(30)
    assert not flushing.is_alive()


def test_lengths_alone_do_not_wait_for_the_disk(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = opened()
    queue.add(SONGS)
    queue.flush()
    monkeypatch.setattr(os, "fsync", lambda handle: pytest.fail("synced"))
    queue.set_lengths({1: 2.0})
    queue.flush()
    monkeypatch.undo()
    assert opened().items[0].length_s == 2.0


def test_the_file_is_written_anew_when_most_of_it_is_out_of_date(opened: Open, file: Path) -> None:
    queue = opened()
    queue.add(SONGS)
    for number in range(3000):
        queue.set_lengths({1: float(number)})
        queue.flush()
    assert len(file.read_bytes().splitlines()) < 1100
    assert opened().items[0].length_s == 2999.0


@pytest.mark.parametrize("damage", [b"", b"x", b"00000000 {}", b"\xff\xfe\0"])
def test_a_damaged_line_is_passed_over_with_a_line_in_the_log(
    damage: bytes, opened: Open, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queue = opened()
    queue.add(SONGS)
    queue.close()
    parts = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([parts[0], damage, parts[2], b""]))
    with caplog.at_level(logging.WARNING):
        again = Queue(Journal(file, lambda error: None))
    assert [item.song for item in again.items] == [SONGS[0], SONGS[2]]
    assert "1 of 3 lines of the queue are damaged" in caplog.text
    again.add(SONGS[:1])
    again.close()
    assert read(file.read_bytes()).damaged == 0


def test_a_file_of_a_newer_version_is_read_as_far_as_it_is_understood_and_loses_nothing(
    opened: Open, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir()
    future = [
        b'{"item":{"id":1,"song":"/a.mp3","colour":"red"},"mood":"good"}',
        b'{"item":{"id":2,"song":"/b.mp3","state":"dreaming"}}',
        b'{"spell":"abc"}',
        b'{"item":{"id":3,"song":"/c.mp3","failure":{"code":"tired","parameters":{"of":"life"}},"state":"failed"}}',
    ]
    file.write_text("".join(queue_journal._with_checksum(line) for line in future) + "torn")
    queue = opened()
    assert [item.id for item in queue.items] == [1, 3]
    queue.add(SONGS)
    queue.flush()
    assert b"dreaming" in file.read_bytes()
    assert "torn" not in file.read_text("utf-8")


def test_of_two_programs_one_has_the_file_and_the_other_a_queue_in_memory(file: Path, tmp_path: Path) -> None:
    writer = start_writer(file.parent)
    writer.stdout.readline()
    with pytest.raises(QueueTakenError):
        Journal(file, lambda error: None)
    end(writer)
    Journal(file, lambda error: None).close()


def test_a_second_queue_of_the_same_user_is_in_memory_and_says_so(told: list[AntaraError | None]) -> None:
    first = open_queue(told.append)
    first.add(SONGS)
    assert told == []
    second = open_queue(told.append)
    assert isinstance(told[0], QueueTakenError)
    assert second.items == []
    second.add(SONGS)
    second.flush()
    second.close()
    first.close()
    assert len(read(paths.queue_file().read_bytes()).items) == 3


class FullDisk:
    """Refuses to write as long as it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        for name in ("_append", "_write_whole"):
            self._limit(name, monkeypatch)

    def _limit(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        write = getattr(Journal, name)

        def limited(journal: Journal, *arguments: object) -> None:
            if self.full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            write(journal, *arguments)

        monkeypatch.setattr(Journal, name, limited)


def test_with_a_full_disk_the_queue_goes_on_in_memory_says_so_once_and_is_saved_later(
    opened: Open, told: list[AntaraError | None], monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    disk = FullDisk(monkeypatch)
    queue = opened()
    queue.add(SONGS[:1])
    queue.flush()
    disk.full = True
    queue.add(SONGS[1:])
    queue.flush()
    queue.remove([1])
    queue.flush()
    assert [type(error) for error in told] == [QueueUnsavedError]
    assert len(queue.items) == 2
    disk.full = False
    queue.take()
    queue.flush()
    assert told[1:] == [None]
    assert list(read(file.read_bytes()).items.values()) == queue.items


def test_it_is_tried_again_by_itself_until_there_is_space(opened: Open, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(queue_journal, "_RETRY_S", 0.01)
    disk = FullDisk(monkeypatch)
    queue = opened()
    disk.full = True
    queue.add(SONGS)
    queue.flush()
    saved = threading.Event()
    write = Journal._write_whole
    monkeypatch.setattr(Journal, "_write_whole", lambda journal: (write(journal), saved.set()))
    disk.full = False
    assert saved.wait(30)
    assert len(read(file.read_bytes()).items) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_really_full_disk_is_told(file: Path, told: list[AntaraError | None]) -> None:
    file.parent.mkdir()
    file.symlink_to("/dev/full")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue_journal, "read_small", lambda path, largest: b"")
        journal = Journal(file, told.append)
    journal.add(Change(tuple(Item(number, song) for number, song in enumerate(SONGS))))
    journal.flush()
    assert isinstance(told[0], QueueUnsavedError)
    assert told[0].parameters["reason"] == os.strerror(errno.ENOSPC)
    journal.close()


def test_a_file_that_someone_removes_is_written_whole_again(opened: Open, file: Path) -> None:
    queue = opened()
    queue.add(SONGS)
    queue.flush()
    file.unlink()
    queue.cancel([2])
    assert [item.state for item in opened().items] == ["waiting", "cancelled", "waiting"]


def test_a_folder_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(QueueUnsavedError):
        Journal(tmp_path / "file" / "queue.jsonl", lambda error: None)


paths_ = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name).map(os.fsdecode).map(Path)
failures = st.builds(
    Failure,
    st.sampled_from(["file_missing", "unexpected"]),
    st.dictionaries(st.text(max_size=4), st.text(max_size=4) | st.integers(-9, 9), max_size=2),
)
items_ = st.builds(
    Item,
    id=st.integers(1, 6),
    song=paths_,
    model=st.none() | st.text(max_size=5),
    state=st.sampled_from(["waiting", "running", "done", "failed", "cancelled"]),
    interrupted=st.booleans(),
    failure=st.none() | failures,
    length_s=st.none() | st.floats(0, 1e6),
    files=st.dictionaries(st.text(max_size=4), paths_, max_size=2),
    added=st.floats(0, 2e9),
    finished=st.none() | st.floats(0, 2e9),
)
changes_ = st.builds(
    Change,
    st.lists(items_, max_size=3).map(tuple),
    st.lists(st.integers(1, 6), max_size=2).map(tuple),
    st.none() | st.lists(st.integers(1, 6), max_size=6).map(tuple),
)


@given(st.lists(changes_, max_size=6))
def test_what_is_written_is_read(changes: list[Change]) -> None:
    expected: dict[int, Item] = {}
    for change in changes:
        apply(change, expected)
    contents = read("".join(line for change in changes for line in lines(change)).encode())
    assert list(contents.items.items()) == list(expected.items())
    assert contents.whole
    assert contents.damaged == 0
    assert contents.strange == []


@given(st.lists(changes_, min_size=1, max_size=4), st.data())
def test_a_file_cut_off_anywhere_holds_all_lines_before_the_cut(changes: list[Change], data: st.DataObject) -> None:
    all_lines = [line.encode() for change in changes for line in lines(change)]
    whole = b"".join(all_lines)
    cut = data.draw(st.integers(0, len(whole)))
    complete, rest = [], whole[:cut]
    for line in all_lines:
        if len(line.rstrip(b"\n")) <= len(rest):
            complete.append(line)
        rest = rest[len(line) :]
    contents = read(whole[:cut])
    assert contents.items == read(b"".join(complete)).items
    assert contents.whole == (not whole[:cut] or whole[:cut].endswith(b"\n"))


def test_after_a_cut_at_any_byte_the_queue_goes_on_without_losing_what_it_had(tmp_path: Path) -> None:
    whole = "".join(lines(Change(tuple(Item(number, song) for number, song in enumerate(SONGS, 1))))).encode()
    for cut in range(len(whole) + 1):
        file = tmp_path / f"{cut}.jsonl"
        file.write_bytes(whole[:cut])
        queue = Queue(Journal(file, lambda error: None))
        before = queue.items
        queue.add([Path("/new.mp3")])
        queue.close()
        assert list(read(file.read_bytes()).items.values())[: len(before)] == before
        assert read(file.read_bytes()).items[len(before) + 1].song == Path("/new.mp3")


def start_writer(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.queue_writer", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def end(writer: subprocess.Popen[str]) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert writer.stdout
    writer.stdout.close()


def test_what_was_on_the_disk_is_there_after_a_kill_at_any_moment(tmp_path: Path) -> None:
    known = 0
    for count in (1, 2, 90, 3, 1, 200, 5, 7, 31, 150, 1, 60, 11, 2, 77, 4):
        writer = start_writer(tmp_path)
        assert writer.stdout
        for _ in range(count):
            number = int(writer.stdout.readline())
        end(writer)
        contents = read((tmp_path / "queue.jsonl").read_bytes())
        assert contents.damaged <= 1
        assert contents.strange == []
        assert len(contents.items) >= known + number
        for item in contents.items.values():
            wanted = {"vocals": Path(f"/out/{item.song.stem}/vocals.wav")} if item.state == "done" else {}
            assert item.files == wanted
        added = [item.song for item_id, item in sorted(contents.items.items()) if item_id > known]
        assert added == [queue_writer.song(index) for index in range(1, len(added) + 1)]
        known = len(contents.items)


def test_what_a_killed_program_left_beside_the_file_is_removed(file: Path) -> None:
    file.parent.mkdir()
    (file.parent / ".queue.jsonl-abc").touch()
    Journal(file, lambda error: None).close()
    assert {path.name for path in file.parent.iterdir()} <= {"queue.lock"}
