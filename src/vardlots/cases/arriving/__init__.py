"""Cases that no patient's own questions led to: from a ticket, a booked time, or staff who begin."""
