"""Whose it is to answer what a patient writes after the visit (requirement F1). Pure.

    belongs_to(case, owner_on_shift=True)  # the owner's number: they answer what they began
    belongs_to(case, owner_on_shift=False)  # None: the case's role at its unit, the resource, answers

Whoever is not at work is not waited for, and nobody is told of it at home. `OWNER_ON_SHIFT` says the same in SQL, so
that a list counts what a notice tells of.
"""

from vardlots.cases.model import Case


def owner_on_shift(case: str) -> str:
    """The condition for a row of `care_case` that goes by this name."""
    return (
        f"EXISTS (SELECT FROM shift w WHERE w.staff_id = {case}.owner_staff_id AND w.provider_id = {case}.provider_id "
        f"AND w.unit_id = {case}.unit_id AND w.ended_at IS NULL)"
    )


OWNER_ON_SHIFT = owner_on_shift("c")


def belongs_to(case: Case, *, owner_on_shift: bool) -> int | None:
    """The member of staff whose the patient's message is: the owner while they have an open shift at the unit.

    None: it is the role's, `case.role` at `case.unit_id`, because there is no owner or they are not at work there.
    """
    return case.owner_staff_id if owner_on_shift else None
