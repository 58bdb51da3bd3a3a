"""How well songs are separated: estimates of stems held against the true ones.

``truth`` finds songs with true stems, ``baselines`` makes estimates without a model, ``bss_eval`` and ``plain`` are the
metrics, ``evaluate`` puts them together for one song, ``results`` takes medians, ``table`` and ``plot`` show them.
"""
