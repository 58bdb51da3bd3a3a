"""A display and a sound device for what is measured of the whole window."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tests.real.conftest as devices


def report(measure: Callable[[Path], dict[str, Any]]) -> None:
    """Prints as JSON what is found with a folder of one's own, in which no settings of the user's are.

    Display and sound come first: PortAudio and Qt find them by their environment.
    """
    devices._start_display()
    devices._start_sound()
    from PySide6.QtWidgets import QApplication

    from gui.app import SWITCH_S

    sys.setswitchinterval(SWITCH_S)
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_DATA_HOME"] = folder
        found = measure(Path(folder))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    application.quit()
    for process in devices._started:
        process.terminate()
