"""docs/errors.md says of every error what happened and what to do, in both languages, and is up to date."""

import re
from collections.abc import Mapping

import pytest

from core.errors import AntaraError, BatchStoppedError, CancelledError, TrainingStoppedError
from core.messages import SENTENCES
from docs import make_errors
from gui.messages import WINDOW_SENTENCES
from resources.i18n import update

ERRORS = [kind for _, kinds in make_errors.families() for kind in kinds]
# The user wanted it so: there is nothing to be done.
WISHED = {
    CancelledError.code,
    TrainingStoppedError.code,
    BatchStoppedError.code,
}

_ADVICE = re.compile(
    r"(?:[;:.,]|\band) (?:please )?(?:add|check|choose|close|connect|convert|correct|delete|download|export|for the pattern"
    r"|free|get|give|go on|install|leave|name|press|put|remove|report|run|separate|start|try|use|wait) "
)
_HINDI_ADVICE = re.compile(r"(?:ें|एँ)(?=[ ।;,:(“]|$)")  # how a polite request ends


@pytest.fixture(scope="module")
def hindi() -> Mapping[str, str]:
    return make_errors.translations(update.FOLDER / "antara_hi.ts")


def test_the_page_is_as_the_program_says_it() -> None:
    assert make_errors.TARGET.read_text("utf-8") == make_errors.text(), "run python -m docs.make_errors"


def test_the_page_has_every_error_and_every_notice_once() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", make_errors.text(), re.MULTILINE)
    assert sorted(rows) == sorted(SENTENCES)
    assert {kind.code for kind in ERRORS} <= set(rows)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)
def test_every_error_says_what_to_do_in_both_languages(kind: type[AntaraError], hindi: Mapping[str, str]) -> None:
    for sentences in (SENTENCES, WINDOW_SENTENCES):
        sentence = sentences.get(kind.code)
        if sentence and kind.code not in WISHED:
            assert _ADVICE.search(sentence), sentence
            assert _HINDI_ADVICE.search(hindi[sentence]), hindi[sentence]


def test_translations_have_the_parameters_of_their_sentences(hindi: Mapping[str, str]) -> None:
    for sentence in (*SENTENCES.values(), *WINDOW_SENTENCES.values()):
        assert set(re.findall(r"{[^}]*}", hindi[sentence])) == set(re.findall(r"{[^}]*}", sentence))
