"""Drop-in tickets, used: a new visit at another unit."""
