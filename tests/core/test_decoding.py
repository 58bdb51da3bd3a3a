import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Each kind is new, so that both threads are at the one moment in which msgspec has only a part of what it needs.
TWO_AT_ONCE = """
import sys, threading
import msgspec
from core.decoding import from_builtins, from_json

sys.setswitchinterval(1e-6)
for number in range(400):
    inner = msgspec.defstruct(f"Inner{number}", [("frames", int), ("name", str)])
    kind = msgspec.defstruct(f"Outer{number}", [(f"part{part}", inner | None, None) for part in range(20)])
    value = {f"part{part}": {"frames": part, "name": "गीत"} for part in range(20)}
    text, start, found = msgspec.json.encode(value), threading.Barrier(2), []
    def decode(read, raw):
        start.wait()
        found.append(msgspec.to_builtins(read(raw, kind)))
    threads = [threading.Thread(target=decode, args=way) for way in ((from_json, text), (from_builtins, value))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [value, value]
"""


def test_two_threads_decode_the_same_struct_for_the_first_time_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", TWO_AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def checks_types(node: ast.AST) -> bool:
    """Whether a call has msgspec itself check types."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    given = len(node.args) > 1 or any(keyword.arg == "type" for keyword in node.keywords)
    return name in ("msgspec.convert", "msgspec.json.Decoder") or (name == "msgspec.json.decode" and given)


def test_nothing_else_has_msgspec_check_types() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for part in ("core", "gui", "resources")
        for path in (ROOT / part).rglob("*.py")
        if any(map(checks_types, ast.walk(ast.parse(path.read_text("utf-8")))))
    }
    assert found == {"core/decoding.py"}
