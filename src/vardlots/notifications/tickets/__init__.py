"""Texts about tickets, which belong to no case: to the patient, or to the guardian who acts for a child."""
