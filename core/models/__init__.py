"""Which models there are, and their weights."""
