"""Every kind that can be administered: importing this makes them known, to the pages and to the worker."""

from collections.abc import Mapping

import vardlots.cases.ending.configured
import vardlots.cases.handovers.rules
import vardlots.cases.referring.rules
import vardlots.configuration.booking_rules
import vardlots.configuration.care
import vardlots.configuration.consult_rules
import vardlots.configuration.places
import vardlots.configuration.roles
import vardlots.configuration.roster
import vardlots.configuration.routing_rules
import vardlots.configuration.staffing
import vardlots.configuration.ticket_rules
import vardlots.configuration.time_types
import vardlots.conversations.phrases
import vardlots.forms.configured
import vardlots.notifications.configured
import vardlots.notifications.rules
import vardlots.triage.escalation
import vardlots.triage.priorities
import vardlots.triage.protocols
import vardlots.triage.reasons
import vardlots.triage.routing
import vardlots.worklist.welcome  # noqa: F401  each registers its kinds
from vardlots.configuration.kinds import kinds as registered
from vardlots.configuration.model import Kind

# The order of the menu within a group; what is not named comes last.
ORDER = (
    *("unit", "opening", "on_call", "roster", "cooperation"),
    *("role", "resource", "staff", "assignment", "time_type"),
    *("priority", "escalation", "reason", "routing", "routing_rules", "protocol", "form"),
    *("phrase", "consult_text", "sms_template", "welcome", "visit_text"),
    *(
        "care_rules",
        "visit_end",
        "handover_rules",
        "referral_rules",
        "ticket_rules",
        "consult_rules",
        "booking_rules",
        "notice_rules",
    ),
)


def kinds() -> Mapping[str, Kind]:
    """The kinds by code, in the order of the menu."""
    found = registered()
    place = {code: n for n, code in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda one: place.get(one[0], len(ORDER))))
