"""What a file would change, told before anything is saved: added, changed, the same, and refused with the reason."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.admin import known
from vardlots.admin.bodies import filled
from vardlots.admin.diff import Difference, differences
from vardlots.admin.editing import called
from vardlots.admin.faults import faults
from vardlots.admin.files import File, Thing, every_kind, renumbered, units
from vardlots.admin.shape import Field, fields_of
from vardlots.admin.words import Choices
from vardlots.configuration import queries as configuration
from vardlots.configuration.actions import KEY_MAX, Change
from vardlots.configuration.kinds import read
from vardlots.configuration.model import Body, Item, Kind, may_change
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import text


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one thing of the file: `state` added, changed, same or refused (`why` says for what reason)."""

    kind: Kind
    key: str
    title: str
    unit_id: int | None
    state: str
    why: str = ""
    body: Body = {}
    base_version: int = 0
    changes: list[Difference] = []

    @property
    def change(self) -> tuple[Kind, Change]:
        """The step as what is saved."""
        return self.kind, Change(
            key=self.key, body=self.body, base_version=self.base_version, unit_id=self.unit_id
        )


class Plan(msgspec.Struct, frozen=True):
    """Everything that a file would do. `foreign`: the other provider that wrote it, "" for one's own; `mark` is another
    when something here has changed since."""

    steps: list[Step]
    foreign: str
    missing_units: list[str]
    mark: str

    def of(self, state: str) -> list[Step]:
        """The steps of a state."""
        return [one for one in self.steps if one.state == state]

    @property
    def changes(self) -> list[tuple[Kind, Change]]:
        """What is saved: things that are added or changed, what others point to first."""
        return [one.change for one in self.steps if one.state in ("added", "changed")]


async def plan(
    connection: Connection, *, by: StaffActor, file: File, lang: str, names: Choices, own: str
) -> Plan:
    """Compare a file with what is in force. `own`: the provider's HSA-id."""
    foreign = file.stamp.provider if file.stamp.provider_hsa_id != own else ""
    numbers, missing = renumbered(file, await units(connection, by.provider_id))
    by_kind: dict[str, list[Thing]] = {}
    for thing in file.things:
        by_kind.setdefault(thing.kind, []).append(thing)
    steps: list[Step] = []
    for kind in every_kind():
        if kind.code in by_kind:
            planner = _Planner(connection, by, kind, lang, names, numbers if foreign else None)
            steps += await planner.steps(by_kind[kind.code])
    unknown = set(by_kind) - set(known.kinds())
    mark = hashlib.sha256(
        msgspec.json.encode([(one.kind.code, one.key, one.state, one.base_version) for one in steps])
    ).hexdigest()[:16]
    if unknown:
        raise Invalid(
            "file",
            "Filen har slag av inställningar som inte finns här: {kinds}.",
            kinds=", ".join(sorted(unknown)),
        )
    return Plan(steps, foreign, missing if foreign else [], mark)


class _Planner:
    """Plans the things of one kind."""

    def __init__(
        self,
        connection: Connection,
        by: StaffActor,
        kind: Kind,
        lang: str,
        names: Choices,
        numbers: Mapping[int, int] | None,
    ) -> None:
        self.connection, self.by, self.kind, self.lang, self.names = connection, by, kind, lang, names
        self.numbers = numbers
        self.fields = fields_of(kind.shape)

    async def steps(self, things: list[Thing]) -> list[Step]:
        """A step for each thing, in the order of the file."""
        now = clock.now()
        self.there = {
            one.key: one
            for one in await configuration.items(self.connection, self.by.provider_id, self.kind, now)
        }
        for one in await configuration.in_force(self.connection, self.by.provider_id, now, self.kind.code):
            self.there.setdefault(one.key, one)
        found, seen = [], set()
        for thing in things:
            step = await self._step(thing)
            if step.key in seen:
                step = self._refused(thing, thing.unit, text(self.lang, "Står två gånger i filen."))
            seen.add(step.key)
            found.append(step)
        return found

    async def _step(self, thing: Thing) -> Step:
        lang, kind = self.lang, self.kind
        try:
            thing = self._ours(thing)
        except LookupError:
            return self._refused(thing, None, text(lang, "Filen nämner en enhet som inte finns här."))
        if not thing.key or len(thing.key) > KEY_MAX or thing.key.startswith("~"):
            return self._refused(thing, None, text(lang, "Nyckeln saknas eller är för lång."))
        item = self.there.get(thing.key)
        unit_id = item.unit_id if item is not None else (thing.unit if kind.per_unit else None)
        if unit_id is not None and unit_id not in self.names.units:
            return self._refused(thing, None, text(lang, "Filen nämner en enhet som inte finns här."))
        if item is None and kind.one_each:
            return self._refused(thing, unit_id, text(lang, "Den finns inte här och kan inte läggas till."))
        body = filled(self.fields, thing.body)
        if item is not None and not item.removed and filled(self.fields, item.body) == body:
            return self._found(thing, item, unit_id, "same", body)
        if not may_change(self.by, kind, unit_id):
            return self._refused(thing, unit_id, text(lang, "Din roll ändrar inte den här inställningen."))
        why = await self._fault(thing.key, body, item)
        if why:
            return self._refused(thing, unit_id, why)
        return self._found(thing, item, unit_id, "added" if item is None or item.removed else "changed", body)

    async def _fault(self, key: str, body: Body, item: Item | None) -> str:
        """What keeps it from being saved, in words; "" when nothing does."""
        lang, kind = self.lang, self.kind
        wrong = faults(self.fields, body)
        extra = set(body) - {one.name for one in self.fields}
        if extra:
            return text(lang, "Det finns inget fält som heter {name}.", name=sorted(extra)[0])
        if kind.key_from and str(body.get(kind.key_from, "")) != key:
            return text(lang, "Nyckeln och fältet {name} säger olika.", name=kind.key_from)
        if item is not None and (moved := self._moved(self.fields, item.body, body)):
            return text(lang, "{field} går inte att ändra.", field=text(lang, moved.title))
        if not wrong:
            try:
                value = read(kind, body)
            except Invalid as fault:
                return text(lang, fault.message, **fault.values)
            wrong = list(await kind.check(self.connection, self.by.provider_id, key, value))
        if not wrong:
            return ""
        said = text(lang, wrong[0].message, **wrong[0].values)
        return f"{wrong[0].field}: {said}"

    def _moved(self, fields: tuple[Field, ...], old: Body, new: Body) -> Field | None:
        """A field that cannot change and yet would."""
        before = filled(fields, old)
        return next(
            (one for one in fields if one.readonly and before.get(one.name) != new.get(one.name)), None
        )

    def _found(self, thing: Thing, item: Item | None, unit_id: int | None, state: str, body: Body) -> Step:
        changes = []
        if item is not None and state == "changed":
            changes = differences(self.fields, filled(self.fields, item.body), body, self.lang, self.names)
        return Step(
            kind=self.kind,
            key=thing.key,
            title=called(self.kind, body, self.names) or thing.key,
            unit_id=unit_id,
            state=state,
            body=body,
            base_version=item.newest if item is not None else 0,
            changes=changes,
        )

    def _refused(self, thing: Thing, unit_id: int | None, why: str) -> Step:
        title = called(self.kind, thing.body, self.names) or thing.key
        return Step(kind=self.kind, key=thing.key, title=title, unit_id=unit_id, state="refused", why=why)

    def _ours(self, thing: Thing) -> Thing:
        """The thing with our numbers of units. Raises LookupError for a unit that we do not have."""
        if self.numbers is None:
            return thing
        unit = self.numbers[thing.unit] if thing.unit is not None else None
        key = thing.key
        if self.kind.one_each and self.kind.per_unit and unit is not None:
            key = str(unit)
        return Thing(thing.kind, key, _with_ours(self.fields, thing.body, self.numbers), unit, 0)


def _with_ours(fields: tuple[Field, ...], body: Mapping[str, Any], numbers: Mapping[int, int]) -> Body:
    found = dict(body)
    for field in fields:
        value = body.get(field.name)
        if field.widget == "unit" and isinstance(value, int):
            found[field.name] = numbers[value]
        elif field.widget == "units" and isinstance(value, list):
            found[field.name] = [numbers[one] if isinstance(one, int) else one for one in value]
        elif field.widget == "group" and isinstance(value, Mapping):
            found[field.name] = _with_ours(field.fields, value, numbers)
        elif field.widget == "rows" and isinstance(value, list):
            found[field.name] = [
                _with_ours(field.fields, row, numbers) if isinstance(row, Mapping) else row for row in value
            ]
    return found
