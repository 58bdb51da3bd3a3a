"""Antara. No arguments or only file names: the window. A subcommand: the command line."""

import multiprocessing
import sys

from core import cli


def main() -> int:
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in cli.SUBCOMMANDS or arguments[0].startswith("-")):
        return cli.main(arguments)
    from gui import app

    return app.run(arguments)


if __name__ == "__main__":
    multiprocessing.freeze_support()  # before anything else in a frozen program on Windows
    sys.exit(main())
