"""What happens to a booked time: another time, cancelled, withdrawn, come to, missed."""
