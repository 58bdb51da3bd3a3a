"""The two ways to make stems of a network's estimates."""

from typing import Literal

# The whole band and stems that sum to the song, or Spleeter's own output.
Mode = Literal["full", "reference"]
