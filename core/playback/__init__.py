"""Hearing the stems."""
