"""The command line: ``main.py separate SONG…``, ``evaluate DIR``, ``models …``, ``train CONFIG``, ``compose FOLDER``,
``support``, ``batch SOURCE…``."""

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence

from core import __version__
from core.cancel import CancelToken
from core.cli import batch, compose, evaluate, models, separate, support, train
from core.cli.console import cancelled_by_ctrl_c, say, say_unexpected
from core.errors import AntaraError, BatchStoppedError, CancelledError, TrainingStoppedError
from core.messages import sentence

EXIT_FAILED = 1
EXIT_CANCELLED = 130  # as shells report a program that Ctrl-C ended

SUBCOMMANDS = ("separate", "evaluate", "models", "train", "compose", "support", "batch")


def main(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a song's name may not be in the terminal's encoding
    if options.verbose:
        logging.basicConfig(level=logging.DEBUG)
    cancel = CancelToken()
    try:
        with cancelled_by_ctrl_c(cancel, EXIT_CANCELLED):
            whole: bool = options.run(options, cancel)
            sys.stdout.flush()
            return 0 if whole else EXIT_FAILED
    except (CancelledError, BatchStoppedError, TrainingStoppedError) as error:
        say(sentence(error))
        return EXIT_CANCELLED
    except AntaraError as error:
        say(sentence(error))
        return EXIT_FAILED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - the last resort
        say_unexpected(error)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="antara", description="Separates songs into vocals, instrumental and more.")
    parser.add_argument("--version", action="version", version=f"Antara {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--verbose", action="store_true", help="show the log")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    separate.add_to(commands, shared)
    evaluate.add_to(commands, shared)
    models.add_to(commands, shared)
    train.add_to(commands, shared)
    compose.add_to(commands, shared)
    support.add_to(commands, shared)
    batch.add_to(commands, shared)
    return parser
