"""Opening hours in plain words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

from vardlots.clinics.hours import Opening
from vardlots.platform import clock
from vardlots.platform.i18n import N_, comma, text
from vardlots.platform.pages import clock_time, day_words

_WEEKDAYS = (
    N_("måndag"),
    N_("tisdag"),
    N_("onsdag"),
    N_("torsdag"),
    N_("fredag"),
    N_("lördag"),
    N_("söndag"),
)
_MONTHS = (
    N_("januari"),
    N_("februari"),
    N_("mars"),
    N_("april"),
    N_("maj"),
    N_("juni"),
    N_("juli"),
    N_("augusti"),
    N_("september"),
    N_("oktober"),
    N_("november"),
    N_("december"),
)
# As people say them: the library's names, which are Swedish law's, are the keys.
_HOLIDAYS = {
    "Nyårsdagen": N_("nyårsdagen"),
    "Trettondedag jul": N_("trettondagen"),
    "Långfredagen": N_("långfredagen"),
    "Påskdagen": N_("påskdagen"),
    "Annandag påsk": N_("annandag påsk"),
    "Första maj": N_("första maj"),
    "Kristi himmelsfärdsdag": N_("Kristi himmelsfärdsdag"),
    "Pingstdagen": N_("pingstdagen"),
    "Nationaldagen": N_("nationaldagen"),
    "Midsommarafton": N_("midsommarafton"),
    "Midsommardagen": N_("midsommardagen"),
    "Alla helgons dag": N_("alla helgons dag"),
    "Julafton": N_("julafton"),
    "Juldagen": N_("juldagen"),
    "Annandag jul": N_("annandag jul"),
    "Nyårsafton": N_("nyårsafton"),
}


def weekday_words(weekday: int, lang: str) -> str:
    """*måndag* for 0."""
    return text(lang, _WEEKDAYS[weekday])


def month_words(month: int, lang: str) -> str:
    """*januari* for 1."""
    return text(lang, _MONTHS[month - 1])


_SHORT_DAYS = (N_("mån"), N_("tis"), N_("ons"), N_("tors"), N_("fre"), N_("lör"), N_("sön"))


def week_words(week: Mapping[str, Sequence[str]], lang: str) -> str:
    """A week in short: *mån–tors 07.30–17.00, fre 07.30–16.00*; *stängt* for one without any hours."""
    parts = []
    for span, days in groupby(range(7), lambda day: tuple(week.get(str(day), ()))):
        if not span:
            continue
        which = list(days)
        first, last = (text(lang, _SHORT_DAYS[day]) for day in (which[0], which[-1]))
        times = "–".join(time.replace(":", ".") for time in span)
        parts.append(f"{first if first == last else f'{first}–{last}'} {times}")
    return comma(lang).join(parts) or text(lang, "stängt")


def holiday_words(name: str, lang: str) -> str:
    """A holiday as people say it: *trettondagen*; a unit's own words for a day as they stand."""
    parts = [text(lang, _HOLIDAYS.get(part, part)) for part in name.split("; ") if part]
    return comma(lang).join(parts)


def moment_words(moment: datetime, lang: str) -> str:
    """A moment to come: *i dag 17.00*, *i morgon 08.00*, *måndag 07.30* within a week, else *mån 23 nov 08.00*."""
    day = clock.local(moment).date()
    days = (day - clock.today()).days
    time = clock_time(moment)
    if days == 0:
        return text(lang, "i dag {time}", time=time)
    if days == 1:
        return text(lang, "i morgon {time}", time=time)
    if 1 < days < 7:
        return f"{weekday_words(day.weekday(), lang)} {time}"
    return f"{day_words(moment, lang)} {time}"


def opening_words(state: Opening, lang: str) -> str:
    """*öppet till 17.00*, *öppet dygnet runt*, *stängt i dag, trettondagen, öppnar torsdag 07.30*."""
    if state.always:
        return text(lang, "öppet dygnet runt")
    if state.is_open and state.changes_at is not None:
        return _open_until(state.changes_at, lang)
    why = holiday_words(state.why, lang)
    if state.changes_at is None:
        return text(lang, "stängt")
    when = moment_words(state.changes_at, lang)
    if why and clock.local(state.changes_at).date() != clock.today():
        return text(lang, "stängt i dag, {why}, öppnar {when}", why=why, when=when)
    return text(lang, "stängt, öppnar {when}", when=when)


def _open_until(closes: datetime, lang: str) -> str:
    wall = clock.local(closes)
    days = (wall.date() - clock.today()).days
    if days == 1 and (wall.hour, wall.minute) == (0, 0):
        return text(lang, "öppet till midnatt")
    if days == 0:
        return text(lang, "öppet till {time}", time=clock_time(closes))
    return text(lang, "öppet till {when}", when=moment_words(closes, lang))
