"""Finds the texts that are to be translated: in the code of the window, and in what core says through it.

In gui/ a text is every literal given to a parameter whose type is ``Source`` or ``Text`` (see gui/i18n.py): those of
``translate``, ``plural``, ``mark`` and ``say``, and of each function or class of gui/ that asks for one.
"""

import ast
import json
from collections.abc import Iterator, Mapping
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
        return found.union(*(self.of(base) for base in self.bases.get(name, []))) if not found else found

    def learn(self, tree: ast.AST) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.bases[node.name] = [name for base in node.bases if (name := _name(base))]
                self._learn_class(node)
            elif isinstance(node, ast.Module):
                for function in filter(_is_function, node.body):
                    self._add(function.name, _places(function, 0))

    def _learn_class(self, node: ast.ClassDef) -> None:
        fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]  # those of a dataclass
        for place, part in enumerate(fields):
            if _is_text(part.annotation) and isinstance(part.target, ast.Name):
                self._add(node.name, {place, part.target.id})
        for function in filter(_is_function, node.body):
            static = any(_name(decorator) == "staticmethod" for decorator in function.decorator_list)
            name = node.name if function.name == "__init__" else function.name
            self._add(name, _places(function, 0 if static else 1))

    def _add(self, name: str, places: Places) -> None:
        if places:
            self.places[name] = self.places.get(name, set()) | places


def texts(root: Path = ROOT) -> dict[str, bool]:
    """{text: whether it has plural forms}, sorted. Raises NotLiteralError."""
    found = {text: False for text in (*_core_texts(root / "core"), *_model_texts(root / "resources" / "models.json"))}
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted((root / "gui").glob("*.py"))}
    shared = _Known()
    for tree in trees.values():
        shared.learn(tree)
    for path, tree in trees.items():
        own = _Known(dict(shared.places), dict(shared.bases))
        private = _Known()
        private.learn(tree)
        own.places.update(private.places)  # what a file has of its own goes before what is called the same elsewhere
        for text, plural in _gui_texts(tree, own, path.name):
            found[text] = found.get(text, False) or plural
    return dict(sorted(found.items()))


def _gui_texts(tree: ast.AST, known: _Known, file: str) -> Iterator[tuple[str, bool]]:
    for called, call in _calls(tree):
        places = set().union(*(known.of(name) for name in called))
        given = [(place, value) for place, value in enumerate(call.args)]
        given += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
        for place, value in given:
            if place in places:
                for text in _literals(value, file):
                    yield text, called == ["plural"]


def _calls(tree: ast.AST, around: ast.ClassDef | None = None) -> Iterator[tuple[list[str], ast.Call]]:
    """All calls with the name of what is called; for ``super().__init__`` those of the bases."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            yield ([_name(base) for base in around.bases] if name == "__init__" and around else [name]), node
        yield from _calls(node, node if isinstance(node, ast.ClassDef) else around)


def _literals(value: ast.expr, file: str) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _literals(value.body, file)
        yield from _literals(value.orelse, file)
    elif isinstance(value, ast.JoinedStr | ast.BinOp):
        raise NotLiteralError(f"{file}:{value.lineno}: “{ast.unparse(value)}” cannot be looked up; put {{names}} into a literal")


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
    return places | {parameter.arg for parameter in [*parameters, *function.args.kwonlyargs] if _is_text(parameter.annotation)}


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, _Function)


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
