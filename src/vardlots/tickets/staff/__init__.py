"""Tickets that staff give."""
