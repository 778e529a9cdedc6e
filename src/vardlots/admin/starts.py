"""*Börjar gälla*: a day and a time on Sweden's clock, as a moment. Summer time is what makes it less than simple."""

from datetime import UTC, date, datetime, time

from vardlots.admin.bodies import clock_text
from vardlots.platform import clock
from vardlots.platform.errors import Invalid


def starts_at(day: str, at: str) -> datetime | None:
    """The moment that was chosen; None for now (nothing chosen). An empty time is midnight.

    Raises Invalid for what is no day, what has been already, and the hour that the clock skips in March. The hour that
    comes twice in October is its first.
    """
    day, at = day.strip(), at.strip()
    if not day:
        return None
    try:
        wanted = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock_text(at or "0")))
    except ValueError:
        raise Invalid("starts", "Skriv dagen som 2026-11-23 och klockslaget som 08.00.") from None
    moment = wanted.replace(tzinfo=clock.SWEDEN).astimezone(UTC)
    if clock.local(moment).replace(tzinfo=None) != wanted:
        raise Invalid("starts", "Det klockslaget finns inte: klockan ställs fram den natten. Välj ett annat.")
    if moment <= clock.now():
        raise Invalid("starts", "Den tiden har redan varit. Välj en senare, eller låt ändringen gälla nu.")
    return moment
