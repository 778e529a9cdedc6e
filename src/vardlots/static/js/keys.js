// Single keys for staff. Off while typing, and for those who do not want them.

import { each } from "./watch.js";

const OFF = "vardlots.keys";
const PATIENCE = 1_500;
let leading = "";
let timer = 0;

/** Listens for keys. Elements say theirs: `data-key="t"`, `data-key="g s"`, `data-key="ctrl+k"`. */
export function startKeys() {
  document.addEventListener("keydown", pressed);
  each("input[data-set-keys]", (box) => {
    const field = /** @type {HTMLInputElement} */ (box);
    field.checked = areOn();
    field.addEventListener("change", () => {
      try {
        if (field.checked) localStorage.removeItem(OFF);
        else localStorage.setItem(OFF, "off");
      } catch { /* private mode */ }
    });
  });
  each("[data-keys-list]", (list) => list.closest("dialog")?.addEventListener("beforetoggle", () => fillList(list)));
}

function areOn() {
  try {
    return localStorage.getItem(OFF) !== "off";
  } catch {
    return true;
  }
}

/**
 * The name of a key press as the page writes it: `t`, `?`, `ctrl+k`. Nothing for what is not ours.
 * @param {{ key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean }} event
 */
export function nameOf({ key, ctrlKey, metaKey, altKey }) {
  if (altKey || key.length !== 1) return key === "Enter" && !ctrlKey && !metaKey && !altKey ? "enter" : "";
  return ctrlKey || metaKey ? `ctrl+${key.toLowerCase()}` : key.toLowerCase();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") {
    leading = "";
    leaveBox(event);
    return;
  }
  if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) return toNeighbour(event);
  const name = nameOf(event);
  if (!name) return;
  const single = !name.startsWith("ctrl+");
  if (single && (isTyping(event.target) || !areOn())) return;
  // A key pressed while another visit is on its way was meant for that one.
  if (document.querySelector("dialog:modal, .visit[aria-busy]")) return;
  const done = single ? sequence(name, event) : act(name);
  if (done) event.preventDefault();
}

/**
 * @param {string} name
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
function sequence(name, event) {
  const whole = leading ? `${leading} ${name}` : name;
  leading = "";
  clearTimeout(timer);
  if (act(whole)) return true;
  if (whole === "j" || whole === "k") return step(whole === "j" ? 1 : -1);
  if (whole === "enter") return event.target === document.body && openSelected();
  if (document.querySelector(`[data-key^="${CSS.escape(name)} "]`)) {
    leading = name;
    timer = window.setTimeout(() => { leading = ""; }, PATIENCE);
    return true;
  }
  return false;
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select, [role=textbox], [role=combobox]")) return true;
  return target instanceof HTMLInputElement && !/^(checkbox|radio|button|submit|reset)$/.test(target.type);
}

/**
 * Does what the key says: in the selected row first, then anywhere on the page.
 * @param {string} name
 * @returns {boolean}
 */
function act(name) {
  const wanted = `[data-key="${CSS.escape(name)}"], [aria-keyshortcuts="${CSS.escape(shortcut(name))}"]`;
  const row = selectedRow();
  const places = [...(row?.querySelectorAll(wanted) ?? []), ...document.querySelectorAll(wanted)];
  const place = places.find((one) => one instanceof HTMLElement && (isShown(one) || row?.contains(one)));
  if (!(place instanceof HTMLElement)) return false;
  if (place.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select")) {
    place.focus();
    if (place instanceof HTMLInputElement) place.select();
  } else {
    // What opens is gone through with the keyboard from there.
    if (place.matches("summary, input[type=radio], input[type=checkbox]")) place.focus();
    place.click();
  }
  return true;
}

/**
 * As aria-keyshortcuts writes it.
 * @param {string} name
 */
export function shortcut(name) {
  if (name === "?") return "Shift+?";
  return name.startsWith("ctrl+") ? `Control+${name.slice(5).toUpperCase()}` : name.toUpperCase();
}

/** @param {HTMLElement} element */
const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

/**
 * From the box one writes in back to the list beside it: single keys are heard again, what was written stays.
 * @param {KeyboardEvent} event
 */
function leaveBox(event) {
  // The first Esc empties the search, as the browser does; the next leaves it.
  if (event.target instanceof HTMLInputElement && event.target.closest("[data-search]")) {
    if (!event.target.value) event.target.blur();
    return;
  }
  if (!(event.target instanceof HTMLTextAreaElement) || !event.target.closest("form[data-composer]")) return;
  const current = document.querySelector("a[data-visit][aria-current]");
  if (current instanceof HTMLElement && isShown(current)) current.focus({ preventScroll: true });
  else event.target.blur();
}

/**
 * The visit below or above in the list, also while one writes.
 * @param {KeyboardEvent} event
 */
function toNeighbour(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || document.querySelector("dialog:modal")) return;
  const links = [...document.querySelectorAll("a[data-visit]")].filter((link) => link instanceof HTMLElement);
  if (!links.length) return;
  event.preventDefault();
  const at = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? links.length - 1 : at - 1;
  links[next]?.click();
}

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter((row) => row instanceof HTMLElement && isShown(row));
}

/** @returns {HTMLElement | null} */
function selectedRow() {
  const row = document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row][aria-selected='true']")
    ?? document.querySelector("[data-row]:has(> [data-visit][aria-current])");
  return row instanceof HTMLElement ? row : null;
}

/**
 * Moves the selection, and the focus with it.
 * @param {number} by
 * @returns {boolean}
 */
function step(by) {
  const all = rows();
  if (!all.length) return false;
  const row = selectedRow();
  const at = row ? all.indexOf(row) : -1;
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  for (const one of all) one.removeAttribute("aria-selected");
  const chosen = all[next];
  if (!(chosen instanceof HTMLElement)) return false;
  chosen.setAttribute("aria-selected", "true");
  const link = chosen.querySelector("[data-main], a[href]");
  if (link instanceof HTMLElement) link.focus({ preventScroll: true });
  chosen.scrollIntoView({ block: "nearest" });
  return true;
}

function openSelected() {
  const link = selectedRow()?.querySelector("[data-main], a[href]");
  if (!(link instanceof HTMLElement)) return false;
  link.click();
  return true;
}

/**
 * Draws the list of keys from what the page's elements say of themselves.
 * @param {HTMLElement} list
 */
function fillList(list) {
  /** @type {Map<string, string>} */
  const words = new Map();
  for (const place of document.querySelectorAll("[data-key]")) {
    if (!(place instanceof HTMLElement) || !place.dataset.keyText) continue;
    words.set(place.dataset.key ?? "", place.dataset.keyText);
  }
  list.replaceChildren(...[...words].map(([keys, text]) => {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    for (const key of keys.split(/[ +]/)) {
      const cap = document.createElement("kbd");
      cap.textContent = key.charAt(0).toUpperCase() + key.slice(1);
      term.append(cap, " ");
    }
    const deed = document.createElement("dd");
    deed.textContent = text;
    line.append(term, deed);
    return line;
  }));
}
