"""Joins the player with the transport bar and the lanes."""

import contextlib
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from core import settings
from core.errors import NoOutputDeviceError, OutputDeviceLostError, OutputError, PlaybackError
from core.playback.device import SHORTEST_LATENCY_S, Device, replaced
from core.playback.feeder import Loop
from core.playback.mixer import SILENCE_DB, gain_of
from core.playback.player import Player
from core.session import Session
from gui.i18n import Text
from gui.lane import STEPS_PER_DB, Lane
from gui.lanes import Lanes
from gui.messages import sentence
from gui.transport import Transport
from gui.widgets import MessageBar

POLL_MS = 33


class Playback(QObject):
    """Plays one session at a time, at the gains of the lanes. A message says why it cannot; all else goes on."""

    ready = Signal()

    def __init__(self, transport: Transport, lanes: Lanes, message: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._transport, self._lanes, self._message = transport, lanes, message
        self._session: Session | None = None
        self.player: Player | None = None
        self._closing: list[Player] = []
        self._position = 0  # where the device went away
        self._growing = False
        known = settings.load()
        self._device = Device(*known.output_device) if known.output_device else None
        self._latency_s = known.output_latency_s or SHORTEST_LATENCY_S
        transport.devices.current = self._device
        self._absence_told = False
        self._trouble: Text = ""  # what was said last of a device
        self._opening = False
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._follow)
        transport.toggled.connect(self.toggle)
        transport.stopped.connect(self.halt)
        transport.sought.connect(self.seek)
        transport.stepped.connect(self.seek_by)
        transport.loop_changed.connect(self._on_loop_changed)
        transport.original_changed.connect(lambda original: self.player and self.player.set_original(original))
        transport.volume_changed.connect(lambda level_db: self.player and self.player.set_master(gain_of(level_db)))
        transport.karaoke_changed.connect(self._on_karaoke_changed)
        transport.devices.chosen.connect(self._choose_device)
        transport.devices.search_wanted.connect(self.reopen)
        lanes.sought.connect(self.seek)
        lanes.changed.connect(self._on_gains_changed)
        transport.setEnabled(False)

    @property
    def growing(self) -> bool:
        """Whether the session's end is only where the separation has got to."""
        return self._growing

    @growing.setter
    def growing(self, growing: bool) -> None:
        self._growing = growing
        if self.player:
            self.player.set_growing(growing)

    # Opening

    def start(self, session: Session) -> None:
        """Opens the device for ``session``, the first time; the transport comes alive when it is ready."""
        if session is self._session:
            return
        self._session, self._position = session, 0
        self._transport.original.setChecked(False)
        self._show_vocals()
        self._open(session, self._device)

    def _open(self, session: Session, device: Device | None) -> Player:
        self._closing = [player for player in self._closing if player.is_open]
        after = self._closing[-1] if self._closing else None
        player = self.player = Player(session, self._lanes.gains(), device, after, self._latency_s)
        player.set_master(gain_of(self._transport.volume.value()))
        player.set_original(self._transport.original.isChecked())
        player.set_growing(self._growing)
        player.set_loop(self._loop())
        self._opening = True
        self._poll.start()
        return player

    def stop(self) -> list[Player]:
        """Silence. Returns the players that are still closing, which is to be waited for before their session is closed."""
        self._close_player()
        self._session = None
        self._transport.setEnabled(False)
        self._transport.show_position(0)
        closing, self._closing = self._closing, []
        return closing

    def _close_player(self) -> None:
        self._poll.stop()
        if self.player:
            self.player.stop()
            self._closing.append(self.player)
        self.player = None
        self._lanes.silence()
        self._transport.show_playing(False)
        self._transport.show_waiting(False)

    def _resume(self, position: int, device: Device | None, playing: bool) -> None:
        """Goes on with a new player where the last one was."""
        self._close_player()
        if self._session:
            player = self._open(self._session, device)
            player.seek(position)
            if playing:
                player.play()
            self._transport.show_playing(playing)

    def _choose_device(self, device: Device | None) -> None:
        self._device, self._latency_s = device, SHORTEST_LATENCY_S
        with contextlib.suppress(OutputError):  # it is chosen all the same
            settings.set_output_device(device)
        self.reopen()

    def reopen(self) -> None:
        """Opens the device anew, where PortAudio looks for those that are there."""
        position, playing = (self.player.position, self.player.playing) if self.player else (self._position, False)
        self._resume(position, self._device, playing)

    # Controls

    def toggle(self) -> None:
        """Plays or pauses; from the start again when the end was reached."""
        player = self.player
        if player is None:
            self._resume(self._position, self._device, playing=True)  # the device went away; perhaps it is back
            return
        if not player.ready:
            return
        if player.playing:
            player.pause()
        else:
            if player.at_end and not self._growing:
                player.seek(self._beginning())
            player.play()
        self._transport.show_playing(player.playing)

    def halt(self) -> None:
        """Stops, and goes back to the beginning of the song or the loop."""
        if self.player:
            self.player.pause()
            self.player.seek(self._beginning())
            self._transport.show_playing(False)

    def seek(self, seconds: float) -> None:
        if self.player and self._session:
            self.player.seek(round(seconds * self._session.rate))

    def seek_by(self, seconds: float) -> None:
        if self.player and self._session:
            self.player.seek(self.player.position + round(seconds * self._session.rate))

    def _loop(self) -> Loop | None:
        looped = self._transport.looped
        if not looped or not self._session:
            return None
        return Loop(*(round(seconds * self._session.rate) for seconds in looped))

    def _beginning(self) -> int:
        loop = self._loop()
        return loop.start if loop else 0

    def _on_loop_changed(self) -> None:
        """A playhead that is not within the loop goes to its beginning."""
        loop = self._loop()
        if self.player:
            self.player.set_loop(loop)
            if loop and not loop.start <= self.player.position < loop.end:
                self.player.seek(loop.start)

    def _vocals(self) -> Lane | None:
        return next((lane for lane in self._lanes.lanes if lane.stem == "vocals"), None)

    def _on_karaoke_changed(self, level_db: float) -> None:
        lane = self._vocals()
        if lane:
            lane.mute.setChecked(False)
            lane.volume.setValue(round(level_db * STEPS_PER_DB))

    def _show_vocals(self) -> None:
        lane = self._vocals()
        self._transport.show_vocals((SILENCE_DB if lane.mute.isChecked() else lane.level_db) if lane else None)

    def _on_gains_changed(self) -> None:
        self._show_vocals()
        gains = self._lanes.gains()
        if self.player and self._session and set(gains) == set(self._session.stems):
            self.player.set_gains(gains)

    # What the player tells

    def _follow(self) -> None:
        player, session = self.player, self._session
        if player is None or session is None:
            return
        if player.error:
            self._on_error(player, player.error)
            return
        if player.ready and self._opening:
            self._on_opened(player)
        if player.latency_s != self._latency_s:
            self._on_ran_dry(player.latency_s)
        self._transport.show_separated(session.frames / session.rate)
        self._transport.show_position(player.position / session.rate)
        self._transport.show_waiting(player.waiting)
        self._lanes.show_position(player.position / session.rate)
        self._lanes.show_levels(player.levels(), POLL_MS / 1000)
        if player.playing and player.at_end and not self._growing:
            self.halt()

    def _on_opened(self, player: Player) -> None:
        self._opening = False
        self._message.withdraw(self._trouble)
        if player.fell_back and self._device:
            self._message.show_message(partial(sentence, replaced(self._device)))
        if not self._transport.isEnabled():
            self._transport.setEnabled(True)
            self.ready.emit()

    def _on_ran_dry(self, latency_s: float) -> None:
        """The next song is played with the latency that this one turned out to need, and after the next start, too."""
        self._latency_s = latency_s
        with contextlib.suppress(OutputError):
            settings.change(output_latency_s=latency_s)

    def _on_error(self, player: Player, error: PlaybackError) -> None:
        """A chosen device that went away gives way to the default; otherwise the user is told, and may try again."""
        self._position = player.position
        chosen = player.output.device if player.output else None
        if chosen and isinstance(error, OutputDeviceLostError):
            self._resume(self._position, None, player.playing)
            self._message.show_message(partial(sentence, replaced(chosen)))
            return
        self._close_player()
        absent = isinstance(error, NoOutputDeviceError)
        self._transport.setEnabled(not absent)
        # Without a sound card that is news once, and never in the place of other news.
        if not absent or (not self._absence_told and not self._message.text):
            self._trouble = partial(sentence, error)
            self._message.show_message(self._trouble, action="Try again", then=self._try_again)
            self._absence_told = absent

    def _try_again(self) -> None:
        self._message.hide()
        self._absence_told = False
        self.reopen()
