"""Which kind of device a session is used on, in two words that its owner recognises."""

# The first that fits: most browsers also claim to be those further down.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
HANDHELD = ("iPhone", "iPad", "Android")


def device_of(user_agent: str | None) -> str:
    """*Chrome, Windows* for a browser's `User-Agent`; "" for one that cannot be named. Holds no version, no model."""
    said = user_agent or ""
    found = [next((name for mark, name in known if mark in said), None) for known in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in found if name)


def is_handheld(device: str) -> bool:
    """Whether it is a telephone or a tablet."""
    return device.rpartition(", ")[2] in HANDHELD
