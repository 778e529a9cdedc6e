"""A case in short, for the colleague who is asked to take it over: what was told and done, never what it may mean."""
