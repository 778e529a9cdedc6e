"""The browsers that stories, pictures and measurements are made in."""

import shutil

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
_WHOLE = ("chromium", "chromium-browser", "google-chrome")
# Costs a fifth less, but has nobody to ask for a camera, and sets letters on whole points.
_HEADLESS = "chromium-headless-shell"


def chromium(*, whole: bool = False) -> str | None:
    """Where a Chromium is, with all that its windows have where `whole`; None where Playwright has to know."""
    names = _WHOLE if whole else (_HEADLESS, *_WHOLE)
    return next((path for name in names if (path := shutil.which(name))), None)
