"""A patient who does not answer: reminded, warned, and then the visit ends; the most urgent are telephoned (D13)."""
