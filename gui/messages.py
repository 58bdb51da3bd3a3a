"""What the window says: the translation of core's sentences, and the names of stems and models."""

from PySide6.QtCore import QCoreApplication

from core import messages
from core.errors import AntaraError
from core.messages import Notice
from core.models.catalogue import Model
from core.progress import Progress, clock_text

# Where the window has another way out to offer than the command line has.
_WINDOW_SENTENCES = {
    "truncated": "“{path}” is cut off: {found_s:.1f} of {declared_s:.1f} seconds are there, and were separated.",
    "output_exists": "“{path}” exists already; choose another folder or tick “Replace existing files”.",
}

_STEM_NAMES = {
    "vocals": "Vocals",
    "accompaniment": "Instrumental",
    "drums": "Drums",
    "bass": "Bass",
    "piano": "Piano",
    "other": "Other",
}


def translate(text: str) -> str:
    """``text`` in the language of the interface."""
    return QCoreApplication.translate("Antara", text)


def sentence(subject: AntaraError | Notice) -> str:
    """One sentence: what happened and what to do."""
    template = _WINDOW_SENTENCES.get(subject.code) or messages.SENTENCES[subject.code]
    return messages.fill(translate(template), subject.parameters)


def stem_name(stem: str) -> str:
    """The stem's name as people say it; a user's own model may have stems that no one knows."""
    return translate(_STEM_NAMES[stem]) if stem in _STEM_NAMES else stem.capitalize()


def model_name(model: Model) -> str:
    family, _, variant = model.name.partition(":")
    count = translate("{count} stems").format(count=len(model.stems))
    if not variant:
        return translate("Built-in, {stems}").format(stems=count)
    suffix = translate(", up to 16 kHz") if variant.endswith("16kHz") else ""
    return f"{family.capitalize()}, {count}{suffix}"


def progress_text(progress: Progress) -> str:
    """``62 % · 48 × real time · 0:05 left``, as far as it is known."""
    parts = []
    if progress.fraction is not None:
        parts.append(f"{progress.fraction:.0%}".replace("%", " %"))
    if progress.speed is not None:
        parts.append(translate("{speed:.0f} × real time").format(speed=progress.speed))
    if progress.left_s is not None:
        parts.append(translate("{time} left").format(time=clock_text(progress.left_s)))
    return " · ".join(parts)
