"""The visit's context for its templates: who, what is told, what may be done now."""

from typing import Any

from vardlots.cases import policy
from vardlots.cases.model import Kind, Phase, Verb
from vardlots.cases.states import TAKEN, allows
from vardlots.conversations import drawing
from vardlots.people import identity
from vardlots.people.guardians import Standing
from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.pages import day_words, when_words
from vardlots.worklist import content, visit_call, visit_triage
from vardlots.worklist.told import as_text
from vardlots.worklist.visit_end import end_label
from vardlots.worklist.visit_handover import composer_says
from vardlots.worklist.visit_read import Earlier, Visit
from vardlots.worklist.visit_triage import Asked
from vardlots.worklist.welcome import welcome_text


def base_of(visit: Visit) -> str:
    """The case's address."""
    return f"/staff/cases/{visit.case.ref}"


def head(visit: Visit, lang: str, online: bool) -> dict[str, Any]:
    """Who it is, whether they are there, how far the case has come."""
    patient, case = visit.patient, visit.case
    may_take = may_be_taken(visit)
    is_child = visit.responsible_id != patient.main_id and visit.standing is Standing.ACTS
    who = visit.actor_name.split(" ")[0] if is_child else patient.given_name
    there = text(lang, "{name} (vårdnadshavare) är online", name=who) if is_child else text(lang, "Online")
    away = (
        text(lang, "{name} (vårdnadshavare) är inte här nu", name=who)
        if is_child
        else text(lang, "Inte här nu")
    )
    return {
        "base": base_of(visit),
        "patient_name": patient.name,
        "patient_first": who,
        "protected": patient.protected,
        "priority": case.priority,
        "age": identity.age_text(patient.birth_date, clock.today(), lang),
        "number": _number(patient.number),
        "reason": visit.practice.name(case.reason, lang),
        "administrative": case.kind == "administrative",
        "online": online,
        "online_text": there if online else away,
        "text_online": there,
        "text_offline": away,
        "since": _since(visit, lang),
        "may_take": may_take,
        "take_anyway": may_take and policy.is_anyway(visit.by, case),
        "guardian_out": guardian_out(visit, lang),
        "telephone": visit_call.number(visit, lang),
    }


def guardian_out(visit: Visit, lang: str) -> str:
    """Why whoever sought care can neither read nor write here any more, and what to do; empty when they can (A10)."""
    name = visit.patient.given_name
    match visit.standing:
        case Standing.GROWN:
            return text(
                lang,
                "{name} har fyllt {years} år och loggar in på egen hand. Vårdnadshavaren kan inte läsa eller skriva "
                "här längre. Ring om ingen svarar.",
                name=name,
                years=visit.rules.own_from_years,
            )
        case Standing.PROTECTED:
            return text(
                lang,
                "Skyddade personuppgifter: vårdnadshavaren kan inte läsa eller skriva här. Ring i stället.",
            )
        case Standing.BLOCKED:
            return text(
                lang, "Den som sökte vård kan inte läsa eller skriva här längre. Ring familjen i stället."
            )
    return ""


def _number(number: str) -> str:
    try:
        return identity.parse(number, on=clock.today()).display
    except identity.BadNumber:
        return f"{number[:8]}-{number[8:]}" if len(number) == 12 else number


def _since(visit: Visit, lang: str) -> str:
    case = visit.case
    mine = visit.is_own
    match case.phase:
        case Phase.BOOKED if case.booked_from:
            return text(lang, "bokad {time}", time=when_words(case.booked_from, lang))
        case Phase.BOOKED:
            return text(lang, "väntar på ny tid")
        case Phase.QUEUED:
            return text(lang, "väntar sedan {time}", time=when_words(case.arrived_at, lang))
        case Phase.ACCEPTED | Phase.ONGOING if visit.last_take_over:
            who = text(lang, "du") if mine else visit.owner
            return text(
                lang, "{who} tog över {time}", who=who, time=when_words(visit.last_take_over.at, lang)
            )
        case Phase.ACCEPTED if case.accepted_at:
            who = text(lang, "du") if mine else visit.owner
            if visit.was_given:
                return text(
                    lang, "{who} fick ärendet {time}", who=who, time=when_words(case.accepted_at, lang)
                )
            return text(lang, "{who} tog emot {time}", who=who, time=when_words(case.accepted_at, lang))
        case Phase.ONGOING if case.started_at:
            began = when_words(case.started_at, lang)
            return (
                text(lang, "pågår sedan {time}", time=began)
                if mine
                else text(lang, "hos {who} sedan {time}", who=visit.owner, time=began)
            )
        case Phase.FOLLOW_UP if policy.is_errand_message(case):
            sent = when_words(case.arrived_at, lang)
            if mine:
                return text(lang, "skickat {time}, hos dig", time=sent)
            if visit.owner:
                return text(lang, "skickat {time}, hos {who}", time=sent, who=visit.owner)
            return text(lang, "skickat {time}", time=sent)
        case Phase.FOLLOW_UP if policy.is_chat(case) and case.writable_until:
            return text(lang, "chatt, öppen till {time}", time=when_words(case.writable_until, lang))
        case Phase.FOLLOW_UP if case.writable_until:
            return text(lang, "avslutat, öppet till {time}", time=when_words(case.writable_until, lang))
        case Phase.CANCELLED if case.ended_at and _was_unbooked(visit):
            return text(lang, "avbokad {time}", time=when_words(case.ended_at, lang))
        case Phase.CANCELLED if case.ended_at:
            return text(lang, "lämnade kön {time}", time=when_words(case.ended_at, lang))
    closed = case.writable_until or case.ended_at or case.changed_at
    return text(lang, "stängt {time}", time=when_words(closed, lang))


def _may(visit: Visit, verb: Verb) -> bool:
    return allows(visit.case.phase, verb) and (
        policy.may(visit.by, verb, visit.case, clock.now(), visit.rights) is None
    )


def _was_unbooked(visit: Visit) -> bool:
    return any(row.kind is Kind.BOOKING_CANCELLED for row in visit.talk.rows)


def may_be_taken(visit: Visit) -> bool:
    """Whether the case is for the reader to take. Whoever comes to the unit is met there, not in a chat."""
    case = visit.case
    open_to = case.phase is Phase.QUEUED or (
        case.phase is Phase.BOOKED and case.booked_from is not None and case.contact != "physical"
    )
    return open_to and _may(visit, Verb.ACCEPT)


def chat(visit: Visit) -> dict[str, Any]:
    """The conversation's own part (docs/guides/live-pages.md)."""
    base = base_of(visit)
    return {
        "base": base,
        "topics": drawing.topics_of(visit.case),
        "last": visit.case.last_n,
        "read": visit.case.staff_read_n,
        "state": drawing.state_of(visit.case, visit.by),
        "entries": drawing.drawn(visit.talk, by=visit.by, base=base),
    }


def dock(visit: Visit, lang: str) -> dict[str, Any]:
    """What stands under the conversation: a box to write in, the next step, or why there is neither."""
    case = visit.case
    over = case.writable_until is not None and clock.now() >= case.writable_until
    write = _may(visit, Verb.WRITE)
    return {
        "may_take": may_be_taken(visit),
        "may_take_errand": case.phase is Phase.FOLLOW_UP and _may(visit, Verb.ACCEPT),
        "belongs_to": belongs_to(visit, lang),
        "telephone": visit_call.number(visit, lang),
        # Whoever is asked to take the visit over accepts, above the conversation.
        "may_take_over": _may(visit, Verb.TAKE_OVER) and not composer_says(visit, lang),
        # Whoever is asked for advice gives it in the colleagues' own talk.
        "advises": case.phase in TAKEN and not write and visit.by.staff_id in case.consult_guests,
        "owner_id": case.owner_staff_id or 0,
        "owner_name": visit.owner,
        "opened_why": visit.rights.why,
        "taken_from_me": _taken_from_me(visit, lang),
        "may_start": _may(visit, Verb.START),
        "may_release": _may(visit, Verb.RELEASE),
        "may_write": write,
        "may_mark_done": case.inbox_at is not None and _may(visit, Verb.MARK_DONE),
        "welcome": welcome_text(visit.welcome, visit.unit, visit.by, visit.actor_name, visit.actor_language),
        "writable_until": text(
            lang, "Patienten kan skriva till {time}.", time=when_words(case.writable_until, lang)
        )
        if case.writable_until and not over
        else text(lang, "Patienten väntar på svar.")
        if policy.is_unread_errand(case)
        else "",
        "closed_reason": "" if write else _closed_reason(visit, lang, over),
        "owner_picture": visit.owner_picture if case.phase in TAKEN and not visit.is_own else "",
    }


def belongs_to(visit: Visit, lang: str) -> str:
    """Whose the case is, where taking it is *Ta emot ändå*: another role's or another unit's. Else empty (A3, C7)."""
    case = visit.case
    if not policy.is_anyway(visit.by, case):
        return ""
    role = visit.known.role_name(case.role, lang)
    if policy.in_reach(visit.by, case):
        return text(lang, "Besöket tillhör {role}.", role=role)
    return text(lang, "Besöket tillhör {role}, {unit}.", role=role, unit=visit.unit.name)


def _taken_from_me(visit: Visit, lang: str) -> dict[str, str] | None:
    """To whoever had the visit: who has taken it over since, and why."""
    row = visit.last_take_over
    if row is None or row.body.get("from") != visit.by.staff_id:
        return None
    return {
        "line": text(
            lang, "{who} tog över besöket {time}.", who=row.author_name, time=when_words(row.at, lang)
        ),
        "reason": text(lang, "”{reason}”", reason=row.body["reason"]),
    }


def _closed_reason(visit: Visit, lang: str, over: bool) -> str:
    case = visit.case
    if case.by_telephone and case.phase in TAKEN and visit.is_own:
        return text(lang, "Patienten läser inte här. Ring, och skriv i anteckningen vad ni kommer fram till.")
    if case.phase is Phase.BOOKED and case.booked_from is None:
        return text(lang, "Tiden är inställd. Patienten väntar på en ny.")
    if case.phase is Phase.BOOKED and case.contact == "physical":
        return text(lang, "Patienten kommer till enheten. Skriv anteckningen när besöket är klart.")
    if case.phase in (Phase.QUEUED, Phase.BOOKED):
        return text(lang, "Din roll tar inte emot vårdärenden. Du kan läsa.")
    if case.phase in TAKEN and (asked := composer_says(visit, lang)):
        return asked
    if case.phase in TAKEN and visit.by.staff_id in case.consult_guests:
        return text(lang, "{who} har bett dig om råd. Svara i vårdgivarchatten.", who=visit.owner)
    if case.phase in TAKEN and not visit.is_own:
        return text(lang, "{who} har ärendet. Du kan läsa.", who=visit.owner)
    if case.phase is Phase.FOLLOW_UP and not over:
        return text(lang, "Din roll svarar inte patienter. Du kan läsa.")
    if case.phase is Phase.CANCELLED and _was_unbooked(visit):
        return text(lang, "Tiden är avbokad. Det går inte att skriva här.")
    if case.phase is Phase.CANCELLED:
        return text(lang, "Patienten lämnade kön. Det går inte att skriva här.")
    return text(lang, "Tiden att skriva är slut. Sök upp patienten på nytt om något återstår.")


def overview(visit: Visit, asked: list[Asked], lang: str) -> dict[str, Any]:
    """The patient panel: priority and why, history, own words, notes, pictures, family, consents."""
    case = visit.case
    label, meaning = content.priority_meaning(visit.practice, case.priority, lang)
    base = base_of(visit)
    return {
        "priority": case.priority,
        "priority_name": label,
        "priority_meaning": meaning,
        "may_change_priority": _may(visit, Verb.CHANGE_PRIORITY),
        **visit_triage.overview(visit, asked, lang),
        "call": visit_call.call(visit, lang),
        "history_text": as_text(asked[0].told, text(lang, "Nekar till")) if asked else "",
        "guardians": _guardians(visit, lang),
        "consents": _consents(visit, lang),
        "patient_url": f"/staff/patients/{case.person_id}",
        "answers_url": f"{base}?tab=answers",
        "explain_url": f"{base}?tab=explain",
    }


def _guardians(visit: Visit, lang: str) -> list[dict[str, Any]]:
    responsible = visit.responsible_id
    return [
        {
            "name": person.name,
            "initials": person.initials,
            "tint": 2 + person.person_id % 3,
            "responsible": person.main_id == responsible and visit.standing is Standing.ACTS,
            "note": _part_of(visit, person.main_id == responsible, lang),
        }
        for person in visit.guardians
    ]


def _part_of(visit: Visit, responsible: bool, lang: str) -> str:
    if visit.standing is Standing.GROWN:
        return text(lang, "Kan inte läsa längre")
    return text(lang, "Ansvarig") if responsible else text(lang, "Kan läsa")


def _consents(visit: Visit, lang: str) -> list[dict[str, Any]]:
    names = {"history": text(lang, "Sjukdomshistorik"), "medication": text(lang, "Läkemedelslista")}
    given = {consent.kind: consent for consent in visit.consents}
    rows = []
    for kind, name in names.items():
        consent = given.get(kind)
        if consent is None:
            line = text(lang, "inte frågad")
        else:
            answer = text(lang, "ja") if consent.given else text(lang, "nej")
            line = f"{answer}, {when_words(consent.given_at, lang)}"
        rows.append({"name": name, "yes": consent is not None and consent.given, "text": line})
    return rows


def earlier(visit: Visit, lang: str) -> list[dict[str, Any]]:
    """The person's other cases at the provider, blocked ones apart; before another unit's stands its door."""
    return [
        {
            "reason": visit.practice.name(row.reason, lang),
            "own": row.unit_id in visit.by.unit_ids,
            "priority": row.priority,
            "unit": visit.known.unit_name(row.unit_id),
            "at": f"{day_words(row.arrived_at, lang)} {clock.local(row.arrived_at).year}",
            "href": _address(visit, row),
        }
        for row in visit.earlier
        if not row.blocked
    ]


def blocked_earlier(visit: Visit) -> str:
    """Where a block can be lifted: the door of one of the cases it hides. "" when nothing is blocked."""
    return next((_address(visit, row) for row in visit.earlier if row.blocked), "")


def _address(visit: Visit, row: Earlier) -> str:
    return f"/staff/cases/{visit.case.provider_id}-{row.case_id}"


def foot(visit: Visit, lang: str) -> dict[str, Any]:
    """What may be done with the visit as a whole."""
    # Until the visit has begun, *Lägg tillbaka* stands beside *Starta besök*.
    may_release = visit.case.phase is Phase.ONGOING and _may(visit, Verb.RELEASE)
    return {
        "may_end": _may(visit, Verb.END),
        "end_label": end_label(visit.case, lang),
        "may_release": may_release,
    }
