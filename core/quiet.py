"""Keeps the chatter of C libraries off the terminal."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_log = logging.getLogger(__name__)


@contextmanager
def stderr_into_log(library: str) -> Iterator[None]:
    """Sends what is written to standard error meanwhile, by code in any language, to the log at debug level."""
    try:
        saved = os.dup(2)
    except OSError:  # a windowed program may have no standard error at all
        yield
        return
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            sink.seek(0)
            _log.debug("%s said: %s", library, sink.read().decode("utf-8", "replace"))
