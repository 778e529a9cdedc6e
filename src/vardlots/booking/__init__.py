"""Times: schedules and what is open in them, who has booked one, reminders, and who would rather come earlier."""
