"""The section of the settings about models, engines and devices."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from core.engines import BACKEND_NAMES, EngineName, hardware
from core.engines.survey import NAMES, Survey
from core.messages import printable
from core.models import catalogue
from core.models.catalogue import Model
from core.settings import Settings
from gui.choice_box import Choice, ChoiceBox
from gui.i18n import say, translate
from gui.messages import model_name
from gui.settings_page import Page

# Names of products: not translated.
ENGINE_NAMES: Mapping[EngineName, str] = {
    "openvino": "OpenVINO",
    "onnx": "ONNX Runtime",
    "pytorch": "PyTorch",
    "tensorflow": "TensorFlow",
}
_KINDS = {"gpu": "GPU", "npu": "NPU"}


class SeparationPage(Page):
    """Which model separates, and on what it runs. What engines and devices there are is told by ``show_survey``."""

    def __init__(self) -> None:
        super().__init__(lambda: translate("Separation"))
        self._survey: Survey | None = None
        self._settings = Settings()
        self.model = ChoiceBox(lambda: translate("Model"))
        self.engine = ChoiceBox(lambda: translate("Engine"))
        self.device = ChoiceBox(lambda: translate("Device"))
        self.precision = ChoiceBox(lambda: translate("Precision"))
        self.threads = ChoiceBox(lambda: translate("Threads"))
        self.mode = ChoiceBox(lambda: translate("Stems"), _modes())
        self._boxes = {name: getattr(self, name) for name in ("model", "mode", "engine", "device", "precision", "threads")}
        self.add(lambda: translate("Model"), self.model)
        self.add(lambda: translate("Stems"), self.mode)
        self.add(lambda: translate("Engine"), self.engine)
        self.device_remark = self.add(lambda: translate("Device"), self.device, self._device_text)
        self.precision_remark = self.add(lambda: translate("Precision"), self.precision, self._precision_text)
        self.add(lambda: translate("Threads"), self.threads, lambda: translate("Of the network, when it runs on the CPU."))
        self._offer()

    def show_settings(self, settings: Settings) -> None:
        self._settings = settings
        self._offer()
        for name, box in self._boxes.items():
            box.choose(getattr(settings, name))

    def fields(self) -> dict[str, Any]:
        return {name: box.value for name, box in self._boxes.items()}

    def show_survey(self, found: Survey) -> None:
        """Offers what there is, now that it is known."""
        self._survey = found
        self._offer()
        say(self.device_remark.setText, self._device_text)
        say(self.precision_remark.setText, self._precision_text)

    def _offer(self) -> None:
        self.model.offer(_models(self._settings.model))
        self.engine.offer(_engines(self._survey))
        self.device.offer(_devices(self._survey, self._settings.device))
        self.precision.offer(_precisions(self._settings.precision))
        self.threads.offer(_threads(self._settings.threads))

    def _device_text(self) -> str:
        if self._survey is None:
            return translate("Looking for GPUs…")
        if not self._survey.places:
            return translate("No GPU that can be used was found on this computer.")
        return translate("Found: {names}").format(names=", ".join(printable(place.name) for place in self._survey.places))

    def _precision_text(self) -> str:
        if self._survey and not self._survey.has_bf16:
            return translate("This processor has no bf16, so both are the same here.")
        return translate("Fast computes in bf16 where the processor has it and it cannot be heard; exact always in f32.")


def _models(chosen: str | None) -> list[Choice]:
    known = catalogue.models()
    choices = [Choice(None, lambda: translate("Best available ({model})").format(model=model_name(catalogue.default())))]
    for name, model in known.items():
        missing = None if model.installed else lambda: translate("Download it in “Models…” first.")
        choices.append(Choice(name, partial(_model_text, model), missing))
    if chosen is not None and chosen not in known:
        choices.append(Choice(chosen, lambda: translate("{model} (not installed)").format(model=printable(chosen))))
    return choices


def _model_text(model: Model) -> str:
    text = "{model}" if model.installed else translate("{model} (not installed)")
    return text.format(model=model_name(model))


def _engines(found: Survey | None) -> list[Choice]:
    choices = [Choice("auto", lambda: translate("Automatic (the fastest one)"))]
    missing = found.missing if found else {}
    for name in NAMES:
        if name not in missing:
            choices.append(Choice(name, lambda name=name: ENGINE_NAMES[name]))
        else:
            obstacle = partial(_obstacle, missing[name])
            choices.append(Choice(name, partial(_missing_text, name, missing[name]), obstacle))
    return choices


def _missing_text(name: EngineName, detail: str) -> str:
    text = translate("{engine} (does not start)") if detail else translate("{engine} (not installed)")
    return text.format(engine=ENGINE_NAMES[name])


def _obstacle(detail: str) -> str:
    if detail:
        return translate("It does not start: {detail}").format(detail=printable(detail))
    return translate("Its package is not installed.")


def _devices(found: Survey | None, chosen: str) -> list[Choice]:
    choices = [
        Choice("auto", lambda: translate("Automatic (a GPU if there is one)")),
        Choice("cpu", lambda: translate("CPU")),
    ]
    for kind, short in _KINDS.items():
        names = [printable(place.name) for place in found.places if place.kind == kind] if found else []
        if names:
            choices.append(Choice(kind, lambda short=short, names=names: f"{short}: {', '.join(names)}"))
        elif kind == chosen or kind == "gpu":
            text = partial(_absent_text, short, found is None)
            choices.append(Choice(kind, text, partial(_absence, found is None)))
    return [*choices, *_backends(found, chosen)]


def _backends(found: Survey | None, chosen: str) -> Iterator[Choice]:
    """By what GPUs are used, where that is a choice: of several, or one that was made."""
    gpus = [place for place in found.places if place.backend] if found else []
    several = len({place.backend for place in gpus}) > 1
    for backend, short in BACKEND_NAMES.items():
        names = ", ".join(printable(place.name) for place in gpus if place.backend == backend)
        if names and (several or backend == chosen):
            yield Choice(backend, lambda names=names: f"GPU: {names}")
        elif backend == chosen:
            yield Choice(backend, partial(_absent_text, short, found is None), partial(_absence, found is None))


def _absent_text(short: str, looking: bool) -> str:
    return short if looking else translate("{device} (not found)").format(device=short)


def _absence(looking: bool) -> str:
    return translate("Looking for GPUs…") if looking else translate("There is none that an engine can use.")


def _precisions(chosen: str) -> list[Choice]:
    choices = [Choice("auto", lambda: translate("Fast")), Choice("f32", lambda: translate("Exact (f32)"))]
    return [*choices, Choice("bf16", lambda: translate("Always bf16"))] if chosen == "bf16" else choices


def _modes() -> list[Choice]:
    return [
        Choice("full", lambda: translate("Whole band; together they are the song")),
        Choice("reference", lambda: translate("As Spleeter makes them")),
    ]


def _threads(chosen: int | None) -> list[Choice]:
    processors = hardware.processors()
    numbers = sorted({*range(1, processors + 1), *([chosen] if chosen else [])})
    automatic = Choice(None, lambda: translate("Automatic ({count})").format(count=processors))
    return [automatic, *(Choice(number, lambda number=number: str(number)) for number in numbers)]
