"""What may be asked of whom (seed 000): administrative cases of the administrator role, specialised care of the pooled
drop-in resource. Pure."""

from collections.abc import Iterable

from vardlots.clinics.queries import Place
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_


def pooled_of(places: Iterable[Place]) -> frozenset[tuple[int, str]]:
    """Unit and role of the pooled resources."""
    return frozenset((one.unit_id, one.role) for one in places if one.pooled)


def check_receiver(
    *,
    unit_id: int,
    role: str,
    kind: str,
    places: Iterable[Place],
    specialised: bool,
    admin_role: str,
) -> None:
    """Whether a consultation may go to a role at a unit. `specialised`: the unit is one of specialised care, and its
    provider sends what is asked of such through its pooled resource. Raises Invalid `resource`."""
    places = list(places)
    if (unit_id, role) not in {(one.unit_id, one.role) for one in places}:
        raise Invalid("resource", N_("Välj en roll på enheten."))
    if kind == "administrative":
        # An errand is no question of care: it goes to its own role, also at a unit of specialised care.
        if role != admin_role:
            raise Invalid(
                "resource", N_("Administrativa ärenden går alltid till administratören. Välj den rollen.")
            )
        return
    pooled = pooled_of(places)
    if specialised and pooled and (unit_id, role) not in pooled:
        raise Invalid(
            "resource",
            N_("Frågor till specialiserad vård går till den gemensamma drop in-resursen. Välj den."),
        )
