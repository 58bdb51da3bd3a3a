"""What a user can send to the developers when something went wrong that should not have."""

import platform
import traceback

from core import __version__


def report(error: BaseException) -> str:
    """The program's and the system's versions, and the traceback."""
    origin = error.__cause__ or error
    return f"{versions()}\n\n" + "".join(traceback.format_exception(origin))


def versions() -> str:
    """The program's and the system's, in one line."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return f"Antara {__version__}, Python {platform.python_version()}, {system}"
