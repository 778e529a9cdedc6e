"""Administrative services (*administrativa frågor*, requirement B1): protocols of `kind = "service"`.

The same engine asks; what differs is here. An errand arrives as an asynchronous message, with nobody waiting in a queue
for it (seed 001 § 2.2.3), or in the queue of its role, where it lies in *Drop in* under *Medicinsk admin* (seed 003).
"""

from collections.abc import Collection
from typing import Literal, TypeAlias

import msgspec

from vardlots.clinics.queries import Place
from vardlots.clinics.roles import Roles
from vardlots.forms.model import Item
from vardlots.triage.model import Protocol

CASE_KIND = "administrative"
CALM = 12
"""The priority at which an errand may arrive as a message. Anything more urgent is somebody's to take: the queue."""
Arrives: TypeAlias = Literal["inbox", "queue"]
ARRIVES_BY_SCHEME: dict[str, Arrives] = {"1-12": "inbox", "1-5": "queue"}
"""Where nobody has chosen: Gävleborg's scheme has asynchronous errands, Uppsala's a list of them in *Drop in*."""
CONTACT_QUESTION = "contact_question"
"""The errand that is put to somebody's own contact (row F3): begun from the contact, never from the list of errands."""
ANSWER_DAYS = 2
"""Within how many days that the unit is open an errand is answered, where nobody has chosen [assumed]."""
OPEN_DAYS = 14
"""How long an errand is open for writing where nobody has chosen [assumed]."""


def arrives(*, chosen: str, scheme: str, priority: int) -> Arrives:
    """How an errand of a priority (the protocol's own, 4 or 12) arrives. `chosen` is the reason's, or `scheme`."""
    if priority != CALM:
        return "queue"
    if chosen in ("inbox", "queue"):
        return chosen  # type: ignore[return-value]  # one of the two
    return ARRIVES_BY_SCHEME.get(scheme, "inbox")


def kind_of(protocol: Protocol) -> str:
    """What a protocol is begun as: `complaint`, `service`, or `contact` for what is put to somebody's own contact."""
    return "contact" if protocol.code == CONTACT_QUESTION else protocol.kind


def roles_at(places: Collection[Place], roles: Roles, unit_id: int) -> frozenset[str]:
    """The roles at a unit that a patient may turn to: laid up there, or pooled elsewhere and serving it."""
    return frozenset(
        one.role
        for one in places
        if (one.unit_id == unit_id or unit_id in one.serves)
        and roles.of(one.role).cares
        and roles.of(one.role).patient_sees
    )


def asks_for_role(protocol: Protocol) -> bool:
    """Whether a question of it has the unit's roles as answers."""
    return any(meaning.roles_of_unit for meaning in protocol.meanings.values())


def for_unit(protocol: Protocol, at_unit: Collection[str], known: Collection[str]) -> Protocol:
    """The protocol with only the roles that the unit has to choose from. `known` are all roles: what is none of them
    (*Jag vet inte*) stays."""
    items = tuple(
        _narrowed(item, at_unit, known)
        if (meaning := protocol.meanings.get(item.link_id)) is not None and meaning.roles_of_unit
        else item
        for item in protocol.form.item
    )
    return msgspec.structs.replace(protocol, form=msgspec.structs.replace(protocol.form, item=items))


def _narrowed(item: Item, at_unit: Collection[str], known: Collection[str]) -> Item:
    left = tuple(o for o in item.answer_option if o.code in at_unit or o.code not in known)
    return msgspec.structs.replace(item, answer_option=left)
