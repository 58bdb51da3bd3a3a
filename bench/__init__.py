"""Speed and memory, measured beside Spleeter on the same machine in the same run. Start with ``python3 dev.py bench``."""
