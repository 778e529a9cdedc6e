"""One thing as an administrator has it before them: what holds, what they have changed, what others saved since."""

import secrets
from datetime import datetime, timedelta

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.admin import bodies, queries
from vardlots.admin.addresses import NEW
from vardlots.admin.diff import Clash, merged
from vardlots.admin.faults import faults
from vardlots.admin.queries import Other
from vardlots.admin.shape import Field, fields_of
from vardlots.admin.words import Choices
from vardlots.clinics.words import week_words
from vardlots.configuration import queries as configuration
from vardlots.configuration.actions import KEY_MAX
from vardlots.configuration.kinds import read
from vardlots.configuration.model import Body, Draft, Item, Kind, Problem, Version, may_change
from vardlots.configuration.places import Timetable
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound
from vardlots.platform.i18n import N_
from vardlots.platform.numbers import whole

NOTE_MAX = 2000
OTHERS_SINCE = timedelta(hours=12)
NOTES = ("~reason", "~day", "~time", "~unit", "~key")
# What stood before anybody had saved is nowhere else once the first version has been applied: a draft keeps it.
WAS = "~was"


class Editing(msgspec.Struct, frozen=True, kw_only=True):
    """A thing, or a new one of its kind.

    `base` is the body that the draft began from (version `base_version`), `newest` the one that holds or waits now,
    `first` what stands from the start (`stands`: whether there is such, and it is still known), `body` what the form
    shows; all filled. `notes`: the reason, the day and so on as far as they are written.
    """

    kind: Kind
    key: str
    fields: tuple[Field, ...]
    item: Item | None
    versions: tuple[Version, ...]
    draft: Draft | None
    base_version: int
    first: Body
    base: Body
    newest: Body
    body: Body
    notes: dict[str, str]
    others: tuple[Other, ...]
    may_change: bool
    unit_id: int | None
    stands: bool

    @property
    def is_new(self) -> bool:
        """Whether it is to be added."""
        return self.key == NEW

    @property
    def newest_version(self) -> int:
        """The number of the newest version saved; 0 for what stands from the start."""
        return self.versions[0].version if self.versions else 0

    @property
    def is_removed(self) -> bool:
        """Whether the newest version takes it away."""
        return bool(self.versions) and self.versions[0].removed

    @property
    def is_behind(self) -> bool:
        """Whether somebody has saved since the draft began."""
        return self.draft is not None and self.base_version < self.newest_version

    def title(self, names: Choices) -> str:
        """What it is called, as far as it can be read."""
        return called(self.kind, self.body, names) or called(self.kind, self.newest, names)

    def waits(self, now: datetime) -> Version | None:
        """The saved version whose day comes next, when one waits that nothing newer has put aside."""
        later = [one for one in self.versions if one.starts_at > now]
        newest = self.versions[0] if self.versions else None
        return later[-1] if later and newest is not None and newest.starts_at > now else None

    def merge(self, chosen: dict[str, str] | None = None) -> tuple[Body, list[Clash]]:
        """One's own changes on top of what others have saved meanwhile."""
        return merged(self.fields, self.base, self.body, self.newest, chosen)


def title_of(kind: Kind, body: Body, lang: str) -> str:
    """What a thing is called, a week in the days of the language; "" for a body that cannot be read."""
    try:
        value = msgspec.convert(body, kind.shape)
        return week_words(value.week, lang) if isinstance(value, Timetable) else str(kind.title(value))
    except (msgspec.ValidationError, LookupError, TypeError, ValueError):
        return ""


def called(kind: Kind, body: Body, names: Choices) -> str:
    """What a thing is called, with people and roles by their names where its title only has their codes."""
    title = title_of(kind, body, names.lang)
    if kind.code == "assignment":
        return ", ".join(names.staff.get(word, names.roles.get(word, word)) for word in title.split(" "))
    return names.roles.get(title, title) if kind.code == "resource" else title


async def open_thing(connection: Connection, *, by: StaffActor, kind: Kind, key: str) -> Editing:
    """Read a thing for its page. Raises NotFound for one that the provider does not have."""
    fields, now = fields_of(kind.shape), clock.now()
    if key == NEW:
        return await _new(connection, by, kind, fields)
    found = await configuration.item(connection, by.provider_id, kind, key, now)
    if found is None:
        raise NotFound()
    versions = await configuration.history(connection, by.provider_id, kind.code, key)
    allowed = may_change(by, kind, found.unit_id)
    draft = (await configuration.drafts(connection, by.provider_id, kind.code, by.staff_id)).get(key)
    draft = draft if allowed else None
    if draft is not None and versions and _says_nothing(fields, draft, versions[0]):
        draft = None
    standing = (await kind.standing(connection, by.provider_id)).get(key)
    first = standing.body if standing is not None else {}
    by_number = {one.version: one.body for one in versions} | {0: first}
    newest = bodies.filled(fields, versions[0].body if versions else first)
    number = draft.base_version if draft is not None else (versions[0].version if versions else 0)
    kept = draft.body if draft is not None else {}
    before = kept.get(WAS) if number == 0 else None
    base = bodies.filled(fields, before if isinstance(before, dict) else by_number.get(number, newest))
    return Editing(
        kind=kind,
        key=key,
        fields=fields,
        item=found,
        versions=tuple(versions),
        draft=draft,
        base_version=number,
        first=bodies.filled(fields, first),
        base=base,
        newest=newest,
        body=bodies.filled(fields, bodies.without_notes(kept)) if draft is not None else newest,
        notes=_notes(kept),
        others=tuple(
            await queries.others(connection, by.provider_id, kind.code, key, by.staff_id, now - OTHERS_SINCE)
        ),
        may_change=allowed,
        unit_id=found.unit_id,
        stands=standing is not None and (kind.apply is None or all(one.starts_at > now for one in versions)),
    )


def _says_nothing(fields: tuple[Field, ...], draft: Draft, newest: Version) -> bool:
    """Whether what somebody saved meanwhile is just what the draft says: most often one's own, saved a moment ago."""
    mine = bodies.filled(fields, bodies.without_notes(draft.body))
    return (
        draft.base_version < newest.version
        and mine == bodies.filled(fields, newest.body)
        and not newest.removed
    )


async def _new(connection: Connection, by: StaffActor, kind: Kind, fields: tuple[Field, ...]) -> Editing:
    if kind.one_each or not may_add(by, kind):
        raise NotFound()
    draft = (await configuration.drafts(connection, by.provider_id, kind.code, by.staff_id)).get(NEW)
    kept, base = (draft.body if draft is not None else {}), bodies.empty(fields)
    notes = _notes(kept)
    return Editing(
        kind=kind,
        key=NEW,
        fields=fields,
        item=None,
        versions=(),
        draft=draft,
        base_version=0,
        first=base,
        base=base,
        newest=base,
        body=base | bodies.without_notes(kept),
        notes=notes,
        others=(),
        may_change=True,
        unit_id=unit_chosen(by, kind, notes),
        stands=False,
    )


def may_add(by: StaffActor, kind: Kind) -> bool:
    """Whether the actor may add a thing of the kind: a head of unit only what belongs to their unit."""
    allowed = may_change(by, kind, by.unit_id if kind.per_unit else None)
    return allowed and kind.addable and not kind.one_each and (kind.unit_may or by.administers == "provider")


def unit_chosen(by: StaffActor, kind: Kind, notes: dict[str, str]) -> int | None:
    """The unit that a new thing is for; a head's is their own. None for what is the provider's."""
    if not kind.per_unit:
        return None
    if by.administers == "unit":
        return by.unit_id
    typed = notes.get("~unit", "")
    return whole(typed, 9)


def _notes(kept: Body) -> dict[str, str]:
    return {name: str(kept.get(name, "")) for name in NOTES}


def keeps(at: Editing) -> Body:
    """What a draft keeps: the body, what is written beside it, and what stood before."""
    kept = at.body | {name: value for name, value in at.notes.items() if name in NOTES and value}
    return kept | {WAS: at.base} if at.base_version == 0 and at.kind.apply is not None and at.item else kept


async def problems(connection: Connection, *, by: StaffActor, at: Editing, key: str) -> list[Problem]:
    """Everything that keeps the body from being saved, first what the types say, then what the kind itself says."""
    found = faults(at.fields, at.body)
    if found:
        return found
    try:
        value = read(at.kind, at.body)
    except Invalid as fault:
        return [Problem(fault.field, fault.message, fault.values)]
    return list(await at.kind.check(connection, by.provider_id, key, value))


async def key_for(connection: Connection, *, by: StaffActor, at: Editing) -> tuple[str, list[Problem]]:
    """The key that a new thing gets, and what is wrong with it."""
    kind = at.kind
    if not at.is_new:
        return at.key, []
    field = kind.key_from or "key"
    if kind.key_from:
        key = str(at.body.get(kind.key_from, "")).strip()
    elif kind.key_label:
        key = at.notes.get("~key", "").strip()
    else:
        return secrets.token_hex(5), []
    if not key or len(key) > KEY_MAX or key.startswith("~"):
        return key, [Problem(field, N_("Fyll i det här."))]
    if await configuration.item(connection, by.provider_id, kind, key, clock.now()) is not None:
        return key, [
            Problem(field, N_("Det finns redan en sådan. Ändra den i stället, eller skriv något annat."))
        ]
    return key, []


def typed(at: Editing, sent: bodies.Sent, deed: str = "") -> Editing:
    """The thing with what was just sent in it, on top of the version that the form was drawn from."""

    def one(name: str) -> str:
        return sent[name][-1] if sent.get(name) else ""

    number, base = at.base_version, at.base
    version = one("base")
    if version.isascii() and version.isdigit() and len(version) < 8 and not at.is_new:
        by_number = {each.version: each.body for each in at.versions} | {0: at.first}
        if int(version) in by_number:
            number = int(version)
            before = _was(one("was")) if number == 0 else None
            base = bodies.filled(at.fields, before if before is not None else by_number[number])
    body = bodies.read(at.fields, sent, base, locked=not at.is_new)
    return msgspec.structs.replace(
        at,
        base_version=number,
        base=base,
        body=bodies.moved(at.fields, body, deed) if ":" in deed else body,
        notes={name: one(name).replace("\r\n", "\n")[:NOTE_MAX] for name in NOTES},
    )


def _was(text: str) -> Body | None:
    try:
        found = msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def is_untouched(at: Editing) -> bool:
    """Whether there is nothing in the form that did not stand there: no draft is needed."""
    return at.body == at.base and not any(at.notes.values())
