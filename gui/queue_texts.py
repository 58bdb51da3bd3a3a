"""What the page of the queue says."""

from collections.abc import Mapping, Sequence

from core import messages
from core.audio.formats import Codec
from core.output import Output
from core.queue_items import Item
from gui.care_dialog import care_text
from gui.i18n import plural, translate
from gui.messages import sentence

_CODEC_NAMES: Mapping[Codec, str] = {
    "wav": "WAV",
    "flac": "FLAC",
    "mp3": "MP3",
    "m4a": "AAC",
    "alac": "Apple Lossless",
    "ogg": "Ogg Vorbis",
    "opus": "Opus",
    "wma": "WMA",
}


def state_text(item: Item) -> str:
    """In one word."""
    match item.state:
        case "waiting":
            return translate("Interrupted") if item.interrupted else translate("Waiting")
        case "running":
            return translate("Separating")
        case "done":
            return translate("Done")
        case "failed":
            return translate("Failed")
        case "cancelled":
            return translate("Cancelled")


def failure_text(item: Item) -> str:
    """Why it failed; empty if it did not."""
    if item.failure is None:
        return ""
    notice = item.failure.notice()
    if notice.code == "truncated":  # the window's own sentence is about a song of which the beginning can be heard
        return messages.fill(translate(messages.SENTENCES["truncated"]), notice.parameters)
    return sentence(notice)


def detail_text(items: Sequence[Item], careful: bool) -> str:
    """What there is to say about the selected ones; ``careful``: their models have knobs for quality."""
    if len(items) > 1:
        return plural("%n song(s) selected", len(items))
    for item in items:
        if item.state == "waiting" and item.interrupted:
            return translate("Antara ended during this song; it will be separated again.")
        if item.state == "waiting" and item.care and careful:
            return translate("Quality of its own: {quality}").format(quality=care_text(item.care))
        return failure_text(item)
    return ""


def count_text(items: Sequence[Item]) -> str:
    """``3 of 12 done, 1 failed``; empty if there are none."""
    if not items:
        return ""
    states = [item.state for item in items]
    text = translate("{done} of {count} done").format(done=states.count("done"), count=len(states))
    failed = states.count("failed")
    return translate("{done}, {failed} failed").format(done=text, failed=failed) if failed else text


def format_text(output: Output) -> str:
    """``WAV, 16 bit`` or ``MP3, 320 kbit/s``."""
    format_, name = output.format, _CODEC_NAMES[output.codec]
    if format_.depth:
        bits = (
            translate("{codec}, {depth} bit float") if format_.keeps_over_full_scale else translate("{codec}, {depth} bit")
        )
        return bits.format(codec=name, depth=format_.depth)
    if format_.bitrate:
        return translate("{codec}, {rate} kbit/s").format(codec=name, rate=format_.bitrate // 1000)
    return translate("{codec}, variable bit rate {quality}").format(codec=name, quality=format_.vbr)
