"""What Antara keeps for itself may have been written by anyone: it is read in bounded memory, and never lost for good."""

import json
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from core import history, paths, queue_journal, settings
from core.messages import printable
from core.models import tf_checkpoint
from core.queue import Queue
from core.queue_journal import Journal
from core.settings import Settings

MOST_MEMORY = 150_000_000
TURNED = "song\u202e3pm.exe"


def sparse(path: Path) -> Path:
    """A terabyte of zeros."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(1 << 40)
    return path


def in_bounded_memory(act: Callable[[], object]) -> object:
    tracemalloc.start()
    try:
        result = act()
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
        return result
    finally:
        tracemalloc.stop()


def test_settings_and_history_without_end_are_set_aside() -> None:
    for file, load, empty in (
        (paths.settings_file(), settings.load, Settings()),
        (paths.history_file(), history.load, ()),
    ):
        sparse(file)
        assert in_bounded_memory(load) == empty
        assert not file.exists()
        assert file.with_name(f"{file.name}.bad").stat().st_size == 1 << 40


def test_a_queue_without_end_is_set_aside_and_a_new_one_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_journal, "_LARGEST", 1_000_000)
    file = sparse(tmp_path / "queue.jsonl")
    queue = Queue(Journal(file, lambda error: None))
    assert queue.items == []
    queue.add([Path("/a.mp3")])
    queue.close()
    assert file.stat().st_size < 1000
    assert (tmp_path / "queue.jsonl.bad").stat().st_size == 1 << 40


def line(text: str) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text.encode()), text.encode())


@pytest.mark.parametrize(
    "item",
    [
        '{"id":9223372036854775807,"song":"/x"}',
        '{"id":-1,"song":"/x"}',
        '{"id":1e3,"song":"/x"}',
        '{"id":2,"song":"/x","length_s":1e308}',
        '{"id":2,"song":"/x","length_s":-1}',
        '{"id":2,"song":"/x","added":1e300}',
        '{"id":2,"song":"/x","added":NaN}',
        '{"id":2,"song":"/x","finished":1e999}',
        '{"id":2,"song":"/x\\u0000y"}',
        '{"id":2,"song":["/x"]}',
        '{"id":2,"song":"/x","state":"rooted"}',
        '{"id":2,"song":"/x","files":{"vocals":7}}',
        '{"id":2,"song":"/x","failure":{"code":["a"]}}',
        '{"id":2,"song":"/x","failure":' * 500 + "0" + "}" * 500,
        '{"id":2,"song":' + "[" * 100_000,
    ],
    ids=range(15),
)
def test_an_item_of_the_queue_that_makes_no_sense_takes_no_other_with_it(item: str, tmp_path: Path) -> None:
    good = '{"item":{"id":1,"song":"/a.mp3"}}'
    (tmp_path / "queue.jsonl").write_bytes(line(good) + line(f'{{"item":{item}}}'))
    queue = Queue(Journal(tmp_path / "queue.jsonl", lambda error: None))
    assert [item.id for item in queue.items] == [1]
    assert [item.id for item in queue.add([Path("/b.mp3")])] == [2]
    queue.close()


def test_a_failure_in_the_queue_says_nothing_of_its_own() -> None:
    """Its sentence is the program's; what is filled in is text, on one line, in its own order."""
    for code, parameters in (
        ("file_missing", {"path": f"<b>a</b>\n{TURNED}"}),
        ("file_missing", {"path.__class__": "x"}),
        ("{path.__class__}", {"path": "x"}),
        ("truncated", {"path": "x", "found_s": "{0.__class__}", "declared_s": "1"}),
    ):
        text = json.dumps({"item": {"id": 1, "song": "/x", "failure": {"code": code, "parameters": parameters}}})
        (item,) = queue_journal.read(line(text)).items.values()
        assert item.failure
        notice = item.failure.notice()
        said = printable(str(notice.parameters))
        assert notice.code in ("file_missing", "unexpected")
        assert "class '" not in said
        assert "\u202e" not in said


@pytest.mark.parametrize(
    "character", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\0\x1b\x7f\x85\n\udc80"
)
def test_what_would_turn_or_break_a_line_is_not_shown(character: str) -> None:
    assert printable(f"a{character}b") == "a�b"


def test_what_languages_need_is_shown() -> None:
    text = "कर्‍म क्‌ष עברית\u200f العربية\u200e é 👩‍👩‍👧 ¡"
    assert printable(text) == text


def test_a_name_that_leads_elsewhere_is_only_a_name(tmp_path: Path) -> None:
    """Of the path that a checkpoint's file ``checkpoint`` names only the last part counts."""
    for name in ("/etc/passwd", "..\\\\..\\\\passwd", "../../passwd", "\\057etc\\057passwd"):
        (tmp_path / "checkpoint").write_text(f'model_checkpoint_path: "{name}"\n')
        assert tf_checkpoint.latest(tmp_path) == tmp_path / "passwd"
