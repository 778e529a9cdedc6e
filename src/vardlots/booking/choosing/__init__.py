"""Somebody chooses: a time is kept for them for some minutes, one at a time."""
