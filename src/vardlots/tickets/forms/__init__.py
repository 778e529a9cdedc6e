"""The forms that come with a ticket."""
