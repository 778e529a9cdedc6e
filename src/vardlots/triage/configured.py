"""What a provider's triage is right now: the product's content with everything that its administrators have changed.

    practice = await practice_of(connection, provider_id)
    practice.offered(unit_id), practice.target(unit_id, priority), practice.name(reason, lang)

It is worked out once for every change and kept in the process, beside the book that it comes from.
"""

import itertools
from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec

from vardlots.clinics.queries import roles_of
from vardlots.clinics.roles import Roles
from vardlots.configuration import book
from vardlots.configuration.book import Book
from vardlots.forms import configured as forms
from vardlots.forms.model import Form
from vardlots.forms.text import Text, say
from vardlots.platform.db import Connection
from vardlots.triage import content, escalation, priorities, protocols, reasons
from vardlots.triage.catalogue import SAVED_FROM, Complaint
from vardlots.triage.model import Protocol
from vardlots.triage.reasons import Reason, named_with
from vardlots.triage.routing import Routing, routing_of
from vardlots.triage.schemes import Scheme, WayIn
from vardlots.triage.services import kind_of

POST_TRIAGE = "post_triage"
# Which form stands before the queue, or before an errand is sent.
POST_FORMS = {"complaint": POST_TRIAGE, "service": "post_service"}
_editions = itertools.count(1)


class Names(dict[str, str]):
    """Names of complaints in one language; one that nobody knows any more is shown as it stands."""

    def __missing__(self, reason: str) -> str:
        return reason


class Practice(msgspec.Struct, frozen=True, dict=True, eq=False):
    """A provider's triage. `edition` is another whenever anything in it is."""

    scheme: Scheme
    protocols: Mapping[str, Protocol]
    reasons: Mapping[str, Reason]
    known_names: Mapping[str, Text]
    targets: Mapping[int, Mapping[int, int]]
    post_form: Form
    service_form: Form
    roles: Roles
    routing: Routing
    edition: int

    def post_form_for(self, kind: str) -> Form:
        """What is asked after the questions of a protocol of this kind."""
        return self.service_form if kind == "service" else self.post_form

    def offered(self, unit_id: int, kind: str = "complaint") -> tuple[Complaint, ...]:
        """What a patient can seek care for at a unit, or with `service` the administrative errands that it takes, with
        `contact` what is put to a patient's own contact."""
        return tuple(
            Complaint(
                code,
                named_with(one, protocol.title),
                {**protocol.search_words, "sv": tuple(one.words), "en": tuple(one.words_en)},
                protocol,
            )
            for code, one in self.reasons.items()
            if one.active
            and (not one.units or unit_id in one.units)
            and (protocol := self.protocols.get(one.protocol or "")) is not None
            and kind_of(protocol) == kind
        )

    def protocol_for(self, reason: str, unit_id: int, kind: str = "complaint") -> Protocol:
        """The questions about a reason that is offered at the unit. Raises LookupError."""
        for complaint in self.offered(unit_id, kind):
            if complaint.code == reason:
                return complaint.protocol
        raise LookupError(f"{reason} is not offered at unit {unit_id}")

    def reason_of(self, protocol: str) -> str:
        """The reason that a protocol asks about; the protocol's own code where there is none any more."""
        return next((code for code, one in self.reasons.items() if one.protocol == protocol), protocol)

    def role_for(self, protocol: str, role: str) -> str:
        """The role that a case goes to: the reason's own, or what the protocol's rule says."""
        reason = self.reasons.get(self.reason_of(protocol))
        return (reason.role if reason else None) or role

    def name(self, reason: str, lang: str) -> str:
        """What a reason is called; one that nobody knows any more is shown as it stands."""
        return self.names(lang)[reason]

    def named(self, reason: str) -> Text:
        """What a reason is called in every language that it has a name in, to be kept for whoever reads it later."""
        return dict(self.known_names.get(reason, {}))

    def names(self, lang: str) -> Names:
        """What every reason is called, those too that have been removed."""
        if lang not in self._names:
            self._names[lang] = Names({code: say(text, lang) for code, text in self.known_names.items()})
        return self._names[lang]

    def scheme_for(self, code: str) -> Scheme:
        """The provider's scheme as it words it, or the one it had when an outcome was kept."""
        return self.scheme if code == self.scheme.code else content.schemes()[code]

    def target(self, unit_id: int, priority: int) -> int:
        """Minutes within which a case that waits at a unit should have been taken."""
        own = self.targets.get(unit_id)
        found = own.get(priority) if own else None
        return found if found is not None else self._scheme_targets[priority]

    def goals(self, unit_ids: Iterable[int]) -> list[int]:
        """The different targets of the units' queues, the shortest first."""
        waiting = [
            step.priority for step in self.scheme.priorities if step.way_in is not WayIn.BOOKING_TICKET
        ]
        return sorted({self.target(unit_id, priority) for unit_id in unit_ids for priority in waiting})

    @cached_property
    def telephoned(self) -> frozenset[int]:
        """The priorities whose patients are always telephoned."""
        return frozenset(step.priority for step in self.scheme.priorities if step.telephone)

    @cached_property
    def _scheme_targets(self) -> dict[int, int]:
        known = self.scheme.by_priority
        return {
            priority: (known[priority].target_minutes if priority in known else None)
            or escalation.TARGET_MINUTES
            for priority in range(1, 13)
        }

    @cached_property
    def _names(self) -> dict[str, Names]:
        return {}


def practice(saved: Book, scheme_code: str, roles: Roles | None = None) -> Practice:
    """The triage of a provider that has saved this and has this scheme and these roles (the product's own)."""
    known = protocols.in_force(saved)
    all_reasons = reasons.in_force(saved, known)
    return Practice(
        scheme=priorities.scheme_of(saved, scheme_code),
        protocols=known,
        reasons=all_reasons,
        known_names=reasons.names_of(saved, all_reasons),
        targets=escalation.targets_of(saved),
        post_form=forms.in_force(saved, POST_FORMS["complaint"]),
        service_form=forms.in_force(saved, POST_FORMS["service"]),
        roles=roles or Roles(),
        routing=routing_of(saved),
        edition=next(_editions),
    )


_kept: dict[int, tuple[Book, Practice]] = {}


async def practice_of(connection: Connection, provider_id: int) -> Practice:
    """The provider's triage as it is configured now. Asks the database nothing while nothing has changed."""
    saved = await book.opened(connection, provider_id)
    kept = _kept.get(provider_id)
    if kept is not None and kept[0] is saved:
        return kept[1]
    code = await connection.fetchval("SELECT scheme FROM provider WHERE provider_id = $1", provider_id)
    made = practice(saved, code, await roles_of(connection, provider_id))
    if kept is not None and _same(made, kept[1]):
        made = kept[1]
    _kept[provider_id] = (saved, made)
    return made


def _same(one: Practice, other: Practice) -> bool:
    """Whether nothing in it differs: rows that are drawn stay as they are."""
    return all(
        getattr(one, field) == getattr(other, field)
        for field in Practice.__struct_fields__
        if field != "edition"
    )


async def protocol_of(
    connection: Connection, provider_id: int, practice: Practice, code: str, version: int
) -> Protocol | None:
    """A protocol in exactly that version; None when nobody has it any more."""
    now = practice.protocols.get(code)
    if now is not None and now.version == version:
        return now
    try:
        return await protocols.in_version(connection, provider_id, code, version)
    except LookupError:
        return None


def version_words(version: int) -> tuple[int, bool]:
    """A protocol's version as it is told: its number, and whether it is the provider's own."""
    return (version - SAVED_FROM, True) if version >= SAVED_FROM else (version, False)
