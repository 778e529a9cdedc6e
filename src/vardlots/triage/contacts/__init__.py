"""The patient's own contacts: who answers, when, and a question to them (requirement F3)."""
