"""What administrators change in the directory."""
