// Help texts in place: switched on and off without leaving the page, folded away page by page.

import { elements, post } from "./net.js";
import { say } from "./say.js";
import { each } from "./watch.js";

const FOLDED = "vardlots.help.folded";

/** Takes over the switch of help texts, and remembers which pages' help this browser has folded away. */
export function startHelp() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.helpForm === undefined) return;
    event.preventDefault();
    void turn(form, event.submitter);
  });
  each("details[data-help-page]", (element) => {
    const box = /** @type {HTMLDetailsElement} */ (element);
    const page = box.dataset.helpPage ?? "";
    if (folded().includes(page)) box.open = false;
    box.addEventListener("toggle", () => keep(page, !box.open));
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
async function turn(form, button) {
  const on = button instanceof HTMLButtonElement && button.value === "1";
  const answer = await post(form.action, new FormData(form, button), { accept: "text/html", fragment: true });
  if (answer.kind === "out") location.reload();
  if (answer.kind !== "done") return;
  const [made] = elements(answer.text);
  const place = document.querySelector("[data-help]");
  const had = place?.contains(document.activeElement) ?? false;
  if (made && place) place.replaceWith(made);
  for (const one of document.querySelectorAll("button[data-help-switch]")) {
    if (!(one instanceof HTMLButtonElement)) continue;
    one.value = on ? "0" : "1";
    one.setAttribute("aria-checked", String(on));
    if (one.dataset.textOn && one.dataset.textOff) say(on ? one.dataset.textOn : one.dataset.textOff);
  }
  // Whoever switched it off from within the help would be left nowhere.
  if (had) document.getElementById("main")?.focus();
  if (on && made) for (const box of made.querySelectorAll("details")) box.open = true;
}

/** @returns {string[]} */
function folded() {
  try {
    return (localStorage.getItem(FOLDED) ?? "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

/**
 * @param {string} page
 * @param {boolean} away
 */
function keep(page, away) {
  const others = folded().filter((one) => one !== page);
  try {
    localStorage.setItem(FOLDED, (away ? [...others, page] : others).join(" "));
  } catch { /* private mode: folded for now */ }
}
