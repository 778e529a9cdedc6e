"""The patient's pages of tickets that are not for a time, and of the forms of any ticket."""
