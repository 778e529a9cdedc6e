"""Questions from one unit to another, and cases that are to become theirs."""
