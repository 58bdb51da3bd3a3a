"""Joins the player with the transport bar and the lanes."""

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import NoOutputDeviceError
from core.playback.player import Player
from core.session import Session
from gui.lanes import Lanes
from gui.transport import Transport

POLL_MS = 33


class Playback(QObject):
    """Plays one session at a time, at the gains of the lanes. ``failed`` tells why it cannot; all else goes on."""

    ready = Signal()
    failed = Signal(object)  # PlaybackError

    def __init__(self, transport: Transport, lanes: Lanes, parent: QObject) -> None:
        super().__init__(parent)
        self._transport, self._lanes = transport, lanes
        self._session: Session | None = None
        self.player: Player | None = None
        self._closing: list[Player] = []
        self._position = 0  # where the device went away
        self.growing = False  # whether the session's end is only where the separation has got to
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._follow)
        transport.toggled.connect(self.toggle)
        transport.sought.connect(self.seek)
        lanes.sought.connect(self.seek)
        lanes.changed.connect(self._on_gains_changed)
        transport.setEnabled(False)

    def start(self, session: Session) -> None:
        """Opens the device for ``session``, the first time; the transport comes alive when it is ready."""
        if session is self._session:
            return
        self._session, self._position = session, 0
        self._open(session)

    def _open(self, session: Session) -> Player:
        self.player = Player(session, self._lanes.gains())
        self._poll.start()
        return self.player

    def stop(self) -> list[Player]:
        """Silence. Returns the players that are still closing, which is to be waited for before their session is closed."""
        self._stop_player()
        self._session = None
        closing, self._closing = self._closing, []
        return closing

    def _stop_player(self) -> None:
        self._poll.stop()
        if self.player:
            self.player.stop()
            self._closing.append(self.player)
        self.player = None
        self._lanes.silence()
        self._transport.show_playing(False)
        self._transport.show_position(0)
        self._transport.setEnabled(False)

    def toggle(self) -> None:
        """Plays or pauses; from the start again when the end was reached."""
        player = self.player
        if player is None:
            if self._session:  # the device went away; perhaps it is back
                player = self._open(self._session)
                player.seek(self._position)
                player.play()
                self._transport.show_playing(True)
            return
        if not player.ready:
            return
        if player.playing:
            player.pause()
        else:
            if player.at_end and not self.growing:
                player.seek(0)
            player.play()
        self._transport.show_playing(player.playing)

    def seek(self, seconds: float) -> None:
        if self.player and self._session:
            self.player.seek(round(seconds * self._session.rate))

    def seek_by(self, seconds: float) -> None:
        if self.player and self._session:
            self.player.seek(self.player.position + round(seconds * self._session.rate))

    def _on_gains_changed(self) -> None:
        gains = self._lanes.gains()
        if self.player and self._session and set(gains) == set(self._session.stems):
            self.player.set_gains(gains)

    def _follow(self) -> None:
        player, session = self.player, self._session
        if player is None or session is None:
            return
        if player.error:
            error, self._position = player.error, player.position
            self._stop_player()
            self._transport.setEnabled(not isinstance(error, NoOutputDeviceError))
            self.failed.emit(error)
            return
        if player.ready and not self._transport.isEnabled():
            self._transport.setEnabled(True)
            self.ready.emit()
        self._transport.show_position(player.position / session.rate)
        self._lanes.show_position(player.position / session.rate)
        self._lanes.show_levels(player.levels(), POLL_MS / 1000)
        if player.playing and player.at_end and not self.growing:
            player.pause()
            player.seek(0)
            self._transport.show_playing(False)
