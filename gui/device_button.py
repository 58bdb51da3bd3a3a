"""The choice of the device that is played on."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from core.messages import printable
from core.playback.device import Device, output_devices
from gui.i18n import translate


class DeviceButton(QToolButton):
    """A button whose menu has the devices of the moment."""

    chosen = Signal(object)  # Device; None for the system's default
    search_wanted = Signal()  # for devices that were plugged in since the present one was opened

    def __init__(self) -> None:
        super().__init__()
        self.current: Device | None = None
        self.setAccessibleName(translate("Sound device"))
        self.setToolTip(translate("Sound device"))
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
            action = menu.addAction(_text(device, several))
            action.setCheckable(True)
            action.setChecked(device == self.current)
            action.triggered.connect(lambda checked, device=device: self._choose(device))
            group.addAction(action)
        menu.addSeparator()
        menu.addAction(translate("Look for new devices"), self.search_wanted.emit)

    def _choose(self, device: Device | None) -> None:
        self.current = device
        self.chosen.emit(device)


def _text(device: Device | None, with_host_api: bool) -> str:
    if device is None:
        return translate("System default")
    text = f"{device.name} ({device.host_api})" if with_host_api else device.name
    return printable(text).replace("&", "&&")
