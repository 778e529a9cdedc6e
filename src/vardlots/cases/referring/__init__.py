"""A visit that goes on at another provider: told, asked, sent, and ended here when the patient has read so (E4)."""
