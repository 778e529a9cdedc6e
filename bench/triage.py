"""One step of the interview: an answer kept (with its redirect) and the next question drawn, as a browser does."""

import re

from bench.client import Answer, Connection, form, percentile
from bench.people import Visitor
from bench.place import Place
from bench.report import Report

_FIELD = re.compile(r'<(?:input|textarea)[^>]*\bname="(question|rev|answer)"[^>]*>')
_VALUE = re.compile(r'\bvalue="([^"]*)"')
_FREE = {"text": "Det började i går kväll.", "number": "38,2", "": "3"}


async def measure(place: Place, report: Report, scale: float) -> None:
    """`triage_step_ms`: the 95th percentile of saving an answer and showing the next question."""
    times: list[float] = []
    people = await place.patients(list(range(15_001, 15_001 + max(int(40 * scale), 4))))
    connection = place.connection()
    for patient in people:
        await _interview(connection, patient, times)
    connection.close()
    times.sort()
    report.add(
        "triage_step_ms",
        percentile(times, 0.95) * 1000,
        f"p95 of {len(times)} steps, answer and next question together; median {percentile(times, 0.5) * 1000:.1f} ms",
    )


async def _interview(connection: Connection, patient: Visitor, times: list[float]) -> None:
    """From the complaint to the result, with the mildest answer to each question."""
    started = await connection.call(
        "POST", "/care/1", headers=patient.headers, body=form(complaint="sore_throat")
    )
    page, shown = await _follow(connection, patient, started)
    steps = 0
    while "/result" not in page and steps < 60:
        answered = await connection.call(
            "POST", page, headers=patient.headers, body=form(**mildest(shown.body.decode()))
        )
        if answered.status != 303:
            raise RuntimeError(f"a step answered {answered.status}")
        page, shown = await _follow(connection, patient, answered)
        times.append(answered.seconds + shown.seconds)
        steps += 1
    if "/result" not in page:
        raise RuntimeError("the interview did not end")


async def _follow(connection: Connection, patient: Visitor, answer: Answer) -> tuple[str, Answer]:
    if answer.status != 303:
        raise RuntimeError(f"expected a redirect, got {answer.status}")
    place = answer.headers["location"]
    return place, await connection.call("GET", place, headers=patient.headers)


def mildest(page: str) -> dict[str, str]:
    """The fields of a question's form: the last option of a closed question, something in an open one."""
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(page):
        name, value = found[1], _VALUE.search(found[0])
        if name == "answer" and 'type="radio"' not in found[0] and 'type="checkbox"' not in found[0]:
            fields[name] = _FREE["number" if "inputmode" in found[0] else "text"]
        else:
            fields[name] = value[1] if value else ""
    return fields
