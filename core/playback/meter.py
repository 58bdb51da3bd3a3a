"""The fall of a level meter: up at once, down slowly enough to be read."""

import math

from core.playback.mixer import SILENCE_DB

FALL_DB_A_SECOND = 20 / 1.7  # of a peak programme meter, IEC 60268-10 type I


def level_db(peak: float) -> float:
    """A linear peak in dB of full scale, at least ``SILENCE_DB``."""
    return max(20 * math.log10(peak), SILENCE_DB) if peak > 0 else SILENCE_DB


def fallen(shown_db: float, peak: float, seconds: float) -> float:
    """What a meter that showed ``shown_db`` shows ``seconds`` later, when ``peak`` was the largest sample since."""
    return max(level_db(peak), shown_db - FALL_DB_A_SECOND * seconds, SILENCE_DB)
