"""Texts to a unit's phone, by its on-call roster: also when nobody is signed in (requirement E3)."""
