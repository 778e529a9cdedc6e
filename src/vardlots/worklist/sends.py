"""How many questions and tickets one member of staff may send: each of them may text a phone."""

from vardlots.access.actor import StaffActor
from vardlots.platform.errors import TooMany
from vardlots.platform.i18n import N_
from vardlots.platform.limits import Limit

# Thirty patients before lunch, each with a question and a ticket, stay well below it; what sends by itself does not.
SENDS = Limit(80, 3600)


def one_more(by: StaffActor) -> None:
    """Count one that is about to be sent. Raises TooMany, and then nothing is to be sent."""
    try:
        SENDS.take(by.staff_id)
    except TooMany:
        said = N_(
            "Det här är inte skickat. Du har skickat mycket på kort tid. Vänta en stund och skicka igen, och ring "
            "om det är bråttom."
        )
        raise TooMany(said) from None
