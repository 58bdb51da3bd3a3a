"""The formats: their defaults, what does not exist, and the rates that each can carry."""

from typing import Any, get_args

import av.codec
import pytest

from core.audio.formats import CHOICES, Codec, Format, parse_bitrate, rate_for
from core.errors import ImpossibleFormatError
from core.messages import sentence

CODECS: tuple[Codec, ...] = get_args(Codec)


def test_every_codec_has_its_choices() -> None:
    assert set(CHOICES) == set(CODECS)


@pytest.mark.parametrize("codec", CODECS)
def test_every_choice_that_is_offered_can_be_made(codec: Codec) -> None:
    choices = CHOICES[codec]
    for depth in choices.depths:
        assert Format(codec, depth=depth).depth == depth
    for bitrate in choices.bitrates:
        assert Format(codec, bitrate=bitrate).bitrate == bitrate
    for vbr in choices.vbr:
        assert Format(codec, vbr=vbr).vbr == vbr


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_alone_is_a_format_with_its_defaults(codec: Codec) -> None:
    format = Format(codec)
    assert format.is_lossy == (format.depth is None) == (format.bitrate is not None)
    assert format.vbr is None
    assert format == Format(codec, format.depth, format.bitrate)
    assert format.extension == CHOICES[codec].extension


def test_what_is_written_where_nothing_is_said_is_what_every_player_has_always_played() -> None:
    assert Format() == Format("wav", depth=16)


def test_only_float_keeps_what_exceeds_full_scale() -> None:
    formats = [Format(codec, depth=depth) for codec in CODECS for depth in CHOICES[codec].depths or (None,)]
    assert [format for format in formats if format.keeps_over_full_scale] == [Format("wav", depth=32)]


@pytest.mark.parametrize(
    ("settings", "setting", "known"),
    [
        ({"codec": "flac", "depth": 32}, "32 bit", "16 bit, 24 bit"),
        ({"codec": "wav", "depth": 8}, "8 bit", "16 bit, 24 bit, 32 bit"),
        ({"codec": "wav", "bitrate": 192_000}, "16 bit + 192 kbit/s", "16 bit, 24 bit, 32 bit"),
        ({"codec": "alac", "vbr": 2}, "16 bit + VBR 2", "16 bit, 24 bit"),
        ({"codec": "mp3", "depth": 16}, "16 bit + 320 kbit/s", "32–320 kbit/s, VBR 0–9"),
        ({"codec": "mp3", "bitrate": 321_000}, "321 kbit/s", "32–320 kbit/s, VBR 0–9"),
        ({"codec": "mp3", "bitrate": 0}, "0 kbit/s", "32–320 kbit/s, VBR 0–9"),
        ({"codec": "mp3", "vbr": 10}, "VBR 10", "32–320 kbit/s, VBR 0–9"),
        ({"codec": "mp3", "bitrate": 192_000, "vbr": 2}, "192 kbit/s + VBR 2", "32–320 kbit/s, VBR 0–9"),
        ({"codec": "ogg", "vbr": -1}, "VBR -1", "64–500 kbit/s, VBR 0–10"),
        ({"codec": "m4a", "vbr": 2}, "VBR 2", "64–320 kbit/s"),
        ({"codec": "opus", "bitrate": 5_500}, "5.5 kbit/s", "32–256 kbit/s"),
    ],
    ids=str,
)
def test_a_combination_that_does_not_exist_is_said(settings: dict[str, Any], setting: str, known: str) -> None:
    with pytest.raises(ImpossibleFormatError) as caught:
        Format(**settings)
    assert caught.value.parameters == {"codec": settings["codec"], "setting": setting, "known": known}
    assert setting in sentence(caught.value)


@pytest.mark.parametrize("text", ["192k", "192K", " 192k ", "192000", "192"])
def test_a_bit_rate_is_read_as_people_type_it(text: str) -> None:
    assert parse_bitrate(text) == 192_000


@pytest.mark.parametrize("text", ["", "k", "fast", "192 kilos", "1.5.0k", "nan", "inf"])
def test_what_is_no_bit_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_bitrate(text)


@pytest.mark.parametrize(
    ("codec", "rate", "expected"),
    [
        *[(codec, rate, rate) for codec in ("wav", "flac", "alac", "ogg", "m4a") for rate in (8000, 22_050, 44_100, 96_000)],
        *[(codec, rate, rate) for codec in ("mp3", "wma") for rate in (8000, 22_050, 44_100, 48_000)],
        *[("opus", rate, 48_000) for rate in (8000, 22_050, 44_100, 48_000, 96_000)],
        *[(codec, rate, 48_000) for codec in ("mp3", "wma") for rate in (44_101, 88_200, 96_000, 192_000)],
        ("mp3", 6000, 8000),
        ("m4a", 192_000, 96_000),
        ("m4a", 50_000, 64_000),
        ("ogg", 384_000, 192_000),
        ("flac", 768_000, 655_350),
        ("wav", 768_000, 768_000),
        ("alac", 384_000, 384_000),
    ],
)
def test_a_rate_is_kept_or_the_next_higher_one_is_taken_or_else_the_highest(codec: Codec, rate: int, expected: int) -> None:
    assert rate_for(codec, rate) == expected


@pytest.mark.parametrize(("codec", "encoder"), [("mp3", "libmp3lame"), ("m4a", "aac"), ("opus", "libopus")])
def test_the_rates_are_those_of_the_encoder(codec: Codec, encoder: str) -> None:
    rates = av.codec.Codec(encoder, "w").audio_rates
    assert rates
    assert all(rate_for(codec, rate) in rates for rate in range(4000, 200_000, 777))
