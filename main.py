"""Antara. No arguments or only file names: the window. A subcommand: the command line."""

import multiprocessing
import os
import sys
from pathlib import Path
from typing import NoReturn

from core import cli, malloc


def main() -> None:
    malloc.share()
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in cli.SUBCOMMANDS or arguments[0].startswith("-")):
        _end(cli.main(arguments))
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        name = Path(sys.argv[0]).name
        sys.stderr.write(f"There is no display to show the window on; on the command line: {name} separate SONG…\n")
        sys.exit(1)
    from gui import app

    _end(app.run(arguments))


def _end(status: int) -> NoReturn:
    """Ends at once: all files are closed, and TensorFlow's tear-down takes time, a loading of it that goes on even more."""
    os._exit(status)


if __name__ == "__main__":
    multiprocessing.freeze_support()  # before anything else in a frozen program on Windows
    main()
