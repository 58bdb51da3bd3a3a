"""The queue in memory: what can be asked of it, and what it tells."""

import threading
from pathlib import Path

import pytest

from core.errors import FileMissingError, TruncatedError
from core.messages import sentence
from core.queue import Queue
from core.queue_items import Change, Failure, Item, apply, moved

SONGS = [Path(f"/songs/{name}.mp3") for name in "abcde"]


@pytest.fixture
def queue() -> Queue:
    queue = Queue()
    queue.add(SONGS)
    return queue


def names(queue: Queue) -> str:
    return "".join(item.song.stem for item in queue.items)


def ids(queue: Queue, which: str) -> list[int]:
    return [item.id for item in queue.items if item.song.stem in which]


def states(queue: Queue) -> dict[str, str]:
    return {item.song.stem: item.state for item in queue.items}


def run(queue: Queue, error: FileMissingError | None = None) -> Item:
    item = queue.take()
    assert item
    if error:
        queue.failed(item.id, error)
    else:
        queue.done(item.id, {"vocals": Path(f"/out/{item.song.stem}/vocals.wav")})
    return item


def test_songs_are_handed_out_in_their_order_each_once(queue: Queue) -> None:
    taken = [queue.take() for _ in range(6)]
    assert [item and item.song for item in taken] == [*SONGS, None]
    assert set(states(queue).values()) == {"running"}


def test_many_songs_are_added_at_once(queue: Queue) -> None:
    changes: list[Change] = []
    queue.listen(changes.append)
    added = queue.add(SONGS * 200, "builtin")
    assert [change.items for change in changes] == [tuple(added)]
    assert len({item.id for item in queue.items}) == len(queue.items) == 1005
    assert {item.model for item in added} == {"builtin"}
    assert all(item.added > 0 and item.finished is None for item in added)


@pytest.mark.parametrize(
    ("chosen", "index", "expected"),
    [("a", 5, "bcdea"), ("e", 0, "eabcd"), ("bd", 0, "bdace"), ("bd", 3, "acbde"), ("ac", 9, "bdeac"), ("c", 2, "abcde")],
)
def test_songs_are_moved_in_front_of_a_place(queue: Queue, chosen: str, index: int, expected: str) -> None:
    queue.move(ids(queue, chosen), index)
    assert names(queue) == expected


def test_what_is_added_after_a_move_comes_last(queue: Queue) -> None:
    queue.move(ids(queue, "e"), 0)
    queue.add([Path("/songs/f.mp3")])
    assert names(queue) == "eabcdf"


def test_a_song_that_was_cancelled_while_it_waited_is_never_handed_out(queue: Queue) -> None:
    queue.cancel(ids(queue, "ac"))
    assert [item.song.stem for item in iter(queue.take, None)] == ["b", "d", "e"]
    assert states(queue)["a"] == "cancelled"


def test_what_runs_is_neither_removed_nor_cancelled_from_outside(queue: Queue) -> None:
    running = queue.take()
    assert running
    queue.remove(ids(queue, "abc"))
    queue.cancel([running.id])
    assert states(queue) == {"a": "running", "d": "waiting", "e": "waiting"}


def test_what_failed_or_was_cancelled_waits_again_where_it_was(queue: Queue) -> None:
    run(queue, FileMissingError(path=SONGS[0]))
    queue.cancel(ids(queue, "b"))
    queue.retry_failed()
    assert states(queue)["a"] == "waiting"
    assert states(queue)["b"] == "cancelled"
    queue.retry(ids(queue, "bc"))
    first = queue.items[0]
    assert first.failure is None
    assert first.finished is None
    assert names(queue) == "abcde"
    assert set(states(queue).values()) == {"waiting"}


def test_what_is_done_knows_its_files_and_can_be_cleared(queue: Queue) -> None:
    run(queue)
    run(queue, FileMissingError(path=SONGS[1]))
    item = queue.items[0]
    assert item.files == {"vocals": Path("/out/a/vocals.wav")}
    assert item.finished is not None
    assert item.finished >= item.added
    queue.clear_done()
    assert names(queue) == "bcde"


def test_the_model_is_changed_of_those_that_wait_only(queue: Queue) -> None:
    run(queue)
    queue.set_model(ids(queue, "ab"), "4stems")
    assert [item.model for item in queue.items] == [None, "4stems", None, None, None]


def test_the_same_outcome_told_late_changes_nothing(queue: Queue) -> None:
    item = run(queue)
    queue.failed(item.id, FileMissingError(path=item.song))
    queue.cancelled(item.id)
    queue.cancelled(999)
    assert queue.items[0].state == "done"


def test_what_was_cancelled_because_the_program_ends_waits_for_the_next_start(queue: Queue) -> None:
    item = queue.take()
    assert item
    queue.cancelled(item.id)
    queue.interrupt([item.id])
    again = queue.take()
    assert again
    assert again.id == item.id
    assert not again.interrupted


def test_a_failure_is_said_in_the_sentence_of_its_error() -> None:
    error = TruncatedError(path=Path("/songs/{a}.mp3"), found_s=12.3, declared_s=20.0)
    assert sentence(Failure.of(error).notice()) == sentence(error)
    assert sentence(Failure("of the future", {}).notice()).startswith("Something went wrong")
    assert "truncated" in sentence(Failure("truncated", {"path": "x", "found_s": "y", "declared_s": 1}).notice())


def test_those_who_listen_can_follow_every_change(queue: Queue) -> None:
    seen = {item.id: item for item in queue.listen(lambda change: apply(change, seen))}
    queue.add(SONGS[:2])
    queue.move(ids(queue, "e"), 1)
    queue.set_lengths({queue.items[0].id: 3.5, 999: 1.0})
    run(queue)
    run(queue, FileMissingError(path=SONGS[1]))
    queue.clear_done()
    queue.remove(ids(queue, "c"))
    assert list(seen.values()) == queue.items
    assert seen


def test_nothing_is_told_when_nothing_changed(queue: Queue) -> None:
    changes: list[Change] = []
    queue.listen(changes.append)
    queue.retry_failed()
    queue.clear_done()
    queue.move(ids(queue, "c"), 2)
    queue.move([], 0)
    queue.add([])
    queue.set_lengths({})
    assert changes == []
    queue.unlisten(changes.append)
    run(queue)
    assert changes == []


def test_many_threads_can_use_it_at_once() -> None:
    queue = Queue()
    taken: list[int] = []

    def work() -> None:
        for song in SONGS * 20:
            queue.add([song])
            item = queue.take()
            if item:
                taken.append(item.id)
                queue.done(item.id, {})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [item.id for item in queue.items] == list(range(1, 401))
    assert {item.state for item in queue.items} == {"done"}


def test_ids_in_an_order_that_is_out_of_date_lose_nothing() -> None:
    items = {number: Item(number, Path(str(number))) for number in (1, 2, 3)}
    apply(Change(order=(3, 9, 3, 1)), items)
    assert list(items) == [3, 1, 2]
    assert moved([1, 2, 3], [9], 1) == [1, 2, 3]
