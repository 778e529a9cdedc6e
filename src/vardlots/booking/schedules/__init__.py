"""Whose times there are, how they open, and what becomes of a time that nobody has booked."""
