"""Ylva's mouse is broken. From the sign-in to the signed note by keys alone."""

import re
from typing import Any

from playwright.async_api import expect
from tests.journeys.people import Nurse, Stage

# What has the focus: its name, whether it is to be seen, whether the focus is, where it stands.
_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const shown = one.matches("input[type=radio], input[type=checkbox], input[type=file]") && one.closest("label") || one;
  const frame = one.closest(".composer, .search");
  const marks = [one, shown, shown.querySelector("span"), frame].filter(Boolean)
    .flatMap((each) => ["", "::before", "::after"].map((part) => getComputedStyle(each, part)));
  const box = shown.getBoundingClientRect();
  const label = one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.innerText || one.placeholder;
  return {
    name: (label || "").trim().replace(/\\s+/g, " "),
    visible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: marks.some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
      || style.boxShadow !== "none"),
    tabindex: one.tabIndex,
    role: one.getAttribute("role") || one.tagName.toLowerCase(),
    html: one.outerHTML.slice(0, 140),
  };
}"""


class Keys:
    """A pair of hands on a keyboard, and an eye on where the focus is."""

    def __init__(self, nurse: Nurse) -> None:
        self.nurse = nurse

    async def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            await self.nurse.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Letters."""
        await self.nurse.page.keyboard.type(text)

    async def focus(self) -> dict[str, Any] | None:
        """What has the focus; it must be seen to have it."""
        found: dict[str, Any] | None = await self.nurse.page.evaluate(_FOCUS)
        if found is not None and found["role"] != "main":
            assert found["visible"], f"The focus is out of sight: {found['html']}"
            assert found["marked"], f"The focus is not to be seen: {found['html']}"
            assert found["tabindex"] <= 0, f"The order is forced: {found['html']}"
        return found

    async def tab_to(self, name: str, most: int = 60, key: str = "Tab") -> None:
        """Tab until something of that name has the focus."""
        passed = []
        for _ in range(most):
            await self.press(key)
            found = await self.focus()
            if found and re.search(name, found["name"]):
                return
            passed.append(found["name"][:30] if found else "-")
        raise AssertionError(f"{name} cannot be reached: {passed}")


async def test_a_nurse_without_a_mouse_signs_a_note(stage: Stage) -> None:
    """Given a patient in the queue and a nurse with a keyboard only,
    when she signs in, takes the case, talks, ends and documents, then no step needs a mouse."""
    oksana = await stage.patient("Oksana Melnyk")
    await oksana.signs_in()
    case = await oksana.has_sought_care()
    aino = await stage.nurse("Aino Rautamäki")
    keys = Keys(aino)
    await signs_in(aino, keys)
    await reads_which_keys_there_are(aino, keys)
    await keys.press("g", "d")
    await aino.arrives(re.compile("/staff/drop-in"))
    await expect(aino.row(case)).to_be_visible()
    for _ in range(12):
        await keys.press("j")
        if await aino.row(case).evaluate("(row) => row.contains(document.activeElement)"):
            break
    await keys.focus()
    await keys.press("t")
    await aino.arrives(f"/staff/cases/{case.ref}")
    await expect(aino.page.get_by_role("button", name=re.compile("^Starta besök"))).to_be_visible()
    await keys.press("s")
    await expect(aino.composer).to_be_visible()
    await oksana.open(f"/my/cases/{case.ref}")
    await keys.press("r")
    await keys.focus()
    await keys.type("Hej Oksana.")
    await keys.press("Enter")
    await oksana.reads("Hej Oksana.")
    await ends(aino, keys)
    await documents(aino, keys)


async def signs_in(nurse: Nurse, keys: Keys) -> None:
    """The first tab stop leads past the menu."""
    await nurse.open("/staff/sign-in")
    await keys.press("Tab")
    first = await keys.focus()
    assert first
    assert first["name"] == "Hoppa till innehållet"
    await keys.tab_to("Logga in med SITHS")
    await keys.press("Enter")
    await nurse.arrives(re.compile("/demo/identity"))
    await keys.tab_to("Sök namn")
    await keys.type(nurse.name)
    await keys.press("Enter")
    await nurse.arrives(re.compile("q="))
    await keys.tab_to(rf"^{nurse.name}")
    await keys.press("Enter")
    await nurse.arrives(re.compile("/staff(/shift.*)?$"))
    if "/shift" in nurse.page.url:  # no other story has begun it
        await keys.tab_to("Ängsviken")
        await keys.press("Space", "Tab", "Space")
        await keys.tab_to("^Starta skift")
        await keys.press("Enter")
    await nurse.arrives("/staff")


async def reads_which_keys_there_are(nurse: Nurse, keys: Keys) -> None:
    """`?` shows them all, `Esc` puts them away."""
    await keys.press("?")
    dialog = nurse.page.get_by_role("dialog", name="Kortkommandon")
    await expect(dialog).to_be_visible()
    await expect(dialog).to_contain_text("Ta emot")
    await nurse.looks("dialog, keys")
    await keys.press("Escape")
    await expect(dialog).to_be_hidden()


async def ends(nurse: Nurse, keys: Keys) -> None:
    """*Avsluta besök*, by its dialog; the focus is in it, and comes back."""
    await keys.tab_to("^Avsluta besök")
    await keys.press("Enter")
    dialog = nurse.page.get_by_role("dialog", name="Avsluta besök")
    await expect(dialog).to_be_visible()
    assert await dialog.evaluate("(one) => one.contains(document.activeElement)")
    await keys.press("Escape")
    await expect(dialog).to_be_hidden()
    found = await keys.focus()
    assert found
    assert found["name"].startswith("Avsluta besök")
    await keys.press("Enter")
    await expect(dialog).to_be_visible()
    await keys.tab_to("^Avsluta besök$")
    await keys.press("Enter")
    await nurse.arrives(re.compile(r"\?tab=note$"))


async def documents(nurse: Nurse, keys: Keys) -> None:
    """The note, its diagnosis by the arrows, and the signature."""
    await keys.tab_to("^Bedömning")
    await keys.type("Halsfluss.")
    await keys.tab_to("^Huvuddiagnos")
    await keys.type("tonsillit")
    options = nurse.page.get_by_role("listbox", name="Diagnoser").get_by_role("option")
    await expect(options.first).to_be_visible()
    await keys.press("ArrowDown", "ArrowUp", "Enter")
    await expect(nurse.page.get_by_label("Huvuddiagnos")).to_have_value(re.compile(r"[A-Z]\d\d"))
    await expect(options.first).to_be_hidden()
    await keys.tab_to("^Signera")
    await keys.press("Enter")
    await nurse.sees(re.compile(f"{nurse.name} signerade"))


async def test_keys_are_quiet_while_one_writes_and_can_be_turned_off(stage: Stage) -> None:
    """Given a nurse at the list, when she writes in the search, then no letter does a deed; turned off, none ever
    does."""
    aino = await stage.nurse("Aino Rautamäki")
    await aino.signs_in()
    keys = Keys(aino)
    await keys.press("Control+k")
    await keys.type("gd?")
    assert await aino.page.locator("#search-q").input_value() == "gd?"
    await aino.arrives("/staff")
    await aino.page.locator("#search-q").blur()
    await keys.press("?")
    dialog = aino.page.get_by_role("dialog", name="Kortkommandon")
    await dialog.get_by_role("switch").click()
    await keys.press("Escape", "g", "d", "?")
    await expect(dialog).to_be_hidden()
    await aino.arrives("/staff")


async def test_the_filter_that_a_key_opens_is_where_the_keyboard_is(stage: Stage) -> None:
    """Given a nurse at the queue, when she opens the filter with its key, then the next key is the filter's."""
    aino = await stage.nurse("Aino Rautamäki")
    await aino.signs_in()
    await aino.page.goto("/staff/drop-in")
    keys = Keys(aino)
    await keys.press("f")
    filters = aino.page.locator("#filter-1")
    await expect(filters).to_have_attribute("open", "")
    await expect(filters.locator("summary")).to_be_focused()
    await keys.press("Enter")
    await expect(filters).not_to_have_attribute("open", "")
