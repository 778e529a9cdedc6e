"""Phone numbers: read as they are dialled in Sweden, kept as E.164."""

import phonenumbers

REGION = "SE"
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def read_phone(text: str) -> str | None:
    """Any number that somebody can be called on, as E.164; None when it is none."""
    number = _parsed(text)
    return None if number is None else _e164(number)


def read_mobile(text: str) -> str | None:
    """A mobile number, as E.164; None when it is none that can get a text message."""
    number = _parsed(text)
    if number is None or phonenumbers.number_type(number) not in _MOBILE:
        return None
    return _e164(number)


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
