"""Finds the texts that are to be translated: in the code of the window, and in what core says through it.

In gui/ a text is every literal given to a parameter whose type is ``Source`` or ``Text`` (see gui/i18n.py): those of
``translate``, ``plural``, ``mark`` and ``say``, and of each function or class of gui/ that asks for one. A variable that is
given stands for the literals that the same function assigns to it.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_TYPES = ("Source", "Text")
_CORE_TABLES = ("SENTENCES", "STEM_NAMES")

_Function = ast.FunctionDef | ast.AsyncFunctionDef
Places = set[int | str]  # positions and names of parameters


class NotLiteralError(Exception):
    """Something that only exists when the program runs is where a literal should be."""


@dataclass
class _Known:
    """Which parameters of what is called so are texts; for a class, of its construction."""

    places: dict[str, Places] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)

    def of(self, name: str) -> Places:
        found = self.places.get(name, set())
        for base in [] if found else self.bases.get(name, []):
            found = found | self.of(base)
        return found

    def learn(self, tree: ast.AST) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.bases[node.name] = [name for base in node.bases if (name := _name(base)) != node.name]
                self._learn_class(node)
            elif isinstance(node, ast.Module | _Function):
                for function in _functions(node.body):
                    self._add(function.name, _places(function, 0))

    def _learn_class(self, node: ast.ClassDef) -> None:
        fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]  # those of a dataclass
        for place, part in enumerate(fields):
            if _is_text(part.annotation) and isinstance(part.target, ast.Name):
                self._add(node.name, {place, part.target.id})
        for function in _functions(node.body):
            static = any(_name(decorator) == "staticmethod" for decorator in function.decorator_list)
            name = node.name if function.name == "__init__" else function.name
            self._add(name, _places(function, 0 if static else 1))

    def _add(self, name: str, places: Places) -> None:
        if places:
            self.places[name] = self.places.get(name, set()) | places


def texts(root: Path = ROOT) -> dict[str, bool]:
    """{text: whether it has plural forms}, sorted. Raises NotLiteralError."""
    found = dict.fromkeys((*_core_texts(root / "core"), *_model_texts(root / "resources" / "models.json")), False)
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted((root / "gui").glob("*.py"))}
    shared = _Known()
    for tree in trees.values():
        shared.learn(tree)
    for path, tree in trees.items():
        own = _Known()
        own.learn(tree)
        public = {name: places for name, places in shared.places.items() if not name.startswith("_")}
        known = _Known(public | own.places, shared.bases | own.bases)
        for text, plural in _gui_texts(tree, known, path.name):
            found[text] = found.get(text, False) or plural
    return dict(sorted(found.items()))


def _gui_texts(tree: ast.AST, known: _Known, file: str) -> Iterator[tuple[str, bool]]:
    for called, call, scope in _calls(tree, tree):
        places = set().union(*(known.of(name) for name in called))
        given: list[tuple[int | str, ast.expr]] = [(place, value) for place, value in enumerate(call.args)]
        given += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
        for place, value in given:
            if place in places:
                for text in _assigned(value.id, scope) if isinstance(value, ast.Name) else _literals(value, file):
                    yield text, called == ["plural"]


def _calls(
    tree: ast.AST, scope: ast.AST, around: ast.ClassDef | None = None
) -> Iterator[tuple[list[str], ast.Call, ast.AST]]:
    """All calls, each with the name of what is called (for ``super().__init__`` those of the bases) and its function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            yield ([_name(base) for base in around.bases] if name == "__init__" and around else [name]), node, scope
        inner = node if isinstance(node, _Function) else scope
        yield from _calls(node, inner, node if isinstance(node, ast.ClassDef) else around)


def _assigned(name: str, scope: ast.AST) -> Iterator[str]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets):
            yield from filter(None, map(_string, _branches(node.value)))


def _literals(value: ast.expr, file: str) -> Iterator[str]:
    for part in _branches(value):
        if isinstance(part, ast.JoinedStr | ast.BinOp):
            raise NotLiteralError(f"{file}:{part.lineno}: {ast.unparse(part)} cannot be looked up: it is no literal")
        if text := _string(part):
            yield text


def _branches(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.IfExp):
        yield from _branches(value.body)
        yield from _branches(value.orelse)
    else:
        yield value


def _string(value: ast.expr) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _core_texts(folder: Path) -> Iterator[str]:
    """The sentences and names of core/messages.py, and the details that errors come with where these are fixed."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "detail" and isinstance(node.value, ast.Constant):
                yield str(node.value.value)
            elif isinstance(node, ast.AnnAssign) and _name(node.target) in _CORE_TABLES and isinstance(node.value, ast.Dict):
                yield from (text for value in node.value.values for text in _literals(value, path.name))


def _model_texts(catalogue: Path) -> Iterator[str]:
    """What the catalogue of the models says of their quality."""
    for model in json.loads(catalogue.read_text("utf-8"))["models"]:
        quality: Mapping[str, str] = model.get("quality") or {}
        yield from (quality[name] for name in ("measured_on", "source") if name in quality)


def _places(function: _Function, skip: int) -> Places:
    parameters = [*function.args.posonlyargs, *function.args.args][skip:]
    places: Places = {place for place, parameter in enumerate(parameters) if _is_text(parameter.annotation)}
    return places | {
        parameter.arg for parameter in [*parameters, *function.args.kwonlyargs] if _is_text(parameter.annotation)
    }


def _functions(body: Iterable[ast.stmt]) -> Iterator[_Function]:
    return (node for node in body if isinstance(node, _Function))


def _is_text(annotation: ast.expr | None) -> bool:
    return annotation is not None and any(_name(part) in _TYPES for part in _alternatives(annotation))


def _alternatives(annotation: ast.expr) -> Iterator[ast.expr]:
    if isinstance(annotation, ast.BinOp):
        yield from _alternatives(annotation.left)
        yield from _alternatives(annotation.right)
    else:
        yield annotation


def _name(node: ast.expr) -> str:
    """The last part of a name; nothing for what has none."""
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
