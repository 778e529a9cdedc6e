"""What a provider decides of notices: the quiet hours, how long a patient waits in a visit that was left open, and when
somebody is reminded of a ticket."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.notifications.quiet import QuietHours
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

KEY = "provider"
_TIME = {"widget": "time"}


class NoticeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Each begins as the product has it, which is assumed: no public source says."""

    quiet_from: Annotated[
        str,
        Meta(
            title=N_("Tysta timmar från"),
            description=N_(
                "Sms som kan vänta till morgonen skickas inte efter det här klockslaget. Pågående besök och "
                "prioritet 1 till 3 väntar aldrig."
            ),
            max_length=5,
            extra_json_schema=_TIME,
        ),
    ] = "21:00"
    quiet_to: Annotated[
        str,
        Meta(
            title=N_("Tysta timmar till"),
            description=N_(
                "Då skickas det som fortfarande är nytt. Samma klockslag två gånger: inga tysta timmar."
            ),
            max_length=5,
            extra_json_schema=_TIME,
        ),
    ] = "07:00"
    left_open_minutes: Annotated[
        int,
        Meta(
            title=N_("Oläst svar i pågående besök, minuter"),
            description=N_(
                "Så länge väntar patienten innan den som har besöket får ett sms, även utanför sitt skift. Värdet "
                "från början är antaget."
            ),
            ge=1,
            le=240,
            extra_json_schema={"widget": "minutes"},
        ),
    ] = 10
    ticket_days_before: Annotated[
        int,
        Meta(
            title=N_("Påminn om en oanvänd biljett, dagar före"),
            description=N_(
                "Så många dagar innan biljetten går ut. 0: ingen påminnelse. Värdet från början är antaget."
            ),
            ge=0,
            le=30,
        ),
    ] = 3

    @property
    def quiet(self) -> QuietHours:
        """The quiet hours as times on the wall."""
        return QuietHours(time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_to))

    @property
    def left_open_after(self) -> timedelta:
        """How long a patient's message in an open visit may stay unread."""
        return timedelta(minutes=self.left_open_minutes)


async def rules_of(connection: Connection, provider_id: int) -> NoticeRules:
    """The rules in force at a provider."""
    own = (await book.saved(connection, provider_id, NOTICE_RULES, NoticeRules)).get(KEY)
    return own if own is not None else NoticeRules()


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(NoticeRules()))}


async def _check(_c: Connection, _provider_id: int, _key: str, value: NoticeRules) -> list[Problem]:
    return [
        Problem(field, N_("Skriv klockslaget med timmar och minuter, som 21:00."))
        for field in ("quiet_from", "quiet_to")
        if not _is_time(getattr(value, field))
    ]


def _is_time(written: str) -> bool:
    try:
        return time.fromisoformat(written).strftime("%H:%M") == written
    except ValueError:
        return False


NOTICE_RULES = kinds.register(
    Kind(
        code="notice_rules",
        label=N_("Notisregler"),
        group="rules",
        about=N_(
            "När ett sms väntar till morgonen, och när personal påminns om ett öppet besök och patienter om en biljett."
        ),
        shape=NoticeRules,
        title=lambda _rules: N_("Tysta timmar, öppna besök och biljetter"),
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
