"""What the patient answered, as FHIR: a file for another system, told of in the access log as every reading is."""

from typing import Any

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log, ref
from vardlots.forms.fhir.responses import Identifier, write_response
from vardlots.forms.fhir.urls import PERSON, RESPONSE
from vardlots.platform import pages
from vardlots.triage.model import FACTS
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import MOBILE
from vardlots.worklist.visit_read import Visit, read_visit

MEDIA_TYPE = "application/fhir+json"


@get("/staff/cases/{ref:str}/answers.fhir.json")
async def answers_as_fhir(request: Web) -> Response[bytes]:
    """Every answer before the visit, to whoever may read the visit: a Bundle of QuestionnaireResponses."""
    by = await web.carer(request)
    at = ref(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=at)
    told = access(
        by, "export_answers", provider_id=at.provider_id, person_id=found.case.person_id, case_id=at.case_id
    )
    await read_log(request).record(told)
    content = msgspec.json.format(msgspec.json.encode(_bundle(found, pages.language_of(request))), indent=2)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="vardlots-answers-{at}.fhir.json"',
    }
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _bundle(found: Visit, lang: str) -> dict[str, Any]:
    subject = Identifier(PERSON, str(found.case.person_id))
    responses = [one for kept in found.interviews for one in _responses(kept, subject, lang)]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in responses]}


def _responses(kept: Kept, subject: Identifier, lang: str) -> list[dict[str, Any]]:
    """The answers to the protocol, then those given before the queue; only the patient's own number here is told."""
    made = []
    number = f"{kept.provider_id}-{kept.interview_id}"
    if kept.asked is not None:
        asked = kept.interview()
        made.append(
            write_response(
                asked.protocol.form,
                asked.known,
                authored=kept.changed_at,
                subject=subject,
                identifier=Identifier(RESPONSE, number),
                lang=lang,
                leave_out=FACTS,
            )
        )
    post = {link_id: values for link_id, values in kept.post_answers.items() if isinstance(values, list)}
    if post:
        made.append(
            write_response(
                kept.post_form,
                post,
                authored=kept.changed_at,
                subject=subject,
                identifier=Identifier(RESPONSE, f"{number}-queue"),
                lang=lang,
                # How to reach somebody is the population register's and the profile's to tell, not an answer.
                leave_out=(MOBILE,),
            )
        )
    return made
