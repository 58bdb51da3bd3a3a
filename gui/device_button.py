"""The choice of the device that is played on."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from core.messages import printable
from core.playback.device import Device, output_devices
from gui.i18n import say, translate


class DeviceButton(QToolButton):
    """A button whose menu has the devices of the moment."""

    chosen = Signal(object)  # Device; None for the system's default
    search_wanted = Signal()  # for devices that were plugged in since the present one was opened

    def __init__(self) -> None:
        super().__init__()
        self.current: Device | None = None
        say(self.setAccessibleName, "Sound device")
        say(self.setToolTip, "Sound device")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        group = QActionGroup(menu)
        devices = output_devices()
        several = len({device.host_api for device in devices}) > 1
        if self.current and self.current not in devices:
            devices.append(self.current)
        for device in (None, *devices):
            action = menu.addAction("")
            say(action.setText, partial(_text, device, several))
            action.setCheckable(True)
            action.setChecked(device == self.current)
            action.triggered.connect(lambda checked, device=device: self._choose(device))
            group.addAction(action)
        menu.addSeparator()
        say(menu.addAction("", self.search_wanted.emit).setText, "Look for new devices")

    def _choose(self, device: Device | None) -> None:
        self.current = device
        self.chosen.emit(device)


def _text(device: Device | None, with_host_api: bool) -> str:
    if device is None:
        return translate("System default")
    text = f"{device.name} ({device.host_api})" if with_host_api else device.name
    return printable(text).replace("&", "&&")
