"""Chats that staff begin (requirement E7)."""
