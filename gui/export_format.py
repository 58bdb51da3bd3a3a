"""The formats that an export can have, as boxes to choose from."""

from functools import partial

from msgspec import structs
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.audio import ni_stems
from core.audio.formats import Codec, rate_for
from core.output import Output
from gui.choice_box import Choice, ChoiceBox
from gui.format_fields import FormatFields
from gui.i18n import translate

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
        self._fields = FormatFields()
        self._fields.show_format(output.format)
        self.codec, self.quality = self._fields.codec, self._fields.quality
        self.rate = ChoiceBox(lambda: translate("Sample rate"))
        kinds: tuple[ni_stems.Codec, ...] = ("aac", "alac")
        self.ni_codec = ChoiceBox(
            lambda: translate("Format of the stem file"), [Choice(kind, partial(_ni_codec_name, kind)) for kind in kinds]
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_SPACING)
        for box, share in ((self._fields, 6), (self.rate, 4), (self.ni_codec, 1)):
            row.addWidget(box, share)
        self._offer_rates()
        self.show_for(stem_file=False)
        self._fields.changed.connect(self._on_format)
        self.rate.changed.connect(self._on_rate)
        self.ni_codec.changed.connect(self.changed)

    def show_for(self, *, stem_file: bool) -> None:
        """Which boxes are there."""
        for box in (self._fields, self.rate):
            box.setVisible(not stem_file)
        self.ni_codec.setVisible(stem_file)

    def put_into(self, output: Output) -> Output:
        """``output`` with what is chosen here."""
        return structs.replace(output, rate=self.rate.value, **self._fields.output_fields())

    def _offer_rates(self) -> None:
        """Those of the codec; the one that was wanted last stays wanted where it is not offered."""
        codec = self._fields.format.codec
        own = {*_RATES, self._wanted_rate or self._song_rate}
        rates = [None, *(rate for rate in sorted(own) if rate_for(codec, rate) == rate)]
        self.rate.offer(Choice(rate, partial(_rate_name, rate, codec, self._song_rate)) for rate in rates)
        with QSignalBlocker(self.rate):
            self.rate.choose(self._wanted_rate)

    def _on_format(self) -> None:
        self._offer_rates()
        self.changed.emit()

    def _on_rate(self) -> None:
        self._wanted_rate = self.rate.value
        self.changed.emit()


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
