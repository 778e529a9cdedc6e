"""What goes on elsewhere after an assisted triage: a unit that has it from now on, or a ticket to use (E5, I4)."""
