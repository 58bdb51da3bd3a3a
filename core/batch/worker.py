"""The part of a worker process that lives from song to song: the engine, and whether the run was cancelled.

Workers of one's own are started from Antara's folder, with two threads each, one song being read while another is separated:
``python -m distributed.cli.dask_worker tcp://… --nthreads 2``, with ``DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON='{}'`` set.
"""

import signal
import threading
import time
from collections import defaultdict

from distributed import Client, Worker, WorkerPlugin, get_worker

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

_NAME = "antara"
_SETTLING_S = 1.0


class Separator(WorkerPlugin):  # type: ignore[misc]  # Dask has no types
    """What a worker keeps from song to song."""

    name = _NAME
    idempotent = True  # another run's, which may be at work, is left as it is

    def setup(self, worker: Worker) -> None:
        """Called in each worker as it comes."""
        self.engines, self.cancels = WorkerEngines(), defaultdict[str, CancelToken](CancelToken)
        self._lock, self._settled_at = threading.Lock(), time.monotonic() + _SETTLING_S

    def cancel(self, run: str) -> CancelToken:
        """That of a run."""
        with self._lock:
            return self.cancels[run]

    def settle(self) -> None:
        """Waits until who watches over this worker knows it: one that ends before is not started again."""
        time.sleep(max(self._settled_at - time.monotonic(), 0.0))


def dask_setup(worker: Worker) -> None:
    """Called when a worker that Antara starts is there: Ctrl-C is the coordinator's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def equip(client: Client) -> None:
    """Gives a ``Separator`` to all workers, those that are to come included."""
    client.register_plugin(Separator())


def here() -> Separator:
    """That of the worker that asks."""
    found: Separator = get_worker().plugins[_NAME]
    return found


def work(run: str, job: Job) -> Outcome:
    """One song of a run."""
    separator = here()
    separator.settle()
    return batch_job.run(job, separator.engines, separator.cancel(run), str(get_worker().address))


def nothing(run: str, job: Job) -> Outcome:
    """The same without the work: for measuring what the rest takes."""
    return Outcome(job.key, "done", 0.0, 0.0, str(get_worker().address))


def cancel_run(run: str, dask_worker: Worker) -> None:
    """Ends the songs of a run between two chunks."""
    dask_worker.plugins[_NAME].cancel(run).cancel()


def rehearse(song: str, model: str, options: EngineOptions, number: int) -> int:
    """Separates a song and throws the stems away; its number. Raises what ``separate_song`` raises."""
    from core.files import text_path

    def forget(anything: object) -> None:
        """What is measured is how long it takes."""

    def report(progress: Progress) -> None:
        """The same."""

    what = Separation(probe(text_path(song)), catalogue.find(model), options=options)
    jobs.separate_song(what, here().engines, CancelToken(), forget, report, ignore_notice)
    return number
