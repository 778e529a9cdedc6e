"""The pictures of the documentation, taken from the demonstration as it runs: docs/screenshots/*.png.

    make shots                                   starts a demonstration of its own, and stops it afterwards
    .venv/bin/python scripts/shots.py --at URL   from one that runs already

The people, the names of the files and what they show stay the same from run to run; the times of day do not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from PIL import Image
from playwright.async_api import async_playwright, expect

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.chromium import FLAGS, chromium  # noqa: E402
from tests.journeys.people import SORE_THROAT, Nurse, Patient, Person, Stage  # noqa: E402

FOLDER = ROOT / "docs/screenshots"
DATA = ROOT / ".test-data/shots"
LONGEST_START = 180.0  # seconds: the first start loads the region


def main() -> None:
    """Take them all."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--at", metavar="URL", help="the address of a demonstration that runs already")
    chosen = asked.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if chosen.at:
        asyncio.run(take_all(chosen.at.rstrip("/")))
        return
    with demonstration() as base:
        asyncio.run(take_all(base))


@contextmanager
def demonstration() -> Iterator[str]:
    """A demonstration of its own, begun anew in a folder of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "MAKELEVEL")}
    environ |= {"PORT": str(port), "VARDLOTS_DATA_DIR": str(DATA), "VARDLOTS_BASE_URL": base}
    running = subprocess.Popen([sys.executable, "-m", "vardlots.cli", "demo", "--reset"], env=environ)
    try:
        wait_for(base, running)
        yield base
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(30)


def wait_for(base: str, running: subprocess.Popen[bytes]) -> None:
    """Until its pages are served. Raises SystemExit when that does not come to be."""
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until and running.poll() is None:
        try:
            with urlopen(f"{base}/readyz", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The demonstration did not start; its own words are above.")


async def take_all(base: str) -> None:
    """Elin with her phone, Ylva at her desk."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(whole=True),
            args=[*FLAGS, "--hide-scrollbars"],
            env={**os.environ, "LANGUAGE": "sv"},
        )
        stage = Stage(base, browser)
        phone: dict[str, Any] = {"device_scale_factor": 2, "reduced_motion": "reduce"}
        elin = await stage.patient("Elin Sjöqvarn", **phone)
        ylva = await stage.nurse("Ylva Tallvik", reduced_motion="reduce")
        await the_patients(elin)
        await the_staffs(ylva)
        siri = await stage.nurse("Siri Åbrink", reduced_motion="reduce")
        siri.role = "Läkare"
        await the_colleagues(ylva, siri)
        await stage.close()
        await browser.close()
    for fault in stage.faults():
        print(f"  {fault}", file=sys.stderr)


async def the_patients(elin: Patient) -> None:
    """Home, a question, the result, the waiting room, the conversation."""
    await elin.signs_in()
    await (
        elin.page.get_by_role("navigation", name="Vem gäller det")
        .get_by_role("link", name=re.compile("Tuva"))
        .click()
    )
    await elin.sees("Vad behöver Tuva?")
    await shoot(elin, "patient-home")
    await elin.begins("Halsont", for_="Nils")
    await elin.answers(SORE_THROAT, until="throat")
    await elin.page.locator("label:has(input[value=spots])").click()
    await shoot(elin, "patient-question")
    await elin.answers(SORE_THROAT)
    await elin.arrives(re.compile("/result$"))
    await shoot(elin, "patient-result")
    await elin.joins_queue()
    await shoot(elin, "patient-waiting")
    await elin.open("/my/cases")
    await elin.page.get_by_role("link", name=re.compile("Halsont.*Tuva")).first.click()
    await expect(elin.composer).to_be_visible()
    await shoot(elin, "patient-chat")


async def the_staffs(ylva: Nurse) -> None:
    """Start page, queue, visit in light and in dark, phrases, note."""
    await ylva.signs_in()
    await shoot(ylva, "staff-start")
    await ylva.open("/staff/drop-in?role=all")
    await ylva.page.keyboard.press("j")
    await shoot(ylva, "staff-queue")
    await ylva.open("/staff")
    await ylva.page.locator("#mine [data-row]").filter(has_text="Halsont").get_by_role("link").first.click()
    await expect(ylva.composer).to_be_visible()
    await shoot(ylva, "staff-visit")
    await ylva.page.emulate_media(color_scheme="dark")
    await shoot(ylva, "staff-visit-dark")
    await ylva.page.emulate_media(color_scheme="light")
    await ylva.composer.press_sequentially("-feber")
    await shoot(ylva, "staff-phrases")
    await ylva.composer.fill("")
    await ylva.goes_to_tab("Anteckning")
    await ylva.page.get_by_label("Bedömning", exact=True).fill("Sannolik halsfluss. Opåverkad, dricker.")
    await ylva.page.get_by_label("Åtgärd", exact=True).fill("Egenvård. Återkommer i ärendet vid försämring.")
    await shoot(ylva, "staff-note")


async def the_colleagues(ylva: Nurse, siri: Nurse) -> None:
    """A handover as the physician reads it, with the colleagues' own talk beside it, in dark."""
    await ylva.presses(re.compile("^Vårdgivarchatt"))
    await ylva.page.locator("#talk-write").fill("Hej Siri. Ensidig svullnad, gapar sämre än i går. Dricker.")
    await ylva.page.keyboard.press("Enter")
    await ylva.presses(re.compile("^Lämna över$"), ylva.page.locator("#visit-foot"))
    dialog = ylva.page.get_by_role("dialog", name="Lämna över besök")
    await dialog.get_by_role("searchbox").fill("läkare")
    await dialog.get_by_role("treeitem", name="Alla i rollen").locator("visible=true").first.click()
    await dialog.get_by_label("Prioritet").select_option("2")
    await dialog.get_by_label("Varför?").select_option("other_competence")
    await dialog.get_by_label(re.compile("^Meddelande")).fill("Behöver läkarbedömning i dag. Jag går 16.45.")
    await ylva.presses("Slutför", dialog)
    await expect(ylva.page.locator("#visit-handover")).to_contain_text("Synk överlämning")
    await siri.signs_in()
    await siri.open(ylva.page.url.split("?")[0])
    await siri.page.emulate_media(color_scheme="dark")
    await siri.presses(re.compile("^Vårdgivarchatt"))
    box = siri.page.locator("#talk-write")
    await box.fill("Tack. Jag tittar på bilden nu.")
    await box.press("Enter")
    await shoot(siri, "staff-handover")


async def shoot(person: Person, name: str) -> None:
    """One picture, when fonts and pictures have come."""
    page = person.page
    await page.wait_for_load_state()
    await page.evaluate("() => document.fonts.ready.then(() => undefined)")
    await page.mouse.move(0, 0)
    await asyncio.sleep(0.5)
    file = FOLDER / f"{name}.png"
    await page.screenshot(path=file)
    with Image.open(file) as taken:
        few = taken.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(file, optimize=True)  # a third of the bytes, in a repository that keeps every version
    print(f"  {name}.png", flush=True)


if __name__ == "__main__":
    main()
