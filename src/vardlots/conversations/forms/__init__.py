"""Forms in the conversation: sent by staff, filled in by the patient, read by both."""
