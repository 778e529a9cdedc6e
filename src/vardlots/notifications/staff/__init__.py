"""Texts to staff, by their own choice and on an open shift only (requirements A7, H4)."""
