"""How many text messages a text is. Pure (3GPP TS 23.038: the GSM alphabet with its extension table, UCS-2)."""

import msgspec

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape sign before each: two places
_GSM = (160, 153)
_UCS2 = (70, 67)


class Segments(msgspec.Struct, frozen=True):
    """How a text is sent. `gsm` False: a sign in it needs the larger alphabet, with fewer signs in each message.

    `units` are the places it takes, `parts` the messages, `left` the places left in the last of them.
    """

    gsm: bool
    units: int
    parts: int
    left: int


def is_gsm(text: str) -> bool:
    """Whether every sign is in the GSM alphabet, which has å, ä and ö."""
    return all(sign in _BASIC or sign in _EXTENDED for sign in text)


def segments(text: str) -> Segments:
    """How many messages a text is. One that is too long for a single one loses some places to what joins the parts.

    A sign that takes two places is never divided between two messages.
    """
    gsm = is_gsm(text)
    places = [(2 if sign in _EXTENDED else 1) if gsm else (2 if ord(sign) > 0xFFFF else 1) for sign in text]
    units = sum(places)
    alone, joined = _GSM if gsm else _UCS2
    if units <= alone:
        return Segments(gsm, units, 1 if text else 0, alone - units)
    parts, used = 1, 0
    for width in places:
        if used + width > joined:
            parts, used = parts + 1, 0
        used += width
    return Segments(gsm, units, parts, joined - used)
