"""The answers as FHIR: for whoever may read the visit, each time told of in the log."""

import msgspec
from fhir.resources.R4B.bundle import Bundle
from tests.cast import Cast
from tests.site import Site

from vardlots.forms.fhir.responses import read_response
from vardlots.triage.anew.queries import interviews_of_case
from vardlots.triage.tests.test_anew import waiting
from vardlots.worklist.tests.test_visit_pages import case_of


async def test_the_answers_are_a_file_that_reads_back(given: Cast, site: Site) -> None:
    case = await waiting(given, given.ruben, own_words=["Ont sedan igår."])
    ylva = await site.browser(given.ylva)
    address = f"/staff/cases/{case.ref}/answers.fhir.json"
    page = await ylva.get(f"/staff/cases/{case.ref}?tab=answers")
    assert address in page.text
    file = await ylva.get(address)
    assert file.status_code == 200
    assert file.headers["content-type"].startswith("application/fhir+json")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["cache-control"] == "no-store"
    Bundle.model_validate(file.json())
    found = [one["resource"] for one in file.json()["entry"]]
    assert found
    for one in found:
        assert one["subject"] == {
            "type": "Patient",
            "identifier": {"system": "urn:vardlots:fhir:person", "value": str(given.ruben.person_id)},
        }
    assert "sex" not in str([item["linkId"] for one in found for item in one["item"]])
    async with given.database.transaction(given.ylva.scope) as connection:
        kept = (await interviews_of_case(connection, await case_of(given, case.ref)))[0]
    assert kept.asked is not None
    read, remarks = read_response(kept.asked.form, msgspec.json.encode(found[0]))
    assert not remarks
    assert read == {
        link_id: values for link_id, values in kept.interview().counted.items() if link_id in kept.answers
    }


async def test_only_readers_of_the_visit_fetch_it_and_each_is_in_the_log(given: Cast, site: Site) -> None:
    case = await waiting(given, given.ruben, own_words=["Ont sedan igår."])
    for actor, status in (
        (given.ylva, 200),
        (given.petra, 200),
        (given.olle, 403),
        (given.nora, 404),
        (given.astrid, 403),
        (given.elin, 403),
    ):
        browser = await site.browser(actor)
        answer = await browser.get(f"/staff/cases/{case.ref}/answers.fhir.json")
        assert answer.status_code == status, actor.name
    async with given.database.transaction(given.ylva.scope) as connection:
        logged = await connection.fetch(
            "SELECT actor_name, person_id FROM access_log WHERE case_id = $1 AND action = 'export_answers' "
            "ORDER BY log_id",
            case.ref.case_id,
        )
    assert [(row["actor_name"], row["person_id"]) for row in logged] == [
        ("Ylva Tallvik", given.ruben.person_id),
        ("Petra Åsnäs", given.ruben.person_id),
    ]
