"""Nothing that the program reads is run: no pickles, no code made of text, no shell."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = [
    ROOT / "main.py",
    *(path for part in ("core", "gui", "resources") for path in sorted((ROOT / part).rglob("*.py"))),
]

MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "jsonpickle",
    "code",
    "codeop",
}
CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
METHODS = {("os", "system"), ("os", "popen"), ("yaml", "load"), ("yaml", "unsafe_load"), ("yaml", "full_load")}
METHODS |= {("torch.hub", "load"), ("subprocess", "getoutput"), ("subprocess", "getstatusoutput")}

# Reading Demucs' weights meets the errors of PyTorch's own reader, which are pickle's; nothing of pickle's is called.
ALLOWED = {("core/models/bag_files.py", "import pickle")}


def findings(tree: ast.AST) -> Iterator[str]:
    """What of the code could run what it reads."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (f"import {alias.name}" for alias in names if alias.name.split(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in MODULES:
                yield f"import {module}"
            case ast.Call():
                yield from _calls(node)


def _calls(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    owner, _, method = name.rpartition(".")
    if name in CALLS or (owner, method) in METHODS:
        yield name
    if owner == "pickle":
        yield name
    if given.get("shell", "False") != "False":
        yield "shell"
    if name in ("np.load", "numpy.load") and given.get("allow_pickle") != "False":
        yield "np.load without allow_pickle=False"
    if method == "read_array" and given.get("allow_pickle") != "False":
        yield "read_array without allow_pickle=False"
    if name in ("torch.load", "load") and owner == "torch" and given.get("weights_only") != "True":
        yield "torch.load without weights_only=True"


def test_nothing_that_is_read_is_run() -> None:
    found = set()
    for path in PRODUCT:
        name = path.relative_to(ROOT).as_posix()
        found |= {(name, finding) for finding in findings(ast.parse(path.read_text("utf-8")))}
    assert found - ALLOWED == set()


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from marshal import loads",
        "eval(text)",
        "exec(text)",
        "os.system(text)",
        "yaml.load(text)",
        "subprocess.run(text, shell=True)",
        "subprocess.run(text, shell=shell)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.lib.format.read_array(stream)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "pickle.loads(text)",
    ],
)
def test_what_these_tests_look_for_is_found(code: str) -> None:
    assert list(findings(ast.parse(code)))


def test_what_is_safe_is_let_through() -> None:
    code = "re.compile(x); model.eval(); np.load(p, allow_pickle=False); torch.load(p, weights_only=True); yaml.safe_load(t)"
    assert list(findings(ast.parse(code))) == []
