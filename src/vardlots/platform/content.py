"""Where the content lies that clinicians and administrators read: protocols, forms, schemes, texts."""

from pathlib import Path

CONTENT = Path(__file__).parents[3] / "content"
