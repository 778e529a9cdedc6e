"""A staff member's own phrases."""
