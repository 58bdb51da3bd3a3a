"""Names that every system can have, and cuts that no reader stumbles over."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.file_names import (
    LONGEST_NAME,
    byte_count,
    cleaned,
    folded,
    is_allowed,
    is_plain_name,
    is_reserved,
    legal,
    shortened,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AC/DC: “Live” <1991>?", "AC_DC_ “Live” _1991__"),
        ('a\\b|c*d"', "a_b_c_d_"),
        ("  two\n lines\tand\u00a0more ", "two lines and more"),
        ("x\0\x07y\x7f", "xy"),
        ("caf\udce9", "caf"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("cafe\u0301", "café"),
        ("क़", unicodedata.normalize("NFC", "क़")),
        ("र\u094d\u200dक 👩\u200d🎤", "र\u094d\u200dक 👩\u200d🎤"),
    ],
    ids=ascii,
)
def test_what_no_name_can_have_is_replaced_or_removed(text: str, name: str) -> None:
    assert cleaned(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plain", "plain"),
        ("what is it...", "what is it"),
        ("...And Justice for All", "_..And Justice for All"),
        ("..", "_"),
        (". .", "_"),
        ("", "_"),
        ("~", "~"),
        ("con", "con_"),
        ("Aux.live", "Aux_.live"),
        ("NUL .x", "NUL_.x"),
        ("COM¹", "COM¹_"),
        ("conin$", "conin$_"),
        ("concert", "concert"),
        ("x" * 300, "x" * 254),
    ],
    ids=ascii,
)
def test_a_name_is_neither_hidden_nor_a_device_nor_empty_nor_too_long(text: str, name: str) -> None:
    assert legal(text) == name


@pytest.mark.parametrize(
    ("text", "limit", "beginning"),
    [
        ("abc", 2, "ab"),
        ("कि" * 4, 12, "किकि"),
        ("कि" * 4, 17, "किकि"),
        ("कक्ष", 11, "क"),
        ("कक्ष", 12, "कक्ष"),
        ("कस्त्री", 20, "क"),
        ("हिंदी", 9, "हिं"),
        ("कहिंदी", 11, "क"),
        ("e\u0301e\u0301", 5, "e\u0301"),
        ("a👩\u200d🎤b", 11, "a"),
        ("a👩\u200d🎤b", 12, "a👩\u200d🎤"),
        ("👍🏽👍🏽", 12, "👍🏽"),
        ("🇮🇳🇮🇳", 12, "🇮🇳"),
        ("🇮🇳🇮🇳", 8, "🇮🇳"),
        ("अ", 2, ""),
        ("", 5, ""),
    ],
    ids=ascii,
)
def test_a_name_is_cut_between_letters_as_they_are_seen(text: str, limit: int, beginning: str) -> None:
    assert shortened(text, limit) == beginning


def test_a_letter_of_more_bytes_than_there_are_is_cut_where_its_bytes_allow() -> None:
    tower = "z" + "\u0335" * 1000
    assert shortened(tower, 100) == tower[:50]


@given(st.text(), st.integers(0, 60))
@settings(derandomize=True)
def test_what_is_shortened_begins_the_text_and_fits(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert text.startswith(short)
    assert byte_count(short) <= limit
    assert short == text or byte_count(text) > limit


@given(st.text())
@settings(derandomize=True)
def test_cleaned_text_stays_as_it_is(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)
    assert all(map(is_allowed, cleaned(text)))


def test_composing_makes_no_forbidden_character() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.normalize("NFC", character) != character:
            assert all(map(is_allowed, cleaned(character))), ascii(character)


@given(st.text(), st.integers(20, LONGEST_NAME))
@settings(derandomize=True)
def test_every_text_becomes_a_legal_name(text: str, limit: int) -> None:
    name = legal(cleaned(text), limit)
    assert name
    assert name == name.strip().rstrip(".")
    assert not name.startswith(".")
    assert not is_reserved(name)
    assert byte_count(name) <= limit
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize(("first", "second"), [("Song", "sONG"), ("STRASSE", "straße"), ("caf\u00e9", "CAFE\u0301")])
def test_names_that_some_file_system_takes_for_one_are_folded_to_one(first: str, second: str) -> None:
    assert folded(first) == folded(second)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("model.index", True),
        (".probe", True),
        ("मेरा मॉडल", True),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("a\\b", False),
        ("C:x", False),
        ("x ", False),
        ("x.", False),
        ("x\0", False),
        ("x\n", False),
        ("con", False),
        ("Nul.txt", False),
        ("COM1", False),
        ("concert", True),
    ],
)
def test_a_plain_name_can_be_a_file_on_every_system(name: str, plain: bool) -> None:
    assert is_plain_name(name) is plain
