"""Antara. No arguments or only file names: the window. A subcommand: the command line."""

import multiprocessing
import os
import sys

from core import cli


def main() -> int:
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in cli.SUBCOMMANDS or arguments[0].startswith("-")):
        status = cli.main(arguments)
        sys.stdout.flush()
        # At once: all files are closed, and TensorFlow's tear-down takes time, its interrupted loading even more.
        os._exit(status)
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        sys.stderr.write("There is no display to show the window on; on the command line: main.py separate SONG…\n")
        return 1
    from gui import app

    return app.run(arguments)


if __name__ == "__main__":
    multiprocessing.freeze_support()  # before anything else in a frozen program on Windows
    sys.exit(main())
