"""``support``: what whoever helps wants to know, in one file."""

import argparse
from pathlib import Path

from core.cancel import CancelToken
from core.errors import OutputExistsError
from core.messages import printable


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser(
        "support",
        parents=[shared],
        help="write what helps to find out what went wrong into one file",
        description="Lists what would help to find out what went wrong (the log, versions, engines and devices, settings, "
        "models) and writes it into one file, without your name and your home folder. Nothing is sent.",
    )
    parser.set_defaults(run=_support)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="a ZIP file; default: antara-support-DATE.zip in this folder",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there already")


def _support(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core import support

    target = options.output or Path(support.file_name())
    if target.exists() and not options.overwrite:  # before the models are read
        raise OutputExistsError(path=target)
    parts = support.collect(cancel)
    for part in parts:
        print(f"{part.size:9d}  {printable(part.name)}")
    cancel.raise_if_cancelled()
    support.save(parts, target, options.overwrite)
    print(printable(str(target)))
    return True
