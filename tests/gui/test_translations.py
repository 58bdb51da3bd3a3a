"""The translations are complete, and what is compiled is what is written."""

import re
import string
import textwrap
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, QTranslator

from core.messages import SENTENCES, STEM_NAMES
from gui.i18n import LANGUAGES
from resources.i18n import extract, update
from resources.i18n.extract import NotLiteralError
from resources.i18n.update import FOLDER, Message, merged, read, xml

HINDI = FOLDER / "antara_hi.ts"
ENGLISH = FOLDER / "antara_en.ts"

ADVICE = "run “python3 dev.py translations”, translate what it lists in resources/i18n, and run it again"

# What must be the same everywhere, and was wrong in other programs.
TERMS = {
    "Vocals": "गायन",
    "Instrumental": "वाद्य संगीत",
    "Drums": "ड्रम",
    "Bass": "बेस",
    "Guitar": "गिटार",
    "Piano": "पियानो",
    "Other": "अन्य",
    "Mix": "मिक्स",
    "Without drums": "ड्रम के बिना",
    "Without bass": "बेस के बिना",
    "Without guitar": "गिटार के बिना",
    "Without piano": "पियानो के बिना",
    "Without other": "अन्य के बिना",
}


@pytest.fixture(scope="module")
def sources() -> dict[str, bool]:
    return extract.texts()


@pytest.fixture(scope="module")
def hindi() -> list[Message]:
    return [message for message in read(HINDI) if not message.vanished]


def placeholders(text: str) -> Counter[str]:
    """What a template is filled with, with its format; "%n" with them."""
    fields = Counter(f"{name}!{conversion}:{spec}" for _, name, spec, conversion in string.Formatter().parse(text) if name)
    return fields + Counter(re.findall("%n", text))


def test_every_text_of_the_sources_is_in_the_translation_and_no_other(
    sources: dict[str, bool], hindi: list[Message]
) -> None:
    assert {message.source: message.plural for message in hindi} == sources, ADVICE


def test_every_text_is_translated(hindi: list[Message]) -> None:
    assert [message.source for message in hindi if not message.finished] == [], ADVICE


def test_placeholders_are_those_of_the_source(hindi: list[Message]) -> None:
    for message in [*hindi, *read(ENGLISH)]:
        for form in message.forms:
            assert placeholders(form) == placeholders(message.source), message.source


def test_plural_forms_are_there_in_both_languages(sources: dict[str, bool], hindi: list[Message]) -> None:
    plural = {text for text, plural in sources.items() if plural}
    english = [message for message in read(ENGLISH) if not message.vanished]
    assert {message.source for message in english} == plural, ADVICE
    for message in [*english, *(message for message in hindi if message.plural)]:
        assert len(message.forms) == 2
        assert all(message.forms), f"{message.source}: {ADVICE}"
        assert "(s)" not in "".join(message.forms)


def test_words_in_latin_letters_are_those_of_the_source(hindi: list[Message]) -> None:
    def words(text: str) -> set[str]:
        return set(re.findall("[A-Za-z]{2,}", re.sub(r"\b([A-Z]{2,})s\b", r"\1", text)))  # GPUs are GPU in Hindi

    for message in hindi:
        assert words(" ".join(message.forms)) <= words(message.source), message.source


def test_texts_end_as_their_source_does(hindi: list[Message]) -> None:
    ends = {".": "।", "…": "…", ":": ":", "?": "?"}
    for message in hindi:
        for form in message.forms:
            assert form[-1] == ends.get(message.source[-1], form[-1]), message.source
            assert (form[-1] == "।") == (message.source[-1] == "."), message.source


def test_the_words_of_music_are_the_right_ones(hindi: list[Message]) -> None:
    known = {message.source: message.forms[0] for message in hindi}
    assert {name: known[name] for name in TERMS} == TERMS
    assert set(STEM_NAMES.values()) <= set(TERMS)
    assert not [message.source for message in hindi if re.search("गान[ेाों]", " ".join(message.forms))]  # a song is गीत


def test_core_s_sentences_are_translated(sources: dict[str, bool]) -> None:
    assert set(SENTENCES.values()) | set(STEM_NAMES.values()) <= set(sources)


def test_the_compiled_translations_are_those_that_are_written(tmp_path: Path) -> None:
    for source in sorted(FOLDER.glob("*.ts")):
        update.compile_file(source, tmp_path / "fresh.qm")
        assert source.with_suffix(".qm").read_bytes() == (tmp_path / "fresh.qm").read_bytes(), ADVICE
    assert {path.stem for path in FOLDER.glob("antara_*.qm")} == {f"antara_{language}" for language in LANGUAGES}


def test_the_files_are_as_the_tool_writes_them(sources: dict[str, bool]) -> None:
    for file in (HINDI, ENGLISH):
        language = update.language_of(file)
        assert xml(merged(read(file), sources, language), language) == file.read_text("utf-8"), ADVICE


def test_what_is_translated_for_qt_are_texts_of_qt() -> None:
    """Where Qt has a translation of its own, ours is not needed."""
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    shipped = {path.stem: QTranslator() for path in folder.glob("qtbase_*.qm")}
    assert all(translator.load(name, str(folder)) for name, translator in shipped.items())
    for file in FOLDER.glob("qtbase_*.ts"):
        assert file.stem not in shipped
        for context in ET.parse(file).iter("context"):
            for node in context.iter("message"):
                name, source = context.findtext("name", ""), node.findtext("source", "")
                assert any(translator.translate(name, source) for translator in shipped.values()), (name, source)
                assert ("%1" in source) == ("%1" in node.findtext("translation", ""))


# The tool


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("gui", "core", "resources"):
        (tmp_path / folder).mkdir()
    (tmp_path / "resources" / "models.json").write_text(
        '{"models": [{}, {"quality": {"measured_on": "songs", "source": "us"}}]}'
    )
    return tmp_path


def found(project: Path, code: str) -> dict[str, bool]:
    (project / "gui" / "page.py").write_text(textwrap.dedent(code))
    (project / "resources" / "models.json").write_text('{"models": []}')
    return extract.texts(project)


def test_texts_are_found_where_functions_and_classes_ask_for_them(project: Path) -> None:
    code = """
        def translate(text: Source) -> str: ...
        def plural(text: Source, count: int) -> str: ...
        def label(text: Text = "", name: str = "") -> QLabel: ...
        class Strip:
            def __init__(self, colour: str, name: Text) -> None: ...
        class Lane(Strip):
            def __init__(self) -> None:
                super().__init__("blue", "lane")
        class Other(Strip): ...
        class Bar:
            def show_message(self, text: Text, *, icon: str, action: Text | None = None) -> None: ...
        @dataclass
        class Choice:
            value: int
            name: Source
        def build(bar, on, count):
            translate("translated")
            plural("%n song(s)", count)
            label("label", "object")
            label(text="keyword")
            Other[int]("red", "generic")
            bar.show_message("yes" if on == "condition" else "no", icon="icon", action="action")
            chosen = "variable" if on == "condition" else translate("other variable")
            label(chosen)
            Choice(1, "choice")
            def inner(text: Source): ...
            inner("inner")
            print("printed", label)
    """
    wanted = "%n song(s)|action|choice|generic|inner|keyword|label|lane|no|other variable|translated|variable|yes".split("|")
    texts = found(project, code)
    assert list(texts) == wanted
    assert [text for text, plural in texts.items() if plural] == ["%n song(s)"]


def test_private_functions_of_other_files_do_not_count(project: Path) -> None:
    (project / "gui" / "other.py").write_text("def _row(text: Text): ...\n_row('text')\n")
    assert list(found(project, "def _row(name: str): ...\n_row('name')\n")) == ["text"]


@pytest.mark.parametrize("code", ['f"{count} songs"', '"songs: " + name', '"one" if one else f"{count}"'])
def test_what_only_exists_while_the_program_runs_cannot_be_a_text(project: Path, code: str) -> None:
    with pytest.raises(NotLiteralError, match=r"page\.py:3"):
        found(project, f"def say(setter, text: Text): ...\n\nsay(button.setText, {code})\n")


def test_core_s_sentences_and_the_catalogue_s_remarks_are_found(project: Path) -> None:
    code = 'SENTENCES: Mapping[str, str] = {"code": "sentence"}\nother: dict = {"a": "b"}\nraise Error(detail="detail")\n'
    (project / "core" / "messages.py").write_text(code)
    assert list(extract.texts(project)) == ["detail", "sentence", "songs", "us"]


def test_translations_are_kept_added_and_forgotten() -> None:
    former = [
        Message("kept", ("क",)),
        Message("gone", ("ग",)),
        Message("never done", ("",)),
        Message("back", ("ब",), vanished=True),
    ]
    found = {"back": False, "kept": False, "new": False, "%n new": True}
    assert merged(former, found, "hi") == [
        Message("%n new", ("", ""), plural=True),
        Message("back", ("ब",)),
        Message("gone", ("ग",), vanished=True),
        Message("kept", ("क",)),
        Message("new", ("",)),
    ]
    assert "gone" not in [message.source for message in merged(former, found, "hi", forget=True)]
    assert merged([], found, "en") == [Message("%n new", ("", ""), plural=True)]


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    messages = [
        Message("<b>&", ("&<b>",)),
        Message("%n", ("a", "b"), plural=True),
        Message("%n new", ("", ""), plural=True),
        Message("gone", ("x",), vanished=True),
    ]
    (tmp_path / "x.ts").write_text(xml(messages, "hi"))
    assert read(tmp_path / "x.ts") == messages
