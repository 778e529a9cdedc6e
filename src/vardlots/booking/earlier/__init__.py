"""An earlier time: who waits for one, and what becomes free offered to one of them at a time."""
