"""Files that are whole or not there."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files import path_text, text_path, write_whole


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_any_path_can_be_written_as_text_and_read_again(name: bytes) -> None:
    path = Path(os.fsdecode(name))
    text = path_text(path)
    text.encode()
    assert text_path(text) == path


@pytest.mark.parametrize("text", ["a\0b", "\0!", "\0AA==", "\0a"])
def test_text_that_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        text_path(text)
