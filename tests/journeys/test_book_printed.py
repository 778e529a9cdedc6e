"""A unit's day on paper is one sheet, lying, with every time on it; a narrow page begins where there is something."""

from __future__ import annotations

import re
from datetime import time, timedelta

from tests.journeys.booked import staff_of, times
from tests.journeys.moved import house
from tests.journeys.people import Stage
from tests.journeys.running import Running

from vardlots.platform import clock

# A sheet of A4 that lies, in points.
LYING = (842, 595)


async def test_a_day_is_printed_on_one_sheet(stage: Stage, running: Running) -> None:
    """Given a unit with short times from eight to four, when Hamid prints the day, then it is one lying sheet; on a
    phone the page begins with a schedule that has times that day."""
    hamid = await stage.nurse("Hamid Nordsken")
    day = clock.today() + timedelta(days=10)
    async with house(running) as at:
        by = await staff_of(at, "Hamid Nordsken")
        begins = {"begins": time(8), "count": 32, "minutes": 15, "time_type": "drop_in_call"}
        await times(at, by=by, day=day, name="Pappersrummet", **begins)  # type: ignore[arg-type]
    await hamid.signs_in()
    address = f"/staff/calendar?unit=all&role=all&staff=all&day={day}"
    await hamid.open(address)
    sheets = await hamid.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1
    (box,) = set(re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", sheets))
    assert tuple(round(float(side)) for side in box) == LYING
    await hamid.page.set_viewport_size({"width": 360, "height": 800})
    assert await hamid.page.locator(".cal-col.is-shown [data-slot], .cal-col.is-shown .tb").count()
