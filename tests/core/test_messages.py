"""Every error and every notice has a sentence, and the drawn tree of errors is the real one."""

import ast
import errno
import os
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import core
from core import errors
from core.errors import AntaraError
from core.messages import SENTENCES, Notice, fill, printable, sentence

CORE = Path(core.__path__[0])


def subclasses(kind: type[AntaraError]) -> Iterator[type[AntaraError]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


CLASSES = list(subclasses(AntaraError))
RAISED = [kind for kind in CLASSES if kind.code]


def example(field: str) -> object:
    if field == "path":
        return Path("folder") / "song.mp3"
    return 12.34 if field.endswith("_s") else f"the {field}"


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def notices() -> Iterator[tuple[str, ast.expr | None]]:
    """The code and the parameters of each ``Notice(…)`` in the source of core."""
    for path in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Notice":
                assert isinstance(node.args[0], ast.Constant | ast.Name | ast.IfExp), ast.unparse(node)
                parameters = node.args[1] if len(node.args) > 1 else None
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, parameters


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_with_its_own_fields(kind: type[AntaraError]) -> None:
    error = kind(**{field: example(field) for field in kind.fields})
    assert fields_of(SENTENCES[kind.code]) <= set(kind.fields)
    text = sentence(error)
    assert text.endswith(".")
    assert "{" not in text
    assert "\n" not in text
    if "path" in kind.fields:
        assert "“song.mp3”" in text


def test_classes_that_are_raised_have_codes_of_their_own_and_only_leaves_are_raised() -> None:
    assert len({kind.code for kind in RAISED}) == len(RAISED)
    for kind in CLASSES:
        assert bool(kind.code) == (not kind.__subclasses__()), kind


def test_every_notice_in_core_has_a_sentence_with_its_parameters() -> None:
    found = list(notices())
    assert {code for code, _ in found} >= {"gpu_memory_full", "gpu_failed"}
    for code, parameters in found:
        given = (
            {key.value for key in parameters.keys if isinstance(key, ast.Constant)}
            if isinstance(parameters, ast.Dict)
            else set()
        )
        assert fields_of(SENTENCES[code]) <= given, code


def test_every_sentence_belongs_to_an_error_or_appears_in_the_source() -> None:
    source = "\n".join(path.read_text("utf-8") for path in CORE.rglob("*.py") if path.name != "messages.py")
    codes = {kind.code for kind in RAISED}
    unused = {code for code in SENTENCES if code not in codes and f'"{code}"' not in source}
    assert unused == set()


def drawn_tree() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """{class: (parent, code, fields)} as the docstring of core.errors draws it."""
    drawn: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    branch = [""]
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"    ([│ ├└─]*)(\w+Error)\s*(.*)", line)
        if not match:
            continue
        depth, name, rest = len(match[1]) // 4, match[2], match[3].strip()
        kind = getattr(errors, name)
        code, _, fields = rest.partition(" ") if kind.code else ("", "", "")
        branch[depth:] = [name]
        names = tuple(field.strip() for field in fields.split(",") if field.strip())
        drawn[name] = (branch[depth - 1] if depth else "Exception", code, names)
    return drawn


def test_the_drawn_tree_is_the_real_one() -> None:
    real = {kind.__name__: (kind.__bases__[0].__name__, kind.code, kind.fields) for kind in [AntaraError, *CLASSES]}
    assert drawn_tree() == real


def test_an_error_takes_exactly_its_fields() -> None:
    for parameters in ({}, {"path": Path(), "reason": ""}):
        with pytest.raises(TypeError, match="FileMissingError"):
            errors.FileMissingError(**parameters)
    assert str(errors.NoBf16Error(engine="TensorFlow")) == "no_bf16(engine=TensorFlow)"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_full_quota_are_a_full_disk(number: int) -> None:
    assert isinstance(errors.output_error(Path("x"), OSError(number, "")), errors.DiskFullError)


def test_other_errors_of_the_system_keep_their_reason() -> None:
    error = errors.output_error(Path("x"), PermissionError(errno.EACCES, "Permission denied"))
    assert isinstance(error, errors.OutputNotWritableError)
    assert error.parameters == {"path": "x", "reason": "Permission denied"}


def test_a_path_is_shown_by_its_name_and_undecodable_bytes_are_replaced() -> None:
    error = errors.FileMissingError(path=Path("folder") / os.fsdecode(b"caf\xe9 \xe0\xa4\x85.mp3"))
    assert sentence(error) == "“caf? अ.mp3” is not there; check the name.".replace("?", printable("\udce9"))
    sentence(error).encode("utf-8")


def test_a_path_without_a_name_is_shown_whole() -> None:
    assert fill("{path}", {"path": Path("/")}) == str(Path("/"))


def test_braces_in_a_name_are_not_filled_in() -> None:
    assert sentence(errors.FileMissingError(path=Path("{path} {0}.mp3"))).startswith("“{path} {0}.mp3” is")


def test_a_notice_is_filled_in_like_an_error() -> None:
    assert sentence(Notice("runs_on_cpu_chosen", {"engine": "TensorFlow"})) == "Runs on the CPU with TensorFlow, as chosen."
