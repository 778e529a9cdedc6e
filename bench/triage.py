"""One step of the interview: an answer kept and the next question drawn."""

import re

from bench.client import form, percentile
from bench.place import Place
from bench.report import Report


async def measure(place: Place, report: Report, scale: float) -> None:
    """`triage_step_ms`: the 95th percentile of saving an answer and showing the next question."""
    times: list[float] = []
    people = await place.patients(list(range(15_001, 15_001 + max(int(40 * scale), 4))))
    for patient in people:
        await _interview(place, patient.headers, times)
    times.sort()
    report.add("triage_step_ms", percentile(times, 0.95) * 1000, f"p95 of {len(times)} steps, median "
               f"{percentile(times, 0.5) * 1000:.1f} ms")  # fmt: skip


async def _interview(place: Place, headers: tuple[tuple[str, str], ...], times: list[float]) -> None:
    raise NotImplementedError
