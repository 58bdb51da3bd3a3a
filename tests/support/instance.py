"""A start of the program without its window, for tests of several at once.

Usage: ``python -m tests.support.instance listen`` prints ``listening`` and then each list of files as it comes;
``python -m tests.support.instance start`` prints ``first`` or ``later``, and goes on as ``listen`` after a line of input;
``python -m tests.support.instance hand-over FILE…`` prints whether another one took the files.
"""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from gui import single_instance
from gui.single_instance import Listener, hand_over


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    application = QCoreApplication([])
    if sys.argv[1] == "hand-over":
        single_instance._WAIT_MS = 30_000  # the machine of the tests may be busy
        _say(hand_over([Path(name) for name in sys.argv[2:]]))
        os._exit(0)
    listener = Listener(application)
    listener.files_received.connect(lambda paths: _say([os.fsencode(path) for path in paths]))
    if sys.argv[1] == "start":
        _say("first" if listener.is_first else "later")
        sys.stdin.readline()  # as long as a window takes to be built
    listener.listen()
    _say("listening" if listener.listening else "not listening")
    application.exec()


if __name__ == "__main__":
    main()
