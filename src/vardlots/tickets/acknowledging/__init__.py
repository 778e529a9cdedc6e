"""*Vidimering*: tickets that are over, looked at by the resource they concern."""
