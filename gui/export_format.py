"""The formats that an export can have, as boxes to choose from."""

from collections.abc import Mapping

from msgspec import structs
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.audio import ni_stems
from core.audio.formats import CHOICES, Codec, Format, rate_for
from core.output import Output
from gui.choice_box import ChoiceBox
from gui.i18n import say, translate

# Names of formats are the same in all languages.
_CODEC_NAMES: Mapping[Codec, str] = {
    "wav": "WAV",
    "flac": "FLAC",
    "mp3": "MP3",
    "m4a": "M4A (AAC)",
    "alac": "M4A (Apple Lossless)",
    "ogg": "Ogg Vorbis",
    "opus": "Opus",
    "wma": "WMA",
}
_RATES = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)  # Hz, of music

_SPACING = 10


class FormatRow(QWidget):
    """Codec, quality and rate; or, in their place, the two formats of a stem file."""

    changed = Signal()

    def __init__(self, output: Output, song_rate: int) -> None:
        """``song_rate``: that of the stems, in Hz."""
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._song_rate = song_rate
        self._wanted_rate = output.rate
        self._last: dict[Codec, Format] = {output.codec: output.format}
        self.codec = ChoiceBox[Codec]()
        self.quality = ChoiceBox[Format]()
        self.rate = ChoiceBox[int | None]()
        self.ni_codec = ChoiceBox[ni_stems.Codec]()
        say(self.codec.setAccessibleName, "Format")
        say(self.quality.setAccessibleName, "Quality")
        say(self.rate.setAccessibleName, "Sample rate")
        say(self.ni_codec.setAccessibleName, "Format of the stem file")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_SPACING)
        for box, share in ((self.codec, 3), (self.quality, 3), (self.rate, 4), (self.ni_codec, 1)):
            row.addWidget(box, share)
        self.codec.offer(list(_CODEC_NAMES), _CODEC_NAMES.__getitem__, output.codec)
        self.ni_codec.offer(("aac", "alac"), _ni_codec_name, "aac")
        self._offer_for_codec()
        self.show_for(stem_file=False)
        self.codec.currentIndexChanged.connect(self._offer_for_codec)
        self.quality.currentIndexChanged.connect(self._on_quality)
        self.rate.currentIndexChanged.connect(self._on_rate)
        self.ni_codec.currentIndexChanged.connect(self.changed)

    def show_for(self, *, stem_file: bool) -> None:
        """Which boxes are there."""
        for box in (self.codec, self.quality, self.rate):
            box.setVisible(not stem_file)
        self.ni_codec.setVisible(stem_file)

    def put_into(self, output: Output) -> Output:
        """``output`` with what is chosen here."""
        chosen = self.quality.choice
        return structs.replace(
            output,
            codec=chosen.codec,
            depth=chosen.depth,
            bitrate=chosen.bitrate,
            vbr=chosen.vbr,
            rate=self.rate.choice,
        )

    def _offer_for_codec(self) -> None:
        """The qualities and rates of the codec; what was last chosen of them, else what is usual."""
        codec = self.codec.choice
        last = self._last.get(codec, Format(codec))
        qualities = _qualities(codec)
        self.quality.offer(qualities if last in qualities else [last, *qualities], _quality_name, last)
        own = {*_RATES, self._wanted_rate or self._song_rate}
        rates = [None, *(rate for rate in sorted(own) if rate_for(codec, rate) == rate)]
        chosen = self._wanted_rate if self._wanted_rate in rates else None
        self.rate.offer(rates, lambda rate: _rate_name(rate, codec, self._song_rate), chosen)
        self.changed.emit()

    def _on_quality(self) -> None:
        self._last[self.codec.choice] = self.quality.choice
        self.changed.emit()

    def _on_rate(self) -> None:
        self._wanted_rate = self.rate.choice
        self.changed.emit()


def _qualities(codec: Codec) -> list[Format]:
    choices = CHOICES[codec]
    if choices.depths:
        return [Format(codec, depth) for depth in choices.depths]
    bitrates = [Format(codec, bitrate=bitrate) for bitrate in reversed(choices.bitrates)]
    return bitrates + [Format(codec, vbr=quality) for quality in choices.vbr]


def _quality_name(offered: Format) -> str:
    if offered.depth:
        name = translate("{depth} bit float") if offered.keeps_over_full_scale else translate("{depth} bit")
        return name.format(depth=offered.depth)
    if offered.bitrate:
        return translate("{rate} kbit/s").format(rate=offered.bitrate // 1000)
    best = offered.vbr == CHOICES[offered.codec].vbr[0]
    name = translate("Variable, {quality} (best)") if best else translate("Variable, {quality}")
    return name.format(quality=offered.vbr)


def _rate_name(rate: int | None, codec: Codec, song_rate: int) -> str:
    if rate is not None:
        return translate("{rate} kHz").format(rate=f"{rate / 1000:g}")
    given = rate_for(codec, song_rate)
    name = translate("As the song ({rate} kHz)") if given == song_rate else translate("Nearest to the song ({rate} kHz)")
    return name.format(rate=f"{given / 1000:g}")


def _ni_codec_name(codec: ni_stems.Codec) -> str:
    if codec == "aac":
        return translate("AAC, 256 kbit/s: for all DJ programs")
    return translate("ALAC, lossless: not for Traktor on Windows")
