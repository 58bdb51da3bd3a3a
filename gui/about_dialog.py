"""What this program is: version, engines, licences, log; and, when asked, whether there is a newer one."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core import __version__, paths, releases
from core.engines.choice import MODULES
from core.engines.survey import NAMES, Survey, survey
from core.errors import AntaraError
from core.releases import Release
from core.report import versions
from gui import icons, theme
from gui.i18n import Source, Text, said, say, translate
from gui.messages import sentence
from gui.show_file import show_in_folder
from gui.support_dialog import SupportDialog
from gui.widgets import announce, elided_label, label
from gui.worker import start_detached

_ICON = 64
_WIDTH = 560


class AboutDialog(QDialog):
    """Looks for engines and devices as it opens; for a newer release only when its button is pressed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        say(self.setWindowTitle, "About Antara")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self.engines, self.devices = label(), label()
        self.log = elided_label()
        self.news = label(faint=True)
        self.check = QPushButton()
        self.copy, self.support = QPushButton(), QPushButton()
        self._release: Release | None = None
        self._build()
        start_detached(lambda cancel, report, notify: report(survey(cancel))).progressed.connect(self._on_survey)

    def _build(self) -> None:
        picture = QLabel()
        picture.setPixmap(icons.icon("antara", theme.current().accent).pixmap(_ICON, _ICON))
        title = label(name="title")
        title.setText(f"Antara {__version__}")
        what = label("Separates songs into stems on your own computer. Nothing is uploaded.", faint=True)
        what.setWordWrap(True)
        words = QVBoxLayout()
        words.addWidget(title)
        words.addWidget(what)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(picture)
        head.addLayout(words, 1)
        for unknown in (self.engines, self.devices):
            unknown.setText("…")
            unknown.setWordWrap(True)
        self.log.setText(str(paths.logs_folder()))
        licence = label()
        licence.setText("GPL-3.0-or-later")
        rows = QGridLayout()
        rows.setHorizontalSpacing(18)
        rows.setVerticalSpacing(10)
        rows.setColumnStretch(1, 1)
        _add(rows, "Engines", self.engines)
        _add(rows, "Devices", self.devices)
        _add(rows, "Licences", licence, _show_button("Show the licences", paths.licences_file()))
        _add(rows, "Log", self.log, _show_button("Show the log", paths.logs_folder() / "antara.log"))
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(20)
        column.addLayout(head)
        column.addLayout(rows)
        column.addLayout(self._release_row())
        column.addWidget(self._buttons())

    def _release_row(self) -> QHBoxLayout:
        """The question for a newer release, where it is known who releases."""
        row = QHBoxLayout()
        say(self.check.setText, "Check for a newer version")
        self.check.clicked.connect(self._on_check)
        self.check.setVisible(releases.repository() is not None)
        self.news.setWordWrap(True)
        row.addWidget(self.check)
        row.addWidget(self.news, 1)
        return row

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()
        say(self.copy.setText, "Copy details")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details()))
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        say(self.support.setText, "Support bundle…")
        self.support.clicked.connect(self._show_support)
        buttons.addButton(self.support, QDialogButtonBox.ButtonRole.ActionRole)
        return buttons

    def details(self) -> str:
        """What whoever helps wants to know, in English."""
        return f"{versions()}\nEngines: {self.engines.text()}\nDevices: {self.devices.text()}\n"

    def show_release(self, release: Release | None) -> None:
        """What the question has brought."""
        self._release = release
        if release:
            say(self.check.setText, "Open its page")
            self._say(lambda: translate("Version {version} is out.").format(version=release.version))
        else:
            self._say("This is the newest version.")

    def _show_support(self) -> None:
        window = self.parentWidget()
        self.accept()
        SupportDialog(window).open()

    def _on_check(self) -> None:
        if self._release:
            QDesktopServices.openUrl(QUrl(self._release.page))
            return
        owner = releases.repository() or ""
        self._say("Asking…")
        job = start_detached(lambda cancel, report, notify: report(releases.newer(owner)))
        job.progressed.connect(self.show_release)
        job.failed.connect(self._on_failed)

    def _on_failed(self, error: AntaraError) -> None:
        self._say(partial(sentence, error))

    def _say(self, text: Text) -> None:
        say(self.news.setText, text)
        announce(self.news, said(text))

    def _on_survey(self, found: Survey) -> None:
        names = [str(MODULES[name].NAME) for name in NAMES if name not in found.missing]
        self.engines.setText(", ".join(names) or "–")
        self.devices.setText(", ".join([*(place.name for place in found.places), "CPU"]))


def _add(rows: QGridLayout, name: Source, value: QLabel, button: QPushButton | None = None) -> None:
    row = rows.rowCount()
    rows.addWidget(label(name, faint=True), row, 0)
    rows.addWidget(value, row, 1)
    if button:
        rows.addWidget(button, row, 2)


def _show_button(name: Source, file: Path) -> QPushButton:
    """Shows the file in its folder."""
    button = QPushButton()
    say(button.setText, "Show")
    say(button.setAccessibleName, name)
    button.clicked.connect(partial(show_in_folder, file))
    return button
