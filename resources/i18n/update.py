"""Brings the texts of the program into the translations beside this file, and compiles them. Run it by

    python3 dev.py translations [--forget]

antara_*.ts are Qt Linguist's files, in the order of the alphabet. New texts come in as unfinished, to be translated in an
editor or in Linguist (and this to be run again); what is gone is kept as vanished, unless --forget is given. The English
file has only what differs from the code: plural forms. qtbase_*.ts hold Qt's own texts where Qt has no translation.
A new language: an antara_xx.ts of one line, <TS version="2.1" language="xx"/>, then this; a line in LANGUAGES of
gui/i18n.py and one in Language of core/settings.py.
"""

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from resources.i18n.extract import texts

FOLDER = Path(__file__).resolve().parent

_CONTEXT = "Antara"
_SOURCE_LANGUAGE = "en"
_FORMS = 2  # one and more: enough for English and Hindi; Linguist knows those of others


@dataclass(frozen=True)
class Message:
    """A text and its translation; one that is plural has a form for each of the language's numbers."""

    source: str
    forms: tuple[str, ...]
    plural: bool = False
    vanished: bool = False

    @property
    def finished(self) -> bool:
        return all(self.forms)


def main(arguments: Iterable[str]) -> int:
    found = texts()
    for file in sorted(FOLDER.glob("antara_*.ts")):
        messages = merged(read(file), found, language_of(file), forget="--forget" in arguments)
        file.write_text(xml(messages, language_of(file)), "utf-8")
        present = [message for message in messages if not message.vanished]
        unfinished = [message.source for message in present if not message.finished]
        vanished = len(messages) - len(present)
        head = f"{file.name}: {len(present)} texts, {len(unfinished)} to be translated; {vanished} vanished"
        print(head, *unfinished, sep="\n    ")
    for file in sorted(FOLDER.glob("*.ts")):
        compile_file(file, file.with_suffix(".qm"))
    return 0


def language_of(file: Path) -> str:
    return file.stem.partition("_")[2]


def read(file: Path) -> list[Message]:
    return [_message(node) for node in ET.parse(file).iter("message")]


def merged(former: Iterable[Message], found: Mapping[str, bool], language: str, forget: bool = False) -> list[Message]:
    """The messages for the texts that were found (and whether they are plural), with the translations that there are."""
    known = {message.source: message for message in former}
    result = []
    for source, plural in found.items():
        if plural or language != _SOURCE_LANGUAGE:
            before = known.get(source)
            usable = before is not None and before.plural == plural
            forms = before.forms if before and usable else ("",) * (_FORMS if plural else 1)
            result.append(Message(source, forms, plural))
    present = {message.source for message in result}
    gone = [message for message in known.values() if message.source not in present and message.finished and not forget]
    result += [Message(message.source, message.forms, message.plural, vanished=True) for message in gone]
    return sorted(result, key=lambda message: message.source)


def xml(messages: Iterable[Message], language: str) -> str:
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    root = f'<TS version="2.1" language="{language}" sourcelanguage="{_SOURCE_LANGUAGE}">\n'
    body = "".join(map(_xml, messages))
    return f"{head}{root}<context>\n    <name>{_CONTEXT}</name>\n{body}</context>\n</TS>\n"


def compile_file(source: Path, target: Path) -> None:
    """Has Qt's lrelease, which comes with PySide6, make the .qm that the program loads."""
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([tool, "-silent", source, "-qm", target], check=True)


def _message(node: ET.Element) -> Message:
    translation = node.find("translation")
    assert translation is not None
    plural = node.get("numerus") == "yes"
    forms = [form.text or "" for form in translation.iter("numerusform")] if plural else [translation.text or ""]
    return Message(node.findtext("source", ""), tuple(forms), plural, translation.get("type") in ("vanished", "obsolete"))


def _xml(message: Message) -> str:
    state = ' type="vanished"' if message.vanished else "" if message.finished else ' type="unfinished"'
    forms = [escape(form) for form in message.forms]
    if message.plural:
        inside = "".join(f"            <numerusform>{form}</numerusform>\n" for form in forms)
        translation = f"<translation{state}>\n{inside}        </translation>"
    else:
        translation = f"<translation{state}>{forms[0]}</translation>"
    head = '    <message numerus="yes">' if message.plural else "    <message>"
    return f"{head}\n        <source>{escape(message.source)}</source>\n        {translation}\n    </message>\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
