"""Data that ships with Antara: the built-in model, the demo song, icons. Read through importlib.resources."""
