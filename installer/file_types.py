"""The kinds of files that "Open with Antara" is offered for, under the names that each system has for them."""

from core.songs import EXTENSIONS

# By extension, in the names of the freedesktop.org shared MIME database.
MIME_TYPES = {
    ".mp3": "audio/mpeg",
    ".mp2": "audio/mp2",
    ".wav": "audio/x-wav",
    ".w64": "audio/x-wav",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".alac": "audio/mp4",
    ".m4b": "audio/x-m4b",
    ".aac": "audio/aac",
    ".ogg": "audio/x-vorbis+ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/x-opus+ogg",
    ".wma": "audio/x-ms-wma",
    ".aiff": "audio/x-aiff",
    ".aif": "audio/x-aiff",
    ".aifc": "audio/x-aifc",
    ".ape": "audio/x-ape",
    ".au": "audio/basic",
    ".caf": "audio/x-caf",
    ".mka": "audio/x-matroska",
    ".wv": "audio/x-wavpack",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".avi": "video/x-msvideo",
    ".flv": "video/x-flv",
    ".mpg": "video/mpeg",
    ".mpeg": "video/mpeg",
    ".mts": "video/mp2t",
    ".m2ts": "video/mp2t",
    ".wmv": "video/x-ms-wmv",
    ".3gp": "video/3gpp",
    ".ogv": "video/ogg",
    ".vob": "video/mpeg",
}


def mime_types() -> list[str]:
    """All of them, sorted."""
    return sorted({MIME_TYPES[extension] for extension in EXTENSIONS})


def macos_types() -> list[dict[str, object]]:
    """``CFBundleDocumentTypes``: Antara offers itself and takes no type away from the program that has it."""
    kinds = {"public.audio": "Sound", "public.movie": "Video", "public.folder": "Folder"}
    return [
        {
            "CFBundleTypeName": name,
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "LSItemContentTypes": [kind],
        }
        for kind, name in kinds.items()
    ]
