"""Faults made on purpose: bad and odd songs, sudden ends, full disks, long runs. The quick part runs with the other tests,
all of it by ``python3 dev.py soak``.
"""
