"""The version resource of the Windows programs."""

from typing import Any

COPYRIGHT = "GPL-3.0-or-later"


def numbers(version: str) -> tuple[int, int, int, int]:
    """ "1.2.3" as Windows counts: (1, 2, 3, 0)."""
    parts = [int(part) for part in version.split(".")]
    first, second, third, fourth = [*parts, 0, 0, 0, 0][:4]
    return first, second, third, fourth


def of(version: str, name: str) -> Any:
    """A ``VSVersionInfo`` for PyInstaller."""
    from PyInstaller.utils.win32 import versioninfo as resource

    texts = {
        "CompanyName": "Antara",
        "FileDescription": "Antara" if name == "Antara" else "Antara (command line)",
        "FileVersion": version,
        "InternalName": name,
        "LegalCopyright": COPYRIGHT,
        "OriginalFilename": f"{name}.exe",
        "ProductName": "Antara",
        "ProductVersion": version,
    }
    strings = [resource.StringStruct(key, text) for key, text in texts.items()]
    return resource.VSVersionInfo(
        ffi=resource.FixedFileInfo(filevers=numbers(version), prodvers=numbers(version)),
        kids=[
            resource.StringFileInfo([resource.StringTable("040904B0", strings)]),
            resource.VarFileInfo([resource.VarStruct("Translation", [0x0409, 1200])]),
        ],
    )
