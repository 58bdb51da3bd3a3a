"""What a user can send to the developers when something went wrong that should not have."""

import platform
import traceback

from core import __version__


def report(error: BaseException) -> str:
    """The program's and the system's versions, and the traceback."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    origin = error.__cause__ or error
    return f"Antara {__version__}, Python {platform.python_version()}, {system}\n\n" + "".join(
        traceback.format_exception(origin)
    )
