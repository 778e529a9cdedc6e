"""What can be told of a form's expressions before anybody answers: which cannot be used, which ask for the patient."""

import re
from collections.abc import Iterator, Mapping

from vardlots.forms.calculations.binding import LAUNCH
from vardlots.forms.calculations.plan import expression_faults
from vardlots.forms.faults import Told
from vardlots.forms.fhir.remarks import Remarks
from vardlots.forms.instances import expand, written_as
from vardlots.forms.model import FHIRPATH, Expression, Form, Item

_NAME = re.compile(r"%(?:([A-Za-z_][A-Za-z0-9_]*)|`([^`]+)`|'([^']+)')")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")


def say_expressions(form: Form, paths: Mapping[str, str], remarks: Remarks) -> None:
    """A remark on each expression that the engine cannot use, and on those that want to know of the patient.

    `paths` are the places of the items in the file.
    """
    drawn = expand(form, {})
    for link_id, told in expression_faults(drawn):
        said = {"sv": "en uträkning går inte att använda: {why}", "en": "an expression cannot be used: {why}"}
        remarks.keep(paths.get(written_as(drawn, link_id), ""), Told(said, why=told))
    for link_id, place in form.places.items():
        for one in _expressions(place.item):
            _say_launch(one, paths.get(link_id, ""), remarks)
    for one in form.variables:
        _say_launch(one, "", remarks)


def _expressions(item: Item) -> Iterator[Expression]:
    yield from item.variables
    for one in (item.initial_expression, item.calculated_expression, item.enable_when_expression):
        if one is not None:
            yield one


def _say_launch(expression: Expression, path: str, remarks: Remarks) -> None:
    if expression.language != FHIRPATH:
        return
    names = {
        found[1] or found[2] or found[3] for found in _NAME.finditer(_TEXT.sub("''", expression.expression))
    }
    for name in sorted(names & set(LAUNCH)):
        said = {
            "sv": "en uträkning frågar efter %{name}: där det inte är känt ger den inget",
            "en": "an expression asks for %{name}: where that is not known it gives nothing",
        }
        remarks.keep(path, Told(said, name=name))
