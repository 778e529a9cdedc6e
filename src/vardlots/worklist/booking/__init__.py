"""Booked visits at the desk: the list of the day, the calendar, booking for a patient."""
