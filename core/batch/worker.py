"""The part of a worker process that lives from song to song: the engine, and whether the run was cancelled.

Workers of one's own are started from Antara's folder, with two threads each, one song being read while another is separated:
``python -m distributed.cli.dask_worker tcp://… --nthreads 2``, with ``DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON='{}'`` set.
"""

import signal
import time
from typing import Any

from distributed import get_worker

from core import jobs
from core.audio.reader import probe
from core.batch import job as batch_job
from core.batch.engines import WorkerEngines
from core.batch.job import Job, Outcome
from core.cancel import CancelToken
from core.engines import EngineOptions, ignore_notice
from core.jobs import Separation
from core.models import catalogue
from core.progress import Progress

_engines = WorkerEngines()
_cancels: dict[str, CancelToken] = {}
_settled_at = 0.0

_SETTLING_S = 1.0


def dask_setup(worker: Any) -> None:
    """Called when a worker that Antara starts is there: Ctrl-C is the coordinator's to answer."""
    global _settled_at
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _settled_at = time.monotonic() + _SETTLING_S


def settle() -> None:
    """Waits until who watches over this worker knows it: one that ends before is not started again."""
    time.sleep(max(_settled_at - time.monotonic(), 0.0))


def work(run: str, job: Job) -> Outcome:
    """One song of a run."""
    settle()
    cancel = _cancels.setdefault(run, CancelToken())
    return batch_job.run(job, _engines, cancel, str(get_worker().address))


def nothing(run: str, job: Job) -> Outcome:
    """The same without the work: for measuring what the rest takes."""
    return Outcome(job.key, "done", 0.0, 0.0, str(get_worker().address))


def cancel_run(run: str) -> None:
    """Ends the songs of a run between two chunks."""
    _cancels.setdefault(run, CancelToken()).cancel()


def rehearse(song: str, model: str, options: EngineOptions, number: int) -> int:
    """Separates a song and throws the stems away; its number. Raises what ``separate_song`` raises."""
    from core.files import text_path

    def forget(anything: object) -> None:
        """What is measured is how long it takes."""

    def report(progress: Progress) -> None:
        """The same."""

    what = Separation(probe(text_path(song)), catalogue.find(model), options=options)
    jobs.separate_song(what, _engines, CancelToken(), forget, report, ignore_notice)
    return number
