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
    │   ├── NoSuchTrackError        no_such_track       path, track, count
    │   ├── UnsupportedAudioError   unsupported_audio   path, codec
    │   ├── NothingToSeparateError  nothing_to_separate path
    │   ├── TruncatedError          truncated           path, found_s, declared_s
    │   ├── NotExportedError        not_exported        path
    │   ├── StemMissingError        stem_missing        path
    │   ├── StemChangedError        stem_changed        path
    │   ├── NoTrueStemsError        no_true_stems       path
    │   ├── TrueStemsIncompleteError true_stems_incomplete path, missing
    │   ├── NoTruthError            no_truth            path, stem, model
    │   └── NothingToComposeError   nothing_to_compose  path
    ├── OutputError                 the result cannot be written
    │   ├── OutputExistsError       output_exists       path
    │   ├── OutputClashError        output_clash        first, second
    │   ├── OutputNotWritableError  output_not_writable path, reason
    │   ├── OutputDamagedError      output_damaged      path, detail
    │   ├── DiskFullError           disk_full           path
    │   ├── NotEnoughSpaceError     not_enough_space    path, needed_mb, free_mb
    │   ├── ImpossibleFormatError   impossible_format   codec, setting, known
    │   ├── BadTemplateError        bad_template        template, detail
    │   ├── UnknownPlaceholderError unknown_placeholder placeholder, known
    │   └── StemlessTemplateError   stemless_template   template
    ├── ModelError                  the model cannot be used
    │   ├── UnknownModelError       unknown_model       name, known
    │   ├── UnknownStemError        unknown_stem        name, model, known
    │   ├── ModelMissingError       model_missing       name
    │   ├── ModelDamagedError       model_damaged       name, detail
    │   ├── ModelArchiveError       model_archive       path, detail
    │   ├── ModelConfigurationError model_configuration path, detail
    │   ├── ModelNameError          model_name          name
    │   ├── ModelNameTakenError     model_name_taken    name
    │   ├── ModelNotRemovableError  model_not_removable name, folder
    │   └── NotForModelError        not_for_model       setting, model
    ├── DownloadError               the model cannot be downloaded
    │   ├── NoConnectionError       download_no_connection host, detail
    │   ├── UntrustedServerError    download_untrusted  host, detail
    │   ├── DownloadRefusedError    download_refused    url, status
    │   ├── ServerBusyError         download_busy       host, status
    │   ├── DownloadCorruptError    download_corrupt    name, host
    │   └── MirrorError             mirror_address      address
    ├── EngineError
    │   ├── EngineUnavailableError  engine_unavailable  engine, detail
    │   ├── PackageMissingError     package_missing     engine, requirements
    │   ├── PackageFrozenError      package_frozen      engine
    │   ├── NoDeviceError           no_device           engine, device
    │   ├── NoBf16Error             no_bf16             engine
    │   ├── OutOfMemoryError        out_of_memory       engine
    │   └── EngineFailedError       engine_failed       engine, detail
    ├── TrainingError
    │   ├── TorchMissingError       torch_missing       requirements
    │   ├── SciPyMissingError       scipy_missing       requirements
    │   ├── TrainingBegunError      training_begun      path
    │   ├── TrainingDataError       training_data       path, detail
    │   └── TrainingStoppedError    training_stopped    step, path
    ├── PlaybackError
    │   ├── NoOutputDeviceError     no_output_device    detail
    │   ├── OutputDeviceLostError   output_device_lost
    │   └── PlaybackFailedError     playback_failed     detail
    ├── QueueError                  the queue goes on, but only in memory
    │   ├── QueueTakenError         queue_taken
    │   └── QueueUnsavedError       queue_unsaved       reason
    ├── BatchError                  a catalogue, or a song of it, cannot be separated
    │   ├── BatchMissingError       batch_missing       package, requirements
    │   ├── BatchTakenError         batch_taken         path
    │   ├── BatchStoppedError       batch_stopped       path
    │   ├── ManifestError           manifest            path, line, detail
    │   ├── SourceError             source              source
    │   ├── SchedulerError          scheduler           address, detail
    │   ├── WorkerLostError         worker_lost         path, times
    │   └── RemoteError             remote              address, detail
    ├── ReleaseUnknownError         release_unknown     host, detail
    ├── CancelledError              cancelled
    └── UnexpectedError             unexpected          detail
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
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


class NoSuchTrackError(InputError):
    """The file has ``count`` audio tracks, numbered from 0, and not the wanted one."""

    code = "no_such_track"
    fields = ("path", "track", "count")


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


class NotExportedError(InputError):
    """Of the song at ``path`` there are no stems in files to open it from."""

    code = "not_exported"
    fields = ("path",)


class StemMissingError(InputError):
    """A stem that was exported is not where it was."""

    code = "stem_missing"
    fields = ("path",)


class StemChangedError(InputError):
    """A stem is not any more as it was exported."""

    code = "stem_changed"
    fields = ("path",)


class NoTrueStemsError(InputError):
    """There is no song with true stems in a folder that was to be evaluated."""

    code = "no_true_stems"
    fields = ("path",)


class TrueStemsIncompleteError(InputError):
    """Some of a song's true stems are missing."""

    code = "true_stems_incomplete"
    fields = ("path", "missing")


class NoTruthError(InputError):
    """A song has no true stem for one of the model's."""

    code = "no_truth"
    fields = ("path", "stem", "model")


class NothingToComposeError(InputError):
    """A folder does not hold the recordings that songs are composed of."""

    code = "nothing_to_compose"
    fields = ("path",)


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


class OutputDamagedError(OutputError):
    """A file that was written does not hold what was written into it; it was removed."""

    code = "output_damaged"
    fields = ("path", "detail")


class DiskFullError(OutputError):
    code = "disk_full"
    fields = ("path",)


class NotEnoughSpaceError(OutputError):
    """What is to be written would not fit; nothing was begun."""

    code = "not_enough_space"
    fields = ("path", "needed_mb", "free_mb")


class ImpossibleFormatError(OutputError):
    """The codec has no such depth, bit rate or quality."""

    code = "impossible_format"
    fields = ("codec", "setting", "known")


class BadTemplateError(OutputError):
    """No file can be named by the template."""

    code = "bad_template"
    fields = ("template", "detail")


class UnknownPlaceholderError(OutputError):
    code = "unknown_placeholder"
    fields = ("placeholder", "known")


class StemlessTemplateError(OutputError):
    """The template would give several stems one name."""

    code = "stemless_template"
    fields = ("template",)


class ModelError(AntaraError):
    """The model cannot be used."""


class UnknownModelError(ModelError):
    code = "unknown_model"
    fields = ("name", "known")


class UnknownStemError(ModelError):
    code = "unknown_stem"
    fields = ("name", "model", "known")


class ModelMissingError(ModelError):
    code = "model_missing"
    fields = ("name",)


class ModelDamagedError(ModelError):
    code = "model_damaged"
    fields = ("name", "detail")


class ModelArchiveError(ModelError):
    """What was to be unpacked is no archive of a model, is damaged, or would write where it must not."""

    code = "model_archive"
    fields = ("path", "detail")


class ModelConfigurationError(ModelError):
    code = "model_configuration"
    fields = ("path", "detail")


class ModelNameError(ModelError):
    """No folder can have this name on every system."""

    code = "model_name"
    fields = ("name",)


class ModelNameTakenError(ModelError):
    code = "model_name_taken"
    fields = ("name",)


class ModelNotRemovableError(ModelError):
    """The model is part of the program, or lies in a folder that is not Antara's."""

    code = "model_not_removable"
    fields = ("name", "folder")


class NotForModelError(ModelError):
    """A setting was given that means nothing to this kind of model."""

    code = "not_for_model"
    fields = ("setting", "model")


class DownloadError(AntaraError):
    """The model cannot be downloaded; what has arrived is kept to go on from, unless it is wrong."""


class NoConnectionError(DownloadError):
    code = "download_no_connection"
    fields = ("host", "detail")


class UntrustedServerError(DownloadError):
    """The server cannot prove who it is, or leads to one that does not have to."""

    code = "download_untrusted"
    fields = ("host", "detail")


class DownloadRefusedError(DownloadError):
    code = "download_refused"
    fields = ("url", "status")


class ServerBusyError(DownloadError):
    code = "download_busy"
    fields = ("host", "status")


class DownloadCorruptError(DownloadError):
    """What arrived is not the file that is known under this name."""

    code = "download_corrupt"
    fields = ("name", "host")


class MirrorError(DownloadError):
    code = "mirror_address"
    fields = ("address",)


class EngineError(AntaraError):
    """The network cannot be run."""


class EngineUnavailableError(EngineError):
    code = "engine_unavailable"
    fields = ("engine", "detail")


class PackageMissingError(EngineError):
    """What the engine needs is an optional extra that is not installed."""

    code = "package_missing"
    fields = ("engine", "requirements")


class PackageFrozenError(EngineError):
    """The same, in a program to which nothing can be added."""

    code = "package_frozen"
    fields = ("engine",)


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


class TrainingError(AntaraError):
    """A model cannot be trained."""


class TorchMissingError(TrainingError):
    """PyTorch, which only training needs, is not installed."""

    code = "torch_missing"
    fields = ("requirements",)


class SciPyMissingError(TrainingError):
    """SciPy, which songs are composed with, is not installed."""

    code = "scipy_missing"
    fields = ("requirements",)


class TrainingBegunError(TrainingError):
    """The folder for a training holds one already, which is neither to be gone on with nor overwritten."""

    code = "training_begun"
    fields = ("path",)


class TrainingDataError(TrainingError):
    """The songs to train on, or what a training has written to go on from, cannot be used."""

    code = "training_data"
    fields = ("path", "detail")


class TrainingStoppedError(TrainingError):
    """A training was cancelled, and can be gone on with."""

    code = "training_stopped"
    fields = ("step", "path")


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


class QueueError(AntaraError):
    """The queue goes on, but only in memory."""


class QueueTakenError(QueueError):
    """Another window keeps the queue."""

    code = "queue_taken"


class QueueUnsavedError(QueueError):
    """The file of the queue cannot be written; that is tried again until it can."""

    code = "queue_unsaved"
    fields = ("reason",)


class BatchError(AntaraError):
    """A catalogue, or a song of it, cannot be separated."""


class BatchMissingError(BatchError):
    """A package of the optional extra for catalogues is not installed."""

    code = "batch_missing"
    fields = ("package", "requirements")


class BatchTakenError(BatchError):
    """Another run writes into the same folder."""

    code = "batch_taken"
    fields = ("path",)


class BatchStoppedError(BatchError):
    """A run was cancelled, and can be gone on with."""

    code = "batch_stopped"
    fields = ("path",)


class ManifestError(BatchError):
    """A list of songs cannot be read, or one of its lines."""

    code = "manifest"
    fields = ("path", "line", "detail")


class SourceError(BatchError):
    """There are no songs where they were to be looked for."""

    code = "source"
    fields = ("source",)


class SchedulerError(BatchError):
    """There is no scheduler at an address, or it went away."""

    code = "scheduler"
    fields = ("address", "detail")


class WorkerLostError(BatchError):
    """Each worker that a song was given to ended in the middle of it."""

    code = "worker_lost"
    fields = ("path", "times")


class RemoteError(BatchError):
    """A server did not give or take a file."""

    code = "remote"
    fields = ("address", "detail")


class ReleaseUnknownError(AntaraError):
    """Whoever knows whether there is a newer release does not say so."""

    code = "release_unknown"
    fields = ("host", "detail")


class CancelledError(AntaraError):
    code = "cancelled"


class UnexpectedError(AntaraError):
    """A mistake in the program, told to the user instead of a silent stop or a traceback."""

    code = "unexpected"
    fields = ("detail",)


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Whatever the operating system refuses in the block is an OutputError about ``path``."""
    try:
        yield
    except OSError as error:
        raise output_error(path, error) from error


def output_error(path: Path, error: OSError) -> OutputError:
    """The typed error for an operating-system error met while writing ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(path=str(path))
    return OutputNotWritableError(path=str(path), reason=error.strerror or str(error))
