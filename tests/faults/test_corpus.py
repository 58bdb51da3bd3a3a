"""Bad and odd songs, through the command line and through the queue: a sentence or a right result, and nothing else."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import corpus, trial

pytestmark = [pytest.mark.timeout(7200), pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux only")]

_EVERY = 9  # of the cases, in a quick run


def test_every_bad_song_ends_in_one_sentence_on_the_command_line(tmp_path: Path, figures: Path, full: bool) -> None:
    cases = corpus.make(tmp_path / "corpus", 1 if full else _EVERY)
    assert len(cases) >= (300 if full else 30)
    judge("cli", cases, tmp_path, figures)


def test_every_bad_song_ends_in_one_sentence_in_the_queue(tmp_path: Path, figures: Path, full: bool) -> None:
    cases = corpus.make(tmp_path / "corpus", 1 if full else _EVERY)
    # The queue separates whole songs: those of hours would be right to take minutes.
    judge("queue", [case for case in cases if not case.long], tmp_path, figures)


def judge(way: str, cases: list[corpus.Case], folder: Path, figures: Path) -> None:
    outcomes = trial.run(way, cases, folder)
    found = [fault for case, outcome in zip(cases, outcomes, strict=True) for fault in trial.faults(case, outcome)]
    summary = {
        "cases": len(cases),
        "codes": Counter(outcome.code or "separated" for outcome in outcomes),
        "longest_s": max(outcome.seconds for outcome in outcomes),
        "most_mb": max(outcome.peak_mb for outcome in outcomes),
    }
    (figures / f"corpus-{way}.json").write_text(json.dumps(summary, indent=1))
    assert found == []
