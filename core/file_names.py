"""Names of files and folders that every system can have, whatever they are made of."""

import re
import unicodedata
from collections.abc import Iterator

LONGEST_NAME = 255  # bytes, on most file systems

# What Windows takes for devices, in every folder and with every ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)

_ILLEGAL = '<>:"/\\|?*'
# Control characters, lone surrogates, ends of lines; marks that turn a line of text around, and the mark of byte orders.
_REMOVED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_REMOVED = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"

_JOINER = "\u200d"
# Joiners, skin tones and the letters of flags belong to what is before them, as all marks do.
_JOINING = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")
_VIRAMA = 9  # the canonical combining class of the signs that join two consonants


def is_reserved(name: str) -> bool:
    """Whether Windows takes it for a device."""
    return bool(_RESERVED.fullmatch(name))


def is_plain_name(name: str) -> bool:
    """Whether it can be the name of a file or folder on every system."""
    if not name or name.rstrip(" .") != name or is_reserved(name) or byte_count(name) > LONGEST_NAME:
        return False
    return all(map(is_allowed, name))


def is_allowed(character: str) -> bool:
    """Whether names can have it on every system."""
    return character not in _ILLEGAL and not _is_removed(character)


def cleaned(text: str) -> str:
    """``text`` in NFC without what no name can have: white space becomes a space, ``<>:"/\\|?*`` become "_"."""
    kept = "".join(character for character in " ".join(text.split()) if not _is_removed(character))
    return unicodedata.normalize("NFC", kept).translate(str.maketrans(_ILLEGAL, "_" * len(_ILLEGAL))).strip()


def legal(text: str, limit: int = LONGEST_NAME) -> str:
    """The name nearest to a ``cleaned`` text: at most ``limit`` bytes in UTF-8, not hidden, no device, not empty."""
    name = shortened(text.strip(), limit - 1)
    if name.startswith("."):
        name = f"_{name[1:]}"
    name = name.rstrip(" .")
    if is_reserved(name):
        device, dot, rest = name.partition(".")
        name = f"{device.rstrip()}_{dot}{rest}"
    return name or "_"


def shortened(text: str, limit: int) -> str:
    """The beginning of ``text`` that fits into ``limit`` bytes of UTF-8, cut between characters as readers see them."""
    size = 0
    kept = []
    for cluster in _clusters(text[: limit + 1]):
        size += byte_count(cluster)
        if size > limit:
            break
        kept.append(cluster)
    return "".join(kept) or text.encode("utf-8", "surrogatepass")[:limit].decode("utf-8", "ignore")


def folded(name: str) -> str:
    """The same for names that some file system takes for one.

    Those of Windows and macOS do not tell ``Song`` from ``song``, and that of macOS not é from e and an accent.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def byte_count(text: str) -> int:
    """How long a name is in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def _is_removed(character: str) -> bool:
    return character in _REMOVED or unicodedata.category(character) in _REMOVED_CATEGORIES


def _clusters(text: str) -> Iterator[str]:
    """The parts of a text between which it may be cut: Unicode Standard Annex 29, "Grapheme Cluster Boundaries".

    Simplified: all marks extend what is before them, a virama joins any two letters, and Hangul is taken to be in NFC.
    """
    cluster = ""
    for character in text:
        if cluster and not _belongs(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _belongs(cluster: str, character: str) -> bool:
    if unicodedata.category(character).startswith("M") or _JOINING.match(character):
        return True
    if cluster.endswith(_JOINER) or _FLAG_LETTER.fullmatch(cluster):
        return cluster.endswith(_JOINER) or bool(_FLAG_LETTER.match(character))
    return unicodedata.combining(cluster[-1]) == _VIRAMA and unicodedata.category(character) == "Lo"
