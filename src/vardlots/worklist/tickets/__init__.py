"""Staff's pages of tickets: sending one, the list of all that were sent, what is to be acknowledged."""
