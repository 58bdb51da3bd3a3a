"""Whether there is a newer release. Only ever asked when the user does: nothing is sent but the question itself."""

import ssl
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from core import __version__
from core.decoding import from_json
from core.errors import ReleaseUnknownError

_SERVER = "https://api.github.com"
_PATIENCE_S = 15.0


@dataclass(frozen=True)
class Release:
    """What can be had, and the page to get it from."""

    version: str
    page: str


class _Published(msgspec.Struct):
    tag_name: str
    html_url: str


def repository() -> str | None:
    """Where this program was released, as GitHub's "owner/name"; None if it was not released but built by its user."""
    try:
        return files("resources").joinpath("released_by.txt").read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def newer(owner: str, server: str = _SERVER) -> Release | None:
    """The latest release of the repository, if it is newer than this program. Raises ReleaseUnknownError."""
    import httpx  # late: slow to import, and hardly ever needed
    import truststore

    url = f"{server}/repos/{owner}/releases/latest"
    trust = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    headers = {"User-Agent": "Antara", "Accept": "application/vnd.github+json"}
    host = server.partition("://")[2]
    try:
        answer = httpx.get(url, headers=headers, verify=trust, timeout=_PATIENCE_S, follow_redirects=True)
        answer.raise_for_status()
        latest = from_json(answer.content, _Published)
    except httpx.HTTPStatusError as error:
        raise ReleaseUnknownError(host=host, detail=f"HTTP {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ReleaseUnknownError(host=host, detail=str(error) or type(error).__name__) from error
    version = latest.tag_name.removeprefix("v")
    return Release(version, latest.html_url) if _numbers(version) > _numbers(__version__) else None


def _numbers(version: str) -> tuple[int, ...]:
    """ "1.10.2" in an order in which it comes after "1.9": its leading numbers."""
    numbers = []
    for part in version.split("."):
        if not part.isascii() or not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
