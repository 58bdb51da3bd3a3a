"""Writes docs/errors.md: every error and every notice by its code, in English and in Hindi. Run it by

    .venv/bin/python -m docs.make_errors

It is made of the tree in core/errors.py, the sentences in core/messages.py, the window's own in gui/messages.py and their
translations in resources/i18n/antara_hi.ts; a test holds the file to them.
"""

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.errors import AntaraError
from core.messages import SENTENCES
from gui.messages import WINDOW_SENTENCES
from resources.i18n import update

TARGET = Path(__file__).resolve().parent / "errors.md"

_HEAD = """# Errors and notices

What Antara says when something goes wrong, by its code: the code and the parameters are in the log (`code(name=value, …)`)
and in a support bundle, the sentence is what the command line prints and the window shows. Each sentence says what happened
and what to do. Where the window has another way out than the command line, its sentence stands below the other one.

Of a `{path}` only the name is shown; `{detail}`, `{reason}` and `{status}` are what the system or a library says.
This file is generated: `.venv/bin/python -m docs.make_errors`.
"""

_COLUMNS = "| code | when | English | हिन्दी |\n| --- | --- | --- | --- |\n"


def text() -> str:
    """The whole file."""
    hindi = translations(update.FOLDER / "antara_hi.ts")
    parts = [_HEAD]
    for family, kinds in families():
        parts.append(f"## {family.__name__}\n\n{inspect.getdoc(family)}\n")
        parts.append(_COLUMNS + "".join(_row(kind.code, _when(kind), hindi) for kind in kinds))
    parts.append("## Notices\n\nThey stop nothing.\n")
    errors = {kind.code for _, kinds in families() for kind in kinds}
    parts.append(_COLUMNS + "".join(_row(code, "", hindi) for code in SENTENCES if code not in errors))
    return "\n".join(parts)


def families() -> Iterator[tuple[type[AntaraError], list[type[AntaraError]]]]:
    """The kinds of errors that have others below them, and these; first those that stand by themselves."""
    kinds = AntaraError.__subclasses__()
    yield AntaraError, [kind for kind in kinds if kind.code]
    yield from ((kind, kind.__subclasses__()) for kind in kinds if not kind.code)


def translations(file: Path) -> Mapping[str, str]:
    """Each text and what it is in the language of a translation."""
    return {message.source: message.forms[0] for message in update.read(file) if not message.vanished and not message.plural}


def _when(kind: type[AntaraError]) -> str:
    """What its docstring says; the sentence says enough where there is none."""
    return " ".join((kind.__doc__ or "").split())


def _row(code: str, when: str, hindi: Mapping[str, str]) -> str:
    sentences = [SENTENCES[code], *([WINDOW_SENTENCES[code]] if code in WINDOW_SENTENCES else [])]
    cells = (f"`{code}`", when, "<br>".join(sentences), "<br>".join(hindi[sentence] for sentence in sentences))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def main() -> None:
    TARGET.write_text(text(), "utf-8")
    sys.stdout.write(f"{TARGET} is written\n")


if __name__ == "__main__":
    main()
