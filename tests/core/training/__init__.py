"""Tests of core.training; those of the network need PyTorch and skip without it."""
