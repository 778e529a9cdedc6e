"""What staff choose for themselves: profile, hardware, notices, sign-ins, help texts (requirement A7)."""
