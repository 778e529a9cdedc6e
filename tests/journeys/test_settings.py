"""Staff settings in a real browser: devices that are there, that are refused, and that are let go of; help in place."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Locator, Page, async_playwright, expect
from tests.chromium import FLAGS, chromium
from tests.journeys.people import Nurse, Stage
from tests.journeys.pictures import PHOTO
from tests.journeys.running import Running

DEVICES = ("--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required")
GRANTED = ("--use-fake-ui-for-media-stream",)
TABS = ("/staff/settings", "/staff/settings/hardware", "/staff/settings/notices")
# Remembers what the page was given, so that a story can ask whether it was let go of.
_GIVEN = """
(() => {
  if (!navigator.mediaDevices) return;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.given = [];
  window.wished = [];
  navigator.mediaDevices.getUserMedia = async (wish) => {
    window.wished.push(wish);
    const stream = await real(wish);
    window.given.push(...stream.getTracks());
    return stream;
  };
})()"""


@asynccontextmanager
async def desk(running: Running, *flags: str) -> AsyncIterator[Nurse]:
    """Ylva at a computer with a camera and a microphone that are made up."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(whole=True), args=[*FLAGS, *flags]
        )
        stage = Stage(running.base, browser, running.looked)
        ylva = await stage.nurse("Ylva Tallvik")
        await ylva.context.add_init_script(_GIVEN)
        await ylva.signs_in()
        yield ylva
        await stage.close()
        await browser.close()
        assert not stage.faults(), "\n".join(stage.faults())


def device(page: Page, name: str) -> Locator:
    return page.locator(f"[data-device={name}]")


async def alive(page: Page) -> int:
    """How many tracks of camera and microphone still run."""
    return int(await page.evaluate("() => window.given.filter((one) => one.readyState === 'live').length"))


async def test_camera_microphone_and_sound_are_tested_and_let_go_of(running: Running) -> None:
    async with desk(running, *DEVICES, *GRANTED) as ylva:
        page = ylva.page
        await ylva.open("/staff/settings/hardware")
        assert await page.evaluate("() => window.wished.length") == 0, (
            "nothing is asked for before it is pressed"
        )

        camera = device(page, "camera")
        await camera.get_by_role("button", name="Starta kameran").click()
        await expect(camera.get_by_role("status")).to_have_text("Kameran är på. Ser du dig själv?")
        assert await page.evaluate("() => document.querySelector('video').videoWidth") > 0
        assert await alive(page) == 1
        await ylva.looks("hardware, camera on")
        await camera.get_by_role("button", name="Ja, jag ser bilden").click()
        assert await alive(page) == 0
        await expect(camera.get_by_role("button", name="Starta kameran")).to_be_focused()

        microphone = device(page, "microphone")
        await microphone.get_by_role("button", name="Starta mikrofonen").click()
        await expect(microphone.get_by_role("status")).to_have_text(re.compile("Du hörs|Mycket starkt"))
        await expect(microphone.locator("meter")).to_be_visible()
        await microphone.get_by_role("button", name="Stäng av mikrofonen").click()
        await expect(microphone.get_by_role("status")).to_have_text("Avstängd.")
        assert await alive(page) == 0

        sound = device(page, "sound")
        await sound.get_by_role("button", name="Spela en ton").click()
        await expect(sound.get_by_text("Hörde du tonen?", exact=True)).to_be_visible()
        await sound.get_by_role("button", name="Nej").click()
        await expect(sound.get_by_role("status")).to_contain_text("Höj ljudet")
        await expect(page.locator("[data-result]")).to_have_text(
            "Kamera: fungerar. Mikrofon: fungerar. Ljud: fungerar inte."
        )
        await sound.get_by_role("button", name="Spela en ton").click()
        await sound.get_by_role("button", name="Ja").click()
        await expect(page.locator("[data-result]")).to_contain_text("Ljud: fungerar.")
        await ylva.looks("hardware, done")

        # Left with everything on, the page lets go of everything.
        await camera.get_by_role("button", name="Starta kameran").click()
        await microphone.get_by_role("button", name="Starta mikrofonen").click()
        await expect(microphone.get_by_role("button", name="Stäng av mikrofonen")).to_be_visible()
        await expect(camera.locator("video")).to_be_visible()
        assert await alive(page) == 2
        await page.evaluate("() => window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        assert await alive(page) == 0
        for wish in await page.evaluate("() => window.wished.map((one) => Object.keys(one))"):
            assert len(wish) == 1, "the camera's test asks for no microphone, and the other way round"


async def test_what_the_browser_refuses_is_said_with_a_way_out(running: Running) -> None:
    async with desk(running, *DEVICES, "--deny-permission-prompts") as ylva:
        page = ylva.page
        await ylva.open("/staff/settings/hardware")
        for name, button in (("camera", "Starta kameran"), ("microphone", "Starta mikrofonen")):
            await device(page, name).get_by_role("button", name=button).click()
            await expect(device(page, name).get_by_role("status")).to_contain_text(
                "tillåt kamera och mikrofon"
            )
            await expect(device(page, name).get_by_role("button", name=button)).to_be_enabled()
        await expect(page.locator("[data-result]")).to_have_text(
            "Kamera: fungerar inte. Mikrofon: fungerar inte. Ljud: inte testad."
        )
        await ylva.looks("hardware, refused")


async def test_a_computer_without_a_camera(running: Running) -> None:
    async with desk(running, *GRANTED) as ylva:
        await ylva.open("/staff/settings/hardware")
        camera = device(ylva.page, "camera")
        await camera.get_by_role("button", name="Starta kameran").click()
        await expect(camera.get_by_role("status")).to_contain_text("Ingen hittades")


async def test_a_profile_is_filled_in_guarded_and_seen(running: Running) -> None:
    async with desk(running) as ylva:
        page = ylva.page
        await page.keyboard.press("g")
        await page.keyboard.press("m")
        await page.wait_for_url("**/staff/settings")
        await ylva.looks("profile")
        await page.get_by_label("Titel").fill("Distriktssköterska")
        await expect(page.locator("[data-unsaved-note]")).to_have_text(
            "Du har ändringar som inte är sparade."
        )
        asked: list[str] = []

        async def stays(dialog: object) -> None:
            asked.append(dialog.type)  # type: ignore[attr-defined]
            await dialog.dismiss()  # type: ignore[attr-defined]

        page.once("dialog", stays)
        await page.get_by_role("link", name="Notifieringar").click(no_wait_after=True)
        await expect(page.get_by_label("Titel")).to_have_value("Distriktssköterska")
        assert asked == ["beforeunload"]
        await page.get_by_label("Profilbild").set_input_files(PHOTO)
        await expect(page.locator(".portrait-now img")).to_have_attribute("src", re.compile("^blob:"))
        await page.get_by_role("button", name="Spara").click()
        await expect(page.get_by_text("Sparat.")).to_be_visible()
        await expect(page.locator(".me img")).to_be_visible()
        await ylva.looks("profile, saved")
        await page.get_by_label("Ta bort bilden").check()
        await page.get_by_role("button", name="Spara").click()
        await expect(page.locator(".portrait-now img")).to_have_count(0)
        await ylva.open("/staff/settings/notices")
        await page.get_by_role("switch", name="Ny patient i kön").check()
        await page.get_by_role("button", name="Spara").click()
        await expect(page.get_by_text("Sparat.")).to_be_visible()
        await expect(page.get_by_role("switch", name="Ny patient i kön")).to_be_checked()
        await ylva.looks("notices")
        for width in (320, 720):
            await page.set_viewport_size({"width": width, "height": 800})
            for address in TABS:
                await ylva.open(address)
                assert await page.evaluate(
                    "() => document.documentElement.scrollWidth <= window.innerWidth"
                ), address


async def test_help_comes_and_goes_without_leaving_the_page(running: Running) -> None:
    async with desk(running) as ylva:
        page = ylva.page
        await ylva.open("/staff/settings")
        await page.get_by_label("Titel").fill("Inte sparad än")
        await page.locator("summary.me").click()
        await page.get_by_role("switch", name="Visa hjälptexter").click()
        helped = page.get_by_role("complementary", name="Hjälp på sidan")
        await expect(helped).to_contain_text("Ha arbetskläder på bilden")
        await expect(page.get_by_role("switch", name="Visa hjälptexter")).to_be_checked()
        await expect(page.get_by_label("Titel")).to_have_value("Inte sparad än")
        await page.keyboard.press("Escape")
        await ylva.looks("help on")
        # Folded away here, it stays so here and is open elsewhere.
        await helped.locator("summary").click()
        await page.evaluate("() => { document.querySelector('form[data-unsaved]').reset(); }")
        await ylva.open("/staff/drop-in")
        await expect(helped).to_contain_text("Kön är ordnad efter prioritet")
        await ylva.looks("help on, queue")
        await ylva.open("/staff/settings")
        await expect(helped.locator("details")).not_to_have_attribute("open", "")
        await ylva.open("/staff/drop-in")
        await helped.get_by_role("button", name="Stäng av hjälptexter").click()
        await expect(helped).to_have_count(0)
        await page.reload()
        await expect(helped).to_have_count(0)
