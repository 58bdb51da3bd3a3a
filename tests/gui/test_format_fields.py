"""The choice of a format offers what each codec can be told."""

import pytest
from pytestqt.qtbot import QtBot

from core.audio.formats import CHOICES, Codec, Format
from core.output import Output
from gui.format_fields import FormatFields, quality_text, usual_formats


@pytest.mark.parametrize("codec", list(CHOICES))
def test_each_format_offers_what_it_can_be_told_its_default_first_chosen(codec: Codec, qtbot: QtBot) -> None:
    fields = FormatFields()
    qtbot.addWidget(fields)
    with qtbot.waitSignal(fields.changed, raising=codec != "wav"):
        fields.codec.choose(codec)
    assert fields.format == Format(codec)
    assert fields.output_fields() == {"codec": codec, "depth": None, "bitrate": None, "vbr": None}
    for row, offered in enumerate(usual_formats(codec)):
        fields.quality.setCurrentIndex(row)
        assert fields.format == offered == Output(**fields.output_fields()).format
        assert fields.quality.currentText() == quality_text(offered)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Format("mp3", bitrate=123_000), "123 kbit/s"),
        (Format("mp3", vbr=4), "Variable, quality 4"),
        (Format("ogg", vbr=10), "Variable, best"),
        (Format("wav", 32), "32 bit float"),
        (Format("opus", bitrate=64_500), "64.5 kbit/s"),
    ],
)
def test_a_format_is_shown_even_if_it_is_not_a_usual_one(wanted: Format, text: str, qtbot: QtBot) -> None:
    fields = FormatFields()
    qtbot.addWidget(fields)
    fields.show_format(wanted)
    assert fields.format == wanted
    assert fields.quality.currentText() == text
