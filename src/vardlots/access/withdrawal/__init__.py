"""What ends with a commission that has been withdrawn."""
