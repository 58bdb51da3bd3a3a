"""A program that downloads the tiny model, for tests in which programs are killed or meet full disks.

Usage: ``python -m tests.support.downloader CATALOGUE [--before FUNCTION | --at STAGE] [--die | --fill BYTES] [--again]``,
or with ``--endless``: it takes the model away and downloads it again without end.
Prints ``waiting`` whenever it waits, and in the end ``installed`` or an error's code; then the files in the models' folder.
"""

import argparse
import importlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import paths
from core.cancel import CancelToken
from core.errors import AntaraError
from core.models import catalogue, store
from core.models.catalogue import Model
from core.models.download import Patience
from core.progress import Transfer

FILLER = ".filler"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--before", help="module:function, before which it happens")
    parser.add_argument("--at", help="the stage at which it happens")
    parser.add_argument("--die", action="store_true", help="as kill -9 does it")
    parser.add_argument("--fill", type=int, help="the disk, but for so many bytes")
    parser.add_argument("--nobody", action="store_true", help="run as a user without rights")
    parser.add_argument("--again", action="store_true", help="once more, after making room")
    parser.add_argument("--endless", action="store_true")
    options = parser.parse_args()
    text = options.catalogue.read_text("utf-8")
    catalogue.source = lambda: text
    model = catalogue.find("tiny")
    importlib.import_module("filelock")  # while Python's own folders can be read
    if options.nobody and os.geteuid() == 0:
        os.seteuid(65534)

    def trouble() -> None:
        if options.die:
            os.kill(os.getpid(), 9)
        elif options.fill is not None:
            _fill(options.fill)

    def report(transfer: Transfer) -> None:
        if transfer.stage == "waiting":
            _say("waiting")
        if transfer.stage == options.at:
            trouble()

    if options.before:
        _do_before(options.before, trouble)
    _try(model, report)
    while options.endless:
        store.remove(model)
        _try(model, report)
    if options.again:
        (paths.models_folder() / FILLER).unlink()
        options.fill = None
        _try(model, report)


def _try(model: Model, report: Callable[[Transfer], None]) -> None:
    try:
        store.download(model, CancelToken(), report, None, Patience(attempts=1))
        _say("installed")
    except AntaraError as error:
        _say(error.code)
    names = (path.name for path in paths.models_folder().rglob("*") if path.is_file() and path.suffix != ".lock")
    _say(*sorted(name for name in names if name != FILLER))


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def _fill(leave: int) -> None:
    with (paths.models_folder() / FILLER).open("ab", buffering=0) as file:
        while (free := shutil.disk_usage(paths.models_folder()).free) > leave:
            file.write(bytes(min(1 << 20, free - leave)))


def _do_before(name: str, action: Callable[[], None]) -> None:
    module_name, _, function_name = name.partition(":")
    module: Any = importlib.import_module(module_name)
    *owners, last = function_name.split(".")
    for owner in owners:
        module = getattr(module, owner)
    function = getattr(module, last)

    def with_trouble(*arguments: Any, **options: Any) -> Any:
        action()
        return function(*arguments, **options)

    setattr(module, last, with_trouble)


if __name__ == "__main__":
    main()
