"""Any channel layout to stereo."""

import numpy as np

from core.arrays import FloatArray

# ITU-R BS.775: centre and surrounds at −3 dB, the low-frequency channel left out. Named as FFmpeg names channels.
_SIDE_GAINS = {"FL": 1.0, "FLC": 1.0, "BL": 0.5**0.5, "SL": 0.5**0.5, "WL": 0.5**0.5, "TFL": 0.5, "TBL": 0.5}
_MIDDLE_GAINS = {"FC": 0.5**0.5, "BC": 0.5, "TC": 0.5, "TFC": 0.5, "TBC": 0.5}
_RIGHT_OF = {name: name.replace("L", "R", 1) for name in _SIDE_GAINS} | {"FLC": "FRC"}


def stereo_matrix(channels: tuple[str, ...]) -> FloatArray | None:
    """The gains (channels, 2) that mix ``channels`` down to stereo; None when they are stereo already.

    Mono goes to both sides at full level, as in Spleeter. The gains of more than two channels are scaled so that a mix of
    full-scale channels does not exceed full scale. Channels with unknown names: the first two are left and right.
    """
    if len(channels) == 1:
        return np.ones((1, 2), np.float32)
    if len(channels) == 2:
        return None
    matrix = np.zeros((len(channels), 2), np.float32)
    for row, name in enumerate(channels):
        if name in _SIDE_GAINS:
            matrix[row, 0] = _SIDE_GAINS[name]
        elif name in _MIDDLE_GAINS:
            matrix[row] = _MIDDLE_GAINS[name]
    for left, right in _RIGHT_OF.items():
        if right in channels:
            matrix[channels.index(right), 1] = _SIDE_GAINS[left]
    if not matrix.any():
        matrix[0, 0] = matrix[1, 1] = 1
    matrix /= np.maximum(matrix.sum(axis=0).max(), 1)
    return matrix
