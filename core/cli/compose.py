"""``compose``: songs with known stems, made of recordings of singers and of single notes."""

import argparse
from pathlib import Path

from core.cancel import CancelToken
from core.cli.arguments import number, positive, seconds
from core.messages import printable
from core.training.styles import STYLES

_SHORTEST_S, _LONGEST_S = 5.0, 1800.0


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Adds the command to a parser."""
    parser = commands.add_parser(
        "compose",
        parents=[shared],
        help="make songs with known stems, to evaluate and train with (needs SciPy)",
        description="Makes songs with known stems: folders of vocals, accompaniment and mixture, which sum exactly, as "
        "evaluate and train take them. The same seed and recordings give the same songs.",
    )
    parser.set_defaults(run=_run)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="for the songs")
    parser.add_argument("--songs", type=positive, default=1, metavar="N", help="how many (1)")
    parser.add_argument("--seed", type=number, default=0, metavar="S", help="of the first song; the next has the next (0)")
    parser.add_argument("--seconds", type=_seconds, default=60.0, metavar="T", help="of each song, to the nearest bar (60)")
    parser.add_argument(
        "--style", choices=[style.name for style in STYLES], help="default: by chance, as the singers' tempo"
    )
    parser.add_argument("--parts", action="store_true", help="write drums, bass and other, too")
    parser.add_argument(
        "-d", "--data", type=Path, default=Path("data"), metavar="DATA",
        help="recordings: single voices below vocals, single notes in the folders of instruments (data)",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace songs of an earlier run")


def _seconds(text: str) -> float:
    value = seconds(text)
    if not _SHORTEST_S <= value <= _LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not between {_SHORTEST_S:g} and {_LONGEST_S:g} seconds")
    return value


def _run(options: argparse.Namespace, cancel: CancelToken) -> bool:
    from core.training import scipy_runtime

    scipy_runtime.require()
    from core.training.song_folder import Composer

    composer = Composer(options.data)
    for seed in range(options.seed, options.seed + options.songs):
        cancel.raise_if_cancelled()
        path = composer.write(options.folder, seed, options.seconds, options.style, options.parts, options.overwrite, cancel)
        print(printable(str(path)), flush=True)
    return True
