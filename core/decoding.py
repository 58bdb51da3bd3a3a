"""Values of known types out of what is read, in any thread. The only place that has msgspec check types.

WORKAROUND: msgspec builds its plan for a struct when that is first decoded, and puts it into place before it is whole. A
thread that decodes the same struct meanwhile reads through a null pointer, which ends the process (0.22, all platforms).
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_lock = threading.RLock()  # a hook may decode, too


def from_json(text: bytes | str, kind: type[T], hook: Callable[[type, Any], Any] | None = None) -> T:
    """What a text in JSON says, as a ``kind``; ``hook`` makes values of types that msgspec does not know.

    Raises ValueError, and RecursionError for a text that is nested too deeply.
    """
    with _lock:
        return msgspec.json.decode(text, type=kind, dec_hook=hook)


def from_builtins(value: object, kind: type[T], strict: bool = True) -> T:
    """``value``, of dicts, lists and the like, as a ``kind``; unless ``strict``, texts are numbers where those are wanted.

    Raises ValueError and OverflowError.
    """
    with _lock:
        return msgspec.convert(value, kind, strict=strict)
