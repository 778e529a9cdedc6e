// Fields of administration that show at once what has changed: the old value, the course of a case, lines of a source.

import { each, on } from "./watch.js";

/** Listens to every field. */
export function startTable() {
  on("input", "[data-field]", (place) => mark(place));
  on("change", "[data-field]", (place) => mark(place));
  on("input", "tr", (row) => drawCourse(row));
  each("[data-source]", lines);
  each("[data-starts]", starts);
}

/**
 * What the field would send now, as `data-base` writes the old value.
 * @param {HTMLElement} place
 */
function valueOf(place) {
  const boxes = [...place.querySelectorAll("input[type=checkbox]")];
  if (boxes.length) {
    return boxes.filter((box) => box instanceof HTMLInputElement && box.checked)
      .map((box) => /** @type {HTMLInputElement} */ (box).value).join("\n");
  }
  const field = place.querySelector("input, select, textarea");
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement
    ? field.value : "";
}

/** @param {HTMLElement} place */
function mark(place) {
  if (place.dataset.base === undefined) return;
  const changed = valueOf(place) !== place.dataset.base.replaceAll("\r\n", "\n");
  place.classList.toggle("changed", changed);
  const was = place.querySelector(".was");
  if (was instanceof HTMLElement) was.hidden = !changed;
  const day = place.closest("tr")?.querySelector("[data-was-day]");
  if (day instanceof HTMLElement) day.hidden = !place.closest("tr")?.querySelector(".changed");
}

/**
 * Moves the tick and the pins with the minutes. The server draws the same (drawing.py).
 * @param {HTMLElement} row
 */
function drawCourse(row) {
  const svg = row.querySelector("[data-course]");
  if (!(svg instanceof SVGElement)) return;
  const scale = Number(svg.dataset.scale) || 90;
  const minutes = [...row.querySelectorAll(".with-unit input")].map((one) => (
    one instanceof HTMLInputElement && /^\d{1,5}$/.test(one.value.trim()) ? Number(one.value) : null));
  const at = (/** @type {number} */ n) => 6 + 130 * Math.min(n, scale) / scale;
  const target = minutes[0] ?? null;
  const x = target === null ? 6 : at(target);
  svg.querySelector(".b-fill")?.setAttribute("width", String(x - 6));
  svg.querySelector(".b-tick")?.setAttribute("x", String(x - 1));
  svg.querySelector(".b-tick")?.setAttribute("visibility", target === null ? "hidden" : "visible");
  let before = -Infinity;
  svg.querySelectorAll(".pin").forEach((pin) => {
    const n = Number(/pin-(\d+)/.exec(pin.getAttribute("class") ?? "")?.[1] ?? 0);
    const step = minutes[n];
    pin.setAttribute("visibility", typeof step === "number" ? "visible" : "hidden");
    if (typeof step !== "number") return;
    const foot = at(step);
    const head = Math.max(foot, before + 14.5);
    before = head;
    pin.querySelector("path")?.setAttribute("d", `M${foot} 24V15`);
    pin.querySelector("circle")?.setAttribute("cx", String(head));
    pin.querySelector("text")?.setAttribute("x", String(head));
  });
}

/** @param {HTMLElement} place */
function lines(place) {
  const text = place.querySelector("textarea");
  const numbers = place.querySelector("[data-source-lines]");
  if (!text || !(numbers instanceof HTMLElement)) return;
  const said = document.getElementById(`${text.id}-error`)?.textContent ?? "";
  const wrong = Number(/\bRad (\d+)|\bLine (\d+)/.exec(said)?.slice(1).find(Boolean) ?? 0);
  const draw = () => {
    const count = text.value.split("\n").length;
    if (numbers.childElementCount === count) return;
    numbers.replaceChildren(...Array.from({ length: count }, (_, n) => {
      const line = document.createElement(n + 1 === wrong ? "mark" : "span");
      line.textContent = `${n + 1}\n`;
      return line;
    }));
  };
  const follow = () => { numbers.scrollTop = text.scrollTop; };
  text.addEventListener("input", draw);
  text.addEventListener("scroll", follow);
  draw();
  if (wrong) {
    const height = parseFloat(getComputedStyle(text).lineHeight) || 19;
    text.scrollTop = Math.max(0, (wrong - 6) * height);
    follow();
  }
}

/** @param {HTMLElement} place */
function starts(place) {
  const [day, time] = ["[data-starts-day]", "[data-starts-time]"].map((one) => place.querySelector(one));
  const words = place.querySelector("[data-starts-words]");
  const clear = place.querySelector("[data-starts-clear]");
  if (!(day instanceof HTMLInputElement) || !(time instanceof HTMLInputElement) || !(words instanceof HTMLElement)) return;
  const show = () => {
    const date = day.value ? new Date(`${day.value}T12:00:00Z`) : null;
    const named = date && Number.isFinite(date.getTime())
      ? new Intl.DateTimeFormat(document.documentElement.lang || "sv", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" })
        .format(date).replaceAll(".", "")
      : "";
    words.textContent = named ? `${named} ${(time.value || "00.00").replace(":", ".")}` : words.dataset.now ?? "";
    place.closest(".starts")?.classList.toggle("is-later", Boolean(named));
    if (clear instanceof HTMLElement) clear.hidden = !named;
  };
  for (const field of [day, time]) field.addEventListener("input", show);
  clear?.addEventListener("click", () => {
    day.value = time.value = "";
    day.dispatchEvent(new Event("input", { bubbles: true }));
    if (place instanceof HTMLDetailsElement) place.open = false;
    place.querySelector("summary")?.focus();
  });
  show();
}
