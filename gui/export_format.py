"""The formats that an export can have, as boxes to choose from."""

from msgspec import structs
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.audio.formats import Codec, rate_for
from core.output import Output
from gui.choice_box import Choice, ChoiceBox
from gui.format_fields import FormatFields
from gui.i18n import translate

_RATES = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)  # Hz, of music


class FormatRow(QWidget):
    """Codec, quality and rate; or, in their place, the two formats of a stem file."""

    changed = Signal()

    def __init__(self, output: Output, song_rate: int) -> None:
        """``song_rate``: that of the stems, in Hz."""
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._song_rate, self._usual = song_rate, output.rate or song_rate
        self.fields = FormatFields()
        self.fields.show_format(output.format)
        self.rate = ChoiceBox(lambda: translate("Sample rate"))
        self.ni_codec = ChoiceBox(lambda: translate("Format of the stem file"), _ni_codecs())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for box, share in ((self.fields, 2), (self.rate, 1), (self.ni_codec, 3)):
            row.addWidget(box, share)
        self._offer_rates()
        self.rate.choose(output.rate)
        self.show_for(stem_file=False)
        self.fields.changed.connect(self._on_format)
        self.rate.changed.connect(self.changed)
        self.ni_codec.changed.connect(self.changed)

    def show_for(self, *, stem_file: bool) -> None:
        """Which boxes are there."""
        self.fields.setVisible(not stem_file)
        self.rate.setVisible(not stem_file)
        self.ni_codec.setVisible(stem_file)

    def put_into(self, output: Output) -> Output:
        """``output`` with what is chosen here."""
        return structs.replace(output, **self.fields.output_fields(), rate=self.rate.value)

    def _on_format(self) -> None:
        self._offer_rates()
        self.changed.emit()

    def _offer_rates(self) -> None:
        """Those that the codec has; the one that was chosen stays if it is among them, else it is that of the song."""
        codec = self.fields.format.codec
        rates = [rate for rate in sorted({*_RATES, self._usual}) if rate_for(codec, rate) == rate]
        named = [Choice(rate, lambda rate=rate: _rate_text(rate)) for rate in rates]
        self.rate.offer([Choice(None, lambda: _song_rate_text(codec, self._song_rate)), *named])


def _rate_text(rate: int) -> str:
    return translate("{rate} kHz").format(rate=f"{rate / 1000:g}")


def _song_rate_text(codec: Codec, song_rate: int) -> str:
    given = rate_for(codec, song_rate)
    text = translate("As the song ({rate} kHz)") if given == song_rate else translate("Nearest ({rate} kHz)")
    return text.format(rate=f"{given / 1000:g}")


def _ni_codecs() -> list[Choice]:
    return [
        Choice("aac", lambda: translate("AAC, 256 kbit/s: for all DJ programs")),
        Choice("alac", lambda: translate("ALAC, lossless: not for Traktor on Windows")),
    ]
