"""Which songs are found, in which order, and what their folders are called."""

from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from core.batch import sources
from core.batch.sources import Entry
from core.cancel import CancelToken
from core.errors import ImpossibleFormatError, ManifestError, SourceError
from core.recipe import Recipe


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Songs (empty files: none is opened), and what is none."""
    for name in ("10 b.mp3", "2 a.mp3", "cover.jpg", "sub/x.flac", "sub/deep/x.wav", ".hidden.mp3"):
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "music"


def found(*given: object) -> list[Entry]:
    return list(sources.entries(map(str, given), CancelToken()))


def test_a_folder_gives_its_songs_in_natural_order_named_by_their_place_in_it(tree: Path) -> None:
    entries = found(tree)
    assert [entry.name for entry in entries] == ["2 a", "10 b", "sub/x", "sub/deep/x"]
    assert [entry.source for entry in entries][:2] == [str(tree / "2 a.mp3"), str(tree / "10 b.mp3")]
    assert sources.count([str(tree)], CancelToken()) == 4


def test_a_pattern_gives_what_it_stands_for_named_from_its_fixed_part_on(tree: Path) -> None:
    assert [entry.name for entry in found(f"{tree}/**/*.*")] == ["2 a", "10 b", "sub/deep/x", "sub/x"]
    assert [entry.name for entry in found(f"{tree}/s*")] == ["sub/x", "sub/deep/x"]


def test_a_song_is_taken_whether_it_is_there_or_not_but_not_an_empty_folder(tree: Path, tmp_path: Path) -> None:
    assert [entry.name for entry in found(tree / "gone.mp3", f"file://{tree}/2 a.mp3")] == ["gone", "2 a"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError):
        found(tmp_path / "empty")


def test_names_are_such_that_every_system_allows_them(tmp_path: Path) -> None:
    path = tmp_path / "What? .." / f"{'x' * 240}.mp3"
    path.parent.mkdir()
    path.touch()
    folder, name = found(tmp_path)[0].name.split("/")
    assert folder == "What_"
    assert len(name) < 240


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_list_has_a_song_in_each_line_with_options_of_its_own(tmp_path: Path, kind: str) -> None:
    columns = {"path": ["a.mp3", "/x/b.mp3", "s3://bucket/c.mp3"], "model": ["builtin", "", None]}
    columns |= {"name": [None, "Best of/B", None], "codec": ["flac", None, None], "duration": ["2.5", None, None]}
    path = tmp_path / f"songs.{kind}"
    if kind == "csv":
        lines = [",".join(columns), *(",".join(value or "" for value in row) for row in zip(*columns.values(), strict=True))]
        path.write_text("\n".join(lines), "utf-8-sig")
    else:
        parquet.write_table(pyarrow.table(columns), path)
    first, second, third = found(path)
    assert (first.source, first.name, first.model) == (str(tmp_path / "a.mp3"), "a", "builtin")
    assert first.recipe(Recipe(depth="24", bitrate="192k")) == Recipe(codec="flac", duration=2.5, depth="24", bitrate="192k")
    assert (second.source, second.name, second.model) == ("/x/b.mp3", "Best of/B", None)
    assert (third.source, third.name) == ("s3://bucket/c.mp3", "c")
    assert sources.count([str(path)], CancelToken()) == 3


def test_a_wrong_line_of_a_list_is_that_songs_problem_alone(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("path,mode,vbr,codec\na.mp3,loud,,\n,,,\nb.mp3,full,11,mp3\nc.mp3,,,\n")
    entries = found(path)
    problems = [entry.problem for entry in entries]
    assert [type(problem) for problem in problems] == [ManifestError, ManifestError, ImpossibleFormatError, type(None)]
    assert problems[0] is not None
    assert problems[0].parameters["line"] == 1
    assert len({entry.source for entry in entries}) == 4


@pytest.mark.parametrize("text", ["path,modle\na.mp3,2stems\n", "file\na.mp3\n", "path\n\xff\xfe\n"])
def test_a_list_whose_columns_or_characters_are_not_known_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "songs.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ManifestError):
        found(path)
