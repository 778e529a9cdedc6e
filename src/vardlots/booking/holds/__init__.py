"""A time kept for whoever chooses it, taken, and free again."""
