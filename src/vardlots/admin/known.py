"""Every kind that can be administered: importing this makes them known, to the pages and to the worker."""

from collections.abc import Mapping

from vardlots.configuration.kinds import kinds as registered
from vardlots.configuration.model import Kind

# The order of the menu within a group; what is not named comes last.
ORDER = (
    *("unit", "opening", "on_call", "cooperation"),
    *("role", "resource", "staff", "assignment", "time_type"),
    *("escalation", "reason", "protocol", "form"),
    *("phrase", "sms_template", "welcome"),
    "care_rules",
)


def kinds() -> Mapping[str, Kind]:
    """The kinds by code, in the order of the menu."""
    found = registered()
    place = {code: n for n, code in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda one: place.get(one[0], len(ORDER))))
