"""Antara without a window: reading, separating, playing and writing songs. No Qt below this package."""

__version__ = "0.1.0"
