"""Whom a patient asks: a fixed care contact, or a treating role at a unit; and who stands in for whom (row F3)."""
