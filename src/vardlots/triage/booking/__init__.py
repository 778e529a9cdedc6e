"""The patient's booking: choosing a time, the booked time's own page, changing and cancelling it (B9, G5)."""
