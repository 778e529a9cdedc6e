"""A visit paused to a later day, and what becomes of it when that day comes (requirement D11)."""
