"""Names that are safe everywhere, and files that are whole or not there."""

from pathlib import Path

import pytest

from core.files import is_plain_name, write_whole


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("model.index", True),
        (".probe", True),
        ("मेरा मॉडल", True),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("a\\b", False),
        ("C:x", False),
        ("x ", False),
        ("x.", False),
        ("x\0", False),
        ("x\n", False),
        ("con", False),
        ("Nul.txt", False),
        ("COM1", False),
        ("concert", True),
    ],
)
def test_a_plain_name_can_be_a_file_on_every_system(name: str, plain: bool) -> None:
    assert is_plain_name(name) is plain


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
