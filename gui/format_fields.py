"""The choice of a file format: the codec, and its depth or bit rate."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.audio.formats import CHOICES, Codec, Format
from gui.choice_box import Choice, ChoiceBox
from gui.i18n import translate

# Names of products: not translated.
CODEC_NAMES: Mapping[Codec, str] = {
    "wav": "WAV",
    "flac": "FLAC",
    "mp3": "MP3",
    "m4a": "M4A (AAC)",
    "alac": "M4A (Apple Lossless)",
    "ogg": "Ogg Vorbis",
    "opus": "Opus",
    "wma": "WMA",
}


class FormatFields(QWidget):
    """Two combo boxes side by side; the second one has what the codec of the first one can be told."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        codecs = [Choice(codec, lambda name=name: name) for codec, name in CODEC_NAMES.items()]
        self.codec = ChoiceBox(lambda: translate("Format"), codecs)
        self.quality = ChoiceBox(lambda: translate("Quality"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.codec, 1)
        row.addWidget(self.quality, 1)
        self.setFocusProxy(self.codec)
        self._offer(Format())
        self.codec.changed.connect(self._on_codec)
        self.quality.changed.connect(self.changed)

    @property
    def format(self) -> Format:
        chosen: Format = self.quality.value
        return chosen

    def show_format(self, wanted: Format) -> None:
        """Chooses ``wanted``, also where it is not one of the usual ones."""
        self.codec.choose(wanted.codec)
        self._offer(wanted)

    def output_fields(self) -> dict[str, object]:
        """The format as the fields of an ``Output``, with None for what is the codec's default."""
        chosen, default = self.format, Format(self.format.codec)
        plain = {name: getattr(chosen, name) for name in ("depth", "bitrate", "vbr")}
        return {"codec": chosen.codec} | (dict.fromkeys(plain) if chosen == default else plain)

    def _on_codec(self) -> None:
        self._offer(Format(self.codec.value))
        self.changed.emit()

    def _offer(self, chosen: Format) -> None:
        usual = usual_formats(chosen.codec)
        offered = usual if chosen in usual else [chosen, *usual]
        self.quality.offer(Choice(one, lambda one=one: quality_text(one)) for one in offered)
        self.quality.choose(chosen)


def usual_formats(codec: Codec) -> list[Format]:
    """What is offered of a codec: all depths, or the usual bit rates and the variable ones."""
    choices = CHOICES[codec]
    if choices.depths:
        return [Format(codec, depth) for depth in choices.depths]
    variable = [Format(codec, vbr=quality) for quality in choices.vbr]
    return [Format(codec, bitrate=bitrate) for bitrate in reversed(choices.bitrates)] + variable


def quality_text(chosen: Format) -> str:
    """The depth, bit rate or VBR quality in words."""
    if chosen.depth:
        text = translate("{depth} bit float") if chosen.keeps_over_full_scale else translate("{depth} bit")
        return text.format(depth=chosen.depth)
    if chosen.bitrate:
        return translate("{rate} kbit/s").format(rate=f"{chosen.bitrate / 1000:g}")
    if chosen.vbr == CHOICES[chosen.codec].vbr[0]:
        return translate("Variable, best")
    return translate("Variable, quality {number}").format(number=chosen.vbr)
