"""What an administrative service may not do beside what no protocol may: it is nothing for whoever is ill."""

from collections.abc import Iterator

from vardlots.forms.faults import Told
from vardlots.triage.model import Level, Protocol, Rule

PRIORITIES = (4, 12)
"""Not urgent; or within the week, where something runs out. Whoever is ill seeks care instead."""
_PRIORITY = {
    "sv": "ett administrativt ärende har prioritet 12 eller 4, nivån digital och ingen booking.",
    "en": "an administrative errand has priority 12 or 4, level digital and no booking.",
}
_ROLES = {
    "sv": "alternativen är roller: varje regel på frågan ska gå till rollen som den nämner.",
    "en": "the options are roles: each rule on the question must go to the role it names.",
}
_PLAIN = {
    "sv": "bara ett administrativt ärende frågar efter enhetens roller.",
    "en": "only an administrative errand asks for the unit's roles.",
}


def service_faults(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """The faults, each with the id of what it belongs to."""
    asks_roles = [link_id for link_id, meaning in protocol.meanings.items() if meaning.roles_of_unit]
    if protocol.kind != "service":
        yield from ((link_id, Told(_PLAIN)) for link_id in asks_roles)
        return
    for rule in protocol.rules:
        if not _is_calm(rule):
            yield rule.id, Told(_PRIORITY)
        if any(rule.source == f"{link_id} is {code}" and code != rule.role
               for link_id in asks_roles for code in _codes(protocol, link_id)):  # fmt: skip
            yield rule.id, Told(_ROLES)


def _is_calm(rule: Rule) -> bool:
    return rule.priority in PRIORITIES and rule.booking is None and rule.level is Level.DIGITAL


def _codes(protocol: Protocol, link_id: str) -> Iterator[str]:
    return (option.code for option in protocol.form.places[link_id].item.answer_option)
