"""The rows of booked times, and what every change of one means for the line of those who wait for an earlier."""
