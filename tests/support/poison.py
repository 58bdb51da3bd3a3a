"""What a worker does in tests where some songs end it."""

import os
import signal

from core.batch import worker
from core.batch.job import Job, Outcome


def work(run: str, job: Job) -> Outcome:
    """As a worker does it, unless the song is called "poison"."""
    worker.here().settle()
    if "poison" in job.source:
        os.kill(os.getpid(), signal.SIGKILL)
    return worker.work(run, job)
