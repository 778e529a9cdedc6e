"""What staff do with one time: block it, move it, take it away."""
