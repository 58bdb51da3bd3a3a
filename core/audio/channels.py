"""Any channel layout to stereo."""

import numpy as np

from core.arrays import FloatArray

# ITU-R BS.775: centre and surrounds at −3 dB, the low-frequency channels left out; what is above or below at −6 dB. Named as
# FFmpeg names channels. Of Ambisonics the first two are heard: a microphone that points to the left and one to the right.
_HALF_POWER = 0.5**0.5
_SIDE_GAINS = {"FL": 1.0, "FLC": 1.0, "BL": _HALF_POWER, "SL": _HALF_POWER, "WL": _HALF_POWER, "SDL": _HALF_POWER}
_SIDE_GAINS |= {"TFL": 0.5, "TBL": 0.5, "TSL": 0.5, "BFL": 0.5}
_MIDDLE_GAINS = {"FC": _HALF_POWER, "BC": 0.5, "TC": 0.5, "TFC": 0.5, "TBC": 0.5, "BFC": 0.5}
_GAINS = {name: (gain, 0.0) for name, gain in _SIDE_GAINS.items()}
_GAINS |= {name.replace("L", "R", 1): (0.0, gain) for name, gain in _SIDE_GAINS.items()}
_GAINS |= {name: (gain, gain) for name, gain in _MIDDLE_GAINS.items()}
_GAINS |= {"AMBI0": (0.5, 0.5), "AMBI1": (0.5, -0.5)}

# What channels are that the file does not name (FFmpeg's "NONE"): as in FLAC, RFC 9639, section 9.1.3.
_UNNAMED = {
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}


def stereo_matrix(channels: tuple[str, ...]) -> FloatArray | None:
    """The gains (channels, 2) that mix ``channels`` down to stereo; None when they are stereo already.

    Mono goes to both sides at full level, as in Spleeter. The gains of more than two channels are scaled so that a mix of
    full-scale channels does not exceed full scale. More than eight channels without names: the first two are left and right.
    """
    if len(channels) == 1:
        return np.ones((1, 2), np.float32)
    if len(channels) == 2 and channels != ("FR", "FL"):
        return None
    if set(channels) == {"NONE"}:
        channels = _UNNAMED.get(len(channels), channels)
    matrix = np.array([_GAINS.get(name, (0.0, 0.0)) for name in channels], np.float32)
    if not matrix.any():
        matrix[0, 0] = matrix[1, 1] = 1
    matrix /= np.maximum(np.abs(matrix).sum(axis=0).max(), 1)
    return matrix
