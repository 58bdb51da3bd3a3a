"""The English sentence for each error and notice code: what happened, and what to do.

The command line prints these; the window shows its translation of the same sentence.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import AntaraError

SENTENCES: Mapping[str, str] = {
    "file_missing": "“{path}” is not there; check the name.",
    "not_a_file": "“{path}” is not a file; choose a song.",
    "file_unreadable": "“{path}” cannot be read ({reason}); check that you may open it.",
    "empty_file": "“{path}” is empty; get the file again.",
    "not_audio": "“{path}” is not a song that can be read, or it is damaged; try another file.",
    "no_audio_track": "“{path}” has no sound in it; choose a file with an audio track.",
    "no_such_track": "“{path}” has no audio track {track}; choose one of its {count}, numbered from 0.",
    "unsupported_audio": "“{path}” uses a format that cannot be decoded ({codec}); convert it to WAV, FLAC or MP3 first.",
    "nothing_to_separate": "“{path}” holds no sound in the part that was asked for; check the start and the length.",
    "truncated": "“{path}” is cut off: {found_s:.1f} of {declared_s:.1f} seconds are there; get the file again.",
    "not_exported": "The stems of “{path}” were not exported as files; separate the song again.",
    "stem_missing": "The stem “{path}” is not where it was exported to; separate the song again.",
    "stem_changed": "The stem “{path}” was changed after it was exported; separate the song again.",
    "no_true_stems": "“{path}” holds no songs with true stems (vocals and backing, or drums, bass, other); choose another.",
    "true_stems_incomplete": "“{path}” is not complete ({missing} missing); add what is missing or move the song away.",
    "no_truth": "“{path}” has no true “{stem}” to hold the model “{model}” against; choose another model.",
    "nothing_to_compose": "“{path}” has no recordings to compose songs of; name a folder with vocals and instruments (-d).",
    "output_exists": "“{path}” exists already; choose another folder or allow overwriting.",
    "output_clash": "“{first}” and “{second}” would be written to the same place; separate them into different folders.",
    "output_not_writable": "“{path}” cannot be written ({reason}); choose another folder.",
    "output_damaged": "“{path}” was not written as it should be ({detail}); check the disk and export again.",
    "disk_full": "The disk is full at “{path}”; free some space and try again.",
    "not_enough_space": "{needed_mb} MB are needed at “{path}” and {free_mb} MB are free; free some space and try again.",
    "impossible_format": "“{codec}” cannot be written with {setting}; choose from: {known}.",
    "bad_template": "The pattern for names “{template}” cannot be used ({detail}); correct it.",
    "unknown_placeholder": "“{placeholder}” cannot be filled in; choose from {known}.",
    "stemless_template": "The pattern “{template}” gives all stems the same name; put the placeholder “stem” into it.",
    "unknown_model": "There is no model “{name}”; choose one of these: {known}.",
    "unknown_stem": "The model “{model}” has no stem “{name}”; choose one of its own: {known}.",
    "model_missing": "The model “{name}” is not on this computer; download it or add it from a file (see “models --help”).",
    "model_damaged": "The model “{name}” is damaged ({detail}); download it again or remove it.",
    "model_archive": "“{path}” cannot be installed ({detail}); get the file again.",
    "model_configuration": "“{path}” does not describe a model ({detail}); correct it or choose another one.",
    "model_name": "A model cannot be called “{name}”; choose a name of letters and digits.",
    "model_name_taken": "There is a model “{name}” already; choose another name or remove it first.",
    "model_not_removable": "The model “{name}” is not Antara's to remove; delete “{folder}” yourself if you do not need it.",
    "not_for_model": "{setting} means nothing to the model “{model}”; leave it out or choose another model.",
    "download_no_connection": "“{host}” cannot be reached ({detail}); check the connection and try again.",
    "download_untrusted": "“{host}” cannot be trusted ({detail}); check the date of this computer and its network.",
    "download_refused": "“{url}” cannot be downloaded (the answer: {status}); try again later or add the model from a file.",
    "download_busy": "“{host}” is busy (it answers {status}); try again later.",
    "download_corrupt": "What “{host}” sends is not the model “{name}”; nothing was installed; try another network.",
    "release_unknown": "“{host}” does not say whether there is a newer version ({detail}); try again later.",
    "mirror_address": "“{address}” is not an address to download from; give one that begins with https:// or http://.",
    "engine_unavailable": "{engine} cannot be started ({detail}); install Antara again.",
    "package_missing": "{engine} is not installed; run “python3 dev.py demucs” or install {requirements} with pip.",
    "package_frozen": "{engine} cannot be added to this Antara; run Antara from its source code, as its README says.",
    "no_device": "{engine} finds no {device} that it can use; choose “auto” or “cpu” as the device.",
    "no_bf16": "{engine} cannot compute in bf16 on this computer; choose “f32” as the precision.",
    "out_of_memory": "{engine} ran out of memory; close other programs and try again.",
    "engine_failed": "{engine} stopped while separating ({detail}); close other programs and try again.",
    "torch_missing": "Training needs PyTorch, which is not installed; run “pip install -r {requirements}”.",
    "training_begun": "A training was begun in “{path}”; go on with it (--resume), or choose another folder.",
    "scipy_missing": "Composing songs needs SciPy, which is not installed; run “pip install -r {requirements}”.",
    "training_data": "“{path}” cannot be trained on ({detail}); choose another folder or correct it.",
    "no_output_device": "Playback is off: no sound device was found; connect one to listen. All else works as usual.",
    "output_device_lost": "The sound device went away; connect it and press Play again.",
    "output_device_replaced": "“{name}” is not there; playing on the system's sound device instead.",
    "playback_failed": "Playback stopped ({detail}); press Play to try again.",
    "queue_taken": "Another window keeps the queue; use that one: what is queued here is forgotten in the end.",
    "queue_unsaved": "The queue goes on, but cannot be saved ({reason}); free some space before you close Antara.",
    "batch_missing": "Catalogues need {package}, which is not installed; run “pip install -r {requirements}”.",
    "batch_taken": "Another run writes into “{path}”; wait for its end or choose another folder.",
    "batch_stopped": "Stopped; the same command goes on with what is not in “{path}” yet.",
    "manifest": "“{path}” cannot be used in line {line} ({detail}); correct it.",
    "source": "There are no songs at “{source}”; check the name.",
    "scheduler": "The scheduler at “{address}” does not answer ({detail}); start it, or leave --scheduler out.",
    "worker_lost": "“{path}” ended the {times} workers that it was given to; try it alone, or leave it out.",
    "remote": "“{address}” cannot be read or written ({detail}); check the address and the network.",
    "cancelled": "Cancelled; nothing unfinished was written.",
    "training_stopped": "Stopped after step {step}, which “{path}” keeps; the same command and --resume go on from there.",
    "unexpected": "Something went wrong that should not have ({detail}); please report it.",
    "levels_lowered": "All stems are {reduction_db:.1f} dB quieter, so that no peak is cut off; 32-bit float keeps levels.",
    "runs_on_gpu": "Runs on {device} with {engine}.",
    "runs_on_cpu_no_gpu": "Runs on the CPU with {engine}: no GPU that can be used was found.",
    "runs_on_cpu_chosen": "Runs on the CPU with {engine}, as chosen.",
    "engine_replaced": "{engine} failed ({detail}); going on with another engine.",
    "gpu_memory_full": "{device} ran out of memory; going on without it.",
    "gpu_failed": "{device} could not be used ({detail}); going on without it.",
}

_ODD = ("Cc", "Cs", "Zl", "Zp")
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # Unicode Standard Annex 9, explicit formatting

# What people call the stems.
STEM_NAMES: Mapping[str, str] = {
    "vocals": "Vocals",
    "accompaniment": "Instrumental",
    "drums": "Drums",
    "bass": "Bass",
    "guitar": "Guitar",
    "piano": "Piano",
    "other": "Other",
    "mix": "Mix",
    "no_drums": "Without drums",
    "no_bass": "Without bass",
    "no_guitar": "Without guitar",
    "no_piano": "Without piano",
    "no_other": "Without other",
}


@dataclass(frozen=True)
class Notice:
    """Something worth saying that stops nothing: a code of ``SENTENCES`` and its parameters."""

    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)


def fill(template: str, parameters: Mapping[str, object]) -> str:
    """``template`` with the parameters in it, printable; of a Path only the name."""
    shown = {name: value.name or str(value) if isinstance(value, Path) else value for name, value in parameters.items()}
    return printable(template.format_map(shown))


def printable(text: str) -> str:
    """``text`` on one line that can be encoded and reads in its own order, whatever names and tags are made of.

    Without surrogates, control characters, ends of lines and what turns the text after it around.
    """
    return "".join(
        "�" if character in _TURNING or unicodedata.category(character) in _ODD else character for character in text
    )


def stem_name(stem: str) -> str:
    """The stem's name as people say it; a user's own model may have stems that no one knows."""
    return STEM_NAMES.get(stem) or stem.capitalize()


def sentence(subject: AntaraError | Notice) -> str:
    """The English sentence for an error or a notice."""
    return fill(SENTENCES[subject.code], subject.parameters)
