"""The colours can be read in both themes."""

from dataclasses import astuple

import pytest
from PySide6.QtGui import QColor

from gui import theme
from gui.theme import DARK, LIGHT, STEM_COLOURS, UNKNOWN_STEM_COLOUR, Colours

TEXT = 4.5  # WCAG 2.2, 1.4.3, level AA
GRAPHICS = 3.0  # 1.4.11


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in QColor(colour).getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def over(colour: QColor, below: str) -> str:
    """What a colour with an alpha looks like over another."""
    base, share = QColor(below), colour.alphaF()
    mixed = [
        round(255 * (share * top + (1 - share) * under))
        for top, under in zip(colour.getRgbF()[:3], base.getRgbF()[:3], strict=True)
    ]
    return QColor(*mixed).name()


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def colours(request: pytest.FixtureRequest) -> Colours:
    colours: Colours = request.param
    return colours


def test_contrast_is_the_one_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("text", ["text", "faint", "good", "bad"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_all_text_can_be_read(text: str, ground: str, colours: Colours) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= TEXT


@pytest.mark.parametrize(
    ("text", "ground"), [("text", "error"), ("text", "notice"), ("on_accent", "accent"), ("text", "line")]
)
def test_text_on_colour_can_be_read(text: str, ground: str, colours: Colours) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= TEXT


def test_the_times_on_a_loop_can_be_read(colours: Colours) -> None:
    for ink in (colours.accent, colours.faint):
        assert contrast(colours.faint, over(theme.veil(QColor(ink)), colours.surface)) >= TEXT


def test_what_shows_the_focus_can_be_seen(colours: Colours) -> None:
    for ground in (colours.window, colours.surface):
        assert contrast(colours.accent, ground) >= GRAPHICS


@pytest.mark.parametrize("colour", sorted({*STEM_COLOURS.values(), UNKNOWN_STEM_COLOUR}))
def test_waveforms_can_be_seen(colour: str, colours: Colours) -> None:
    assert contrast(colour, colours.surface) >= GRAPHICS


def test_every_colour_is_one() -> None:
    for colours in (LIGHT, DARK):
        assert all(QColor(colour).isValid() for colour in astuple(colours))
