"""What the window says: the translation of core's sentences, and the names of stems and models."""

from collections.abc import Mapping

from core import messages
from core.errors import AntaraError
from core.messages import Notice
from core.models import catalogue
from core.models.catalogue import Model
from core.progress import Progress, Transfer, clock_text
from gui.i18n import Source, mark, plural, translate

# Where the window has another way out to offer than the command line has.
WINDOW_SENTENCES: Mapping[str, Source] = {
    "truncated": mark(
        "“{path}” is cut off: {found_s:.1f} of {declared_s:.1f} seconds were separated; get the file again for the rest."
    ),
    "output_exists": mark("“{path}” exists already; export again and choose what is to become of it."),
    "model_missing": mark("“{name}” is not on this computer; download it, or use the built-in model."),
    "model_damaged": mark("“{name}” is damaged ({detail}); install it again or remove it."),
    "download_no_connection": mark(
        "“{host}” cannot be reached; check the connection and try again (the built-in model works without one)."
    ),
}


def sentence(subject: AntaraError | Notice) -> str:
    """One sentence: what happened and what to do."""
    template = WINDOW_SENTENCES.get(subject.code) or messages.SENTENCES[subject.code]
    parameters = dict(subject.parameters)
    model = catalogue.models().get(str(parameters.get("name")))
    if model:
        parameters["name"] = model_name(model)
    if isinstance(parameters.get("detail"), str):
        parameters["detail"] = translate(str(parameters["detail"]))
    return messages.fill(translate(template), parameters)


def stem_name(stem: str) -> str:
    """The stem's name as people say it; a user's own model may have stems that no one knows."""
    return translate(messages.stem_name(stem))


def model_name(model: Model) -> str:
    """What people call it; the user has given a name to one of their own."""
    if model.own:
        return messages.printable(model.name)
    count = plural("%n stem(s)", len(model.stems))
    if model.folder is None:
        return translate("Built-in, {stems}").format(stems=count)
    family, _, variant = model.name.partition(":")
    if model.bag:
        return f"Demucs {variant}, {count}"
    suffix = translate(", up to 16 kHz") if variant.endswith("16kHz") else ""
    return f"{family.capitalize()}, {count}{suffix}"


def percent_text(fraction: float) -> str:
    return f"{fraction:.0%}".replace("%", " %")


def size_text(size: int) -> str:
    """``73 MB``, of bytes; with decimals where they matter."""
    megabytes = size / 1e6
    if megabytes >= 1000:
        return translate("{size:.1f} GB").format(size=megabytes / 1000)
    return translate("{size:.{digits}f} MB").format(size=megabytes, digits=0 if megabytes >= 9.95 else 1)


def transfer_text(transfer: Transfer) -> str:
    """``12.3 of 73.1 MB · 3.2 MB/s · 0:19 left``, as far as it is known; a word where nothing is counted."""
    if transfer.stage == "installing":
        return translate("Installing…")
    done = transfer.done / 1e6
    parts = [translate("Waiting…")] if transfer.stage == "waiting" else []
    if transfer.total is not None:
        parts.append(translate("{done:.1f} of {total:.1f} MB").format(done=done, total=transfer.total / 1e6))
    elif transfer.done:
        parts.append(translate("{done:.1f} MB").format(done=done))
    if transfer.rate is not None:
        parts.append(translate("{rate:.1f} MB/s").format(rate=transfer.rate / 1e6))
    if transfer.left_s is not None:
        parts.append(translate("{time} left").format(time=clock_text(transfer.left_s)))
    return " · ".join(parts)


def progress_text(progress: Progress) -> str:
    """``62 % · 48 × real time · 0:05 left``, as far as it is known."""
    parts = []
    if progress.fraction is not None:
        parts.append(percent_text(progress.fraction))
    if progress.speed is not None:
        digits = 0 if progress.speed >= 9.95 else 1
        parts.append(translate("{speed:.{digits}f} × real time").format(speed=progress.speed, digits=digits))
    if progress.left_s is not None:
        parts.append(translate("{time} left").format(time=clock_text(progress.left_s)))
    return " · ".join(parts)
