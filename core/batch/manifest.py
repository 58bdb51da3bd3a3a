"""Lists of songs: CSV or Parquet files with a column ``path``, and for options of single songs."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import IO, Any

from core.batch import remote
from core.errors import ManifestError
from core.files import text_path
from core.recipe import Recipe

ENDINGS = (".csv", ".parquet")
PATH, NAME, MODEL = "path", "name", "model"
COLUMNS = (PATH, NAME, MODEL, *(field for field in Recipe.__struct_fields__ if field != "mix"))

_ROWS = 4096  # of a Parquet file that are in memory at once

Row = Mapping[str, str | int | float | bool]


def rows(source: str) -> Iterator[tuple[int, Row]]:
    """Each line's number, from 1 up, and its values that are there. Raises ManifestError and RemoteError.

    A file of a million lines takes no more memory than one of a few thousand.
    """
    with closing(_file(source)) as file:
        lines = _parquet(source, file) if source.endswith(".parquet") else _csv(source, file)
        for number, row in enumerate(lines, 1):
            yield number, {name: value for name, value in row.items() if value not in (None, "")}


def count(source: str) -> int:
    """How many songs it lists. Raises ManifestError and RemoteError."""
    with closing(_file(source)) as file:
        if not source.endswith(".parquet"):
            return sum(1 for _ in _csv(source, file))
        import pyarrow.parquet as parquet

        return int(parquet.ParquetFile(file).metadata.num_rows)


def _file(source: str) -> IO[bytes]:
    if remote.is_address(source):
        files, path = remote.opened(source)
        with remote.errors(source):
            opened: IO[bytes] = files.open(path, "rb")
            return opened
    try:
        return text_path(source).open("rb")
    except OSError as error:
        raise ManifestError(path=text_path(source), line=1, detail=error.strerror or str(error)) from error


def _csv(source: str, file: IO[bytes]) -> Iterator[dict[str, Any]]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    reader = csv.DictReader(text)
    try:
        _check(source, reader.fieldnames or ())
        for row in reader:
            row.pop(None, None)  # what a line has too much of
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise ManifestError(path=source, line=reader.line_num, detail=str(error)) from error
    finally:
        text.detach()  # the file is its opener's to close


def _parquet(source: str, file: IO[bytes]) -> Iterator[dict[str, Any]]:
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        opened = parquet.ParquetFile(file)
        _check(source, opened.schema_arrow.names)
        for batch in opened.iter_batches(_ROWS):
            yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise ManifestError(path=source, line=1, detail=str(error).splitlines()[0]) from error


def _check(source: str, columns: Any) -> None:
    """A column that is not known would be an option that is not taken."""
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown or PATH not in columns:
        detail = f"the column “{unknown[0]}” is not known" if unknown else f"there is no column “{PATH}”"
        raise ManifestError(path=source, line=1, detail=f"{detail}; there can be: {', '.join(COLUMNS)}")
