"""Everything that can go wrong, as types.

An error carries a stable ``code`` and named ``parameters``; ``core.messages`` holds the English sentence for each code,
and the window translates it. No other module writes interface text for errors.

    AntaraError
    ├── InputError                  the song cannot be used
    │   ├── FileMissingError        file_missing        path
    │   ├── NotAFileError           not_a_file          path
    │   ├── FileUnreadableError     file_unreadable     path, reason
    │   ├── EmptyFileError          empty_file          path
    │   ├── NotAudioError           not_audio           path
    │   ├── NoAudioTrackError       no_audio_track      path
    │   ├── UnsupportedAudioError   unsupported_audio   path, codec
    │   ├── NothingToSeparateError  nothing_to_separate path
    │   └── TruncatedError          truncated           path, found_s, declared_s
    ├── OutputError                 the result cannot be written
    │   ├── OutputExistsError       output_exists       path
    │   ├── OutputClashError        output_clash        first, second
    │   ├── OutputNotWritableError  output_not_writable path, reason
    │   └── DiskFullError           disk_full           path
    ├── ModelError                  the model cannot be used
    │   ├── UnknownModelError       unknown_model       name, known
    │   ├── ModelMissingError       model_missing       name, folder
    │   └── ModelDamagedError       model_damaged       name, detail
    ├── EngineError
    │   ├── EngineUnavailableError  engine_unavailable  engine, detail
    │   ├── NoDeviceError           no_device           engine, device
    │   ├── NoBf16Error             no_bf16             engine
    │   ├── OutOfMemoryError        out_of_memory       engine
    │   └── EngineFailedError       engine_failed       engine, detail
    ├── PlaybackError
    │   ├── NoOutputDeviceError     no_output_device    detail
    │   ├── OutputDeviceLostError   output_device_lost
    │   └── PlaybackFailedError     playback_failed     detail
    ├── CancelledError              cancelled
    └── UnexpectedError             unexpected          detail
"""

import errno
from pathlib import Path
from typing import ClassVar


class AntaraError(Exception):
    """Base of all errors that Antara raises on purpose. Never raised itself."""

    code: ClassVar[str] = ""
    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **parameters: object) -> None:
        if set(parameters) != set(self.fields):
            raise TypeError(f"{type(self).__name__} takes {self.fields}, not {tuple(parameters)}")
        self.parameters = parameters
        super().__init__(self.code, parameters)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.code}({details})"


class InputError(AntaraError):
    """The song cannot be used."""


class FileMissingError(InputError):
    code = "file_missing"
    fields = ("path",)


class NotAFileError(InputError):
    """A folder, a pipe or a device stands where a song was expected."""

    code = "not_a_file"
    fields = ("path",)


class FileUnreadableError(InputError):
    code = "file_unreadable"
    fields = ("path", "reason")


class EmptyFileError(InputError):
    code = "empty_file"
    fields = ("path",)


class NotAudioError(InputError):
    code = "not_audio"
    fields = ("path",)


class NoAudioTrackError(InputError):
    code = "no_audio_track"
    fields = ("path",)


class UnsupportedAudioError(InputError):
    code = "unsupported_audio"
    fields = ("path", "codec")


class NothingToSeparateError(InputError):
    """The file, or the part of it that was asked for, holds no samples."""

    code = "nothing_to_separate"
    fields = ("path",)


class TruncatedError(InputError):
    """The file ends well before the length that it declares. Raised after everything that is there was delivered."""

    code = "truncated"
    fields = ("path", "found_s", "declared_s")

    @property
    def found_s(self) -> float:
        """How much is there, rounded down to a tenth of a second."""
        return float(str(self.parameters["found_s"]))


class OutputError(AntaraError):
    """The result cannot be written."""


class OutputExistsError(OutputError):
    code = "output_exists"
    fields = ("path",)


class OutputClashError(OutputError):
    """Two songs of one run would write to the same place."""

    code = "output_clash"
    fields = ("first", "second")


class OutputNotWritableError(OutputError):
    code = "output_not_writable"
    fields = ("path", "reason")


class DiskFullError(OutputError):
    code = "disk_full"
    fields = ("path",)


class ModelError(AntaraError):
    """The model cannot be used."""


class UnknownModelError(ModelError):
    code = "unknown_model"
    fields = ("name", "known")


class ModelMissingError(ModelError):
    code = "model_missing"
    fields = ("name", "folder")


class ModelDamagedError(ModelError):
    code = "model_damaged"
    fields = ("name", "detail")


class EngineError(AntaraError):
    """The network cannot be run."""


class EngineUnavailableError(EngineError):
    code = "engine_unavailable"
    fields = ("engine", "detail")


class NoDeviceError(EngineError):
    """A GPU or an NPU was asked for and the engine sees none."""

    code = "no_device"
    fields = ("engine", "device")


class NoBf16Error(EngineError):
    """bfloat16 was asked for, and the processor or the engine does not have it."""

    code = "no_bf16"
    fields = ("engine",)


class OutOfMemoryError(EngineError):
    code = "out_of_memory"
    fields = ("engine",)


class EngineFailedError(EngineError):
    code = "engine_failed"
    fields = ("engine", "detail")


class PlaybackError(AntaraError):
    """Sound cannot be played; everything else goes on."""


class NoOutputDeviceError(PlaybackError):
    code = "no_output_device"
    fields = ("detail",)


class OutputDeviceLostError(PlaybackError):
    code = "output_device_lost"


class PlaybackFailedError(PlaybackError):
    code = "playback_failed"
    fields = ("detail",)


class CancelledError(AntaraError):
    code = "cancelled"


class UnexpectedError(AntaraError):
    """A mistake in the program, told to the user instead of a silent stop or a traceback."""

    code = "unexpected"
    fields = ("detail",)


def output_error(path: Path, error: OSError) -> OutputError:
    """The typed error for an operating-system error met while writing ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(path=str(path))
    return OutputNotWritableError(path=str(path), reason=error.strerror or str(error))
