// Tidbok: go among the times with the arrows, open one beside the calendar, move one with the pointer or the keys.
// Without this file every time is a link to a page of its own that does the same.

import { elements, get, post } from "./net.js";
import { say } from "./say.js";
import { fill } from "./text.js";
import { onChange } from "./watch.js";

const STEP = 5;
const LEAP = 30;
const THRESHOLD = 6;
const WIDE = "(min-width: 901px)";

/**
 * @typedef {{ slot: HTMLElement, column: HTMLElement, minute: number, length: number, ghost: HTMLElement, keys: boolean }} Moving
 */

/**
 * Minutes of a day as a clock says them.
 * @param {number} minute
 * @param {string} [between]
 */
export function clockOf(minute, between = ".") {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}${between}${String(minute % 60).padStart(2, "0")}`;
}

/**
 * The minute of the day nearest to a place, in steps, kept within the part that is drawn.
 * @param {number} offset pixels from the top of what is drawn
 * @param {number} row pixels of five minutes
 * @param {{ begins: number, rows: number, length: number }} drawn
 */
export function minuteAt(offset, row, { begins, rows, length }) {
  const last = begins + rows * STEP - length;
  return Math.max(begins, Math.min(last, begins + Math.round(offset / row) * STEP));
}

/**
 * Which time an arrow leads to: up and down in its column, to the nearest in the column beside.
 * @param {string} key
 * @param {number} column
 * @param {number} minute
 * @param {number[][]} columns the minutes of the times of each column, in order
 * @returns {[number, number] | null} column and place in it
 */
export function arrow(key, column, minute, columns) {
  const here = columns[column] ?? [];
  const at = here.indexOf(minute);
  if (key === "ArrowDown" && at < here.length - 1) return [column, at + 1];
  if (key === "ArrowUp" && at > 0) return [column, at - 1];
  if (key === "Home" && here.length) return [column, 0];
  if (key === "End" && here.length) return [column, here.length - 1];
  const way = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  for (let next = column + way; way && next >= 0 && next < columns.length; next += way) {
    const there = columns[next] ?? [];
    if (!there.length) continue;
    const nearest = there.reduce((best, one, place) => (Math.abs(one - minute) < Math.abs((there[best] ?? 0) - minute) ? place : best), 0);
    return [next, nearest];
  }
  return null;
}

class Calendar {
  /** @type {Moving | null} */
  #moving = null;
  /** @type {{ slot: HTMLElement, x: number, y: number, grip: number } | null} */
  #pressed = null;
  #opened = "";
  #focused = "";
  #dragged = false;

  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.panel = /** @type {HTMLElement} */ (box.querySelector("#cal-panel"));
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => this.#clicked(event));
    box.addEventListener("focusin", (event) => this.#noted(event));
    box.addEventListener("pointerdown", (event) => this.#down(event));
    window.addEventListener("pointermove", (event) => this.#drag(event));
    window.addEventListener("pointerup", () => this.#up());
    window.addEventListener("pointercancel", () => this.#stop(false));
    box.addEventListener("dragstart", (event) => event.preventDefault());
    onChange(() => this.#settle());
    // A grid fetched anew may differ in nothing but the attributes set here.
    document.addEventListener("htmx:after:swap", () => this.#settle());
    // Another width shows other columns.
    window.addEventListener("resize", () => this.#settle());
    this.#showNow();
  }

  /** @returns {HTMLElement[]} the columns that are seen */
  #columns() {
    const all = /** @type {HTMLElement[]} */ ([...this.box.querySelectorAll("[data-column]")]);
    const seen = all.filter((one) => one.checkVisibility?.() ?? true);
    // Before anything is laid out nothing is seen, and there is a way in all the same.
    return seen.length ? seen : all;
  }

  /** @param {HTMLElement} column @returns {HTMLElement[]} */
  #slots(column) {
    return [...column.querySelectorAll("[data-slot]")].filter((one) => one instanceof HTMLElement);
  }

  /** One tab stop among the times, where it was, also after the grid has been drawn anew. */
  #settle() {
    const slots = this.#columns().flatMap((column) => this.#slots(column));
    const kept = slots.find((one) => one.dataset.slot === this.#focused) ?? slots.find((one) => !one.classList.contains("is-over")) ?? slots[0];
    for (const one of slots) {
      const index = one === kept ? "0" : "-1";
      if (one.getAttribute("tabindex") !== index) one.setAttribute("tabindex", index);
      one.classList.toggle("is-open", one.dataset.slot === this.#opened);
    }
  }

  /** Brings the hour at hand into sight. */
  #showNow() {
    const line = this.box.querySelector(".cal-now");
    if (line instanceof HTMLElement && line.offsetTop > 400) this.box.querySelector("#cal-grid")?.scrollTo({ top: line.offsetTop - 200 });
  }

  /** @param {Event} event */
  #noted(event) {
    const slot = event.target instanceof HTMLElement ? event.target.closest("[data-slot]") : null;
    if (slot instanceof HTMLElement) this.#focused = slot.dataset.slot ?? "";
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-slot-close]")) {
      if (!target.closest("#cal-panel")) return;
      event.preventDefault();
      this.#close();
      return;
    }
    const slot = target?.closest("[data-slot]");
    if (!(slot instanceof HTMLAnchorElement)) return;
    if (this.#dragged || this.#moving) {
      event.preventDefault();
      this.#dragged = false;
      return;
    }
    // On a narrow page, in a new tab: its own page.
    if (event.ctrlKey || event.metaKey || event.shiftKey || !window.matchMedia(WIDE).matches) return;
    event.preventDefault();
    this.#open(slot);
  }

  /** @param {HTMLAnchorElement} slot */
  async #open(slot) {
    const answer = await get(slot.href);
    if (answer.kind !== "done") {
      location.assign(slot.href);
      return;
    }
    this.#opened = slot.dataset.slot ?? "";
    this.panel.replaceChildren(...elements(answer.text));
    this.panel.hidden = false;
    this.#settle();
    /** @type {HTMLElement | null} */ (this.panel.querySelector("[data-slot-title]"))?.focus();
  }

  #close() {
    const slot = this.box.querySelector(`[data-slot="${CSS.escape(this.#opened)}"]`);
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.#opened = "";
    this.#settle();
    if (slot instanceof HTMLElement) slot.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape" && !this.#moving && !this.panel.hidden) {
      this.#close();
      event.preventDefault();
      return;
    }
    const slot = event.target instanceof HTMLElement ? event.target.closest("[data-slot]") : null;
    if (!(slot instanceof HTMLElement)) return;
    const handled = this.#moving ? this.#steer(event) : this.#walk(event, slot);
    if (!handled) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} slot
   */
  #walk(event, slot) {
    if (event.key.toLowerCase() === "m") {
      this.#begin(slot, true);
      return true;
    }
    const columns = this.#columns();
    const slots = columns.map((column) => this.#slots(column));
    const at = slots.findIndex((one) => one.includes(slot));
    const to = arrow(event.key, at, minutesOf(slot), slots.map((some) => some.map(minutesOf)));
    if (!to) return event.key.startsWith("Arrow");
    const next = slots[to[0]]?.[to[1]];
    next?.focus();
    next?.scrollIntoView({ block: "nearest", inline: "nearest" });
    return true;
  }

  /** @param {KeyboardEvent} event */
  #steer(event) {
    const moving = this.#moving;
    if (!moving) return false;
    const by = event.shiftKey ? LEAP : STEP;
    if (event.key === "Escape") this.#stop(true);
    else if (event.key === "Enter" || event.key === " ") this.#drop();
    else if (event.key === "ArrowDown") this.#place(moving.column, moving.minute + by);
    else if (event.key === "ArrowUp") this.#place(moving.column, moving.minute - by);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const own = this.#columns().filter((one) => one.dataset.mine !== undefined);
      const next = own[own.indexOf(moving.column) + (event.key === "ArrowRight" ? 1 : -1)];
      if (next) this.#place(next, moving.minute);
    } else return event.key !== "Tab";
    return true;
  }

  /**
   * @param {HTMLElement} slot
   * @param {boolean} keys
   */
  #begin(slot, keys) {
    const column = slot.closest("[data-column]");
    const may = column instanceof HTMLElement && column.dataset.mine !== undefined;
    if (!may || !/^(free|blocked|booked)$/.test(slot.dataset.state ?? "") || slot.classList.contains("is-over")) {
      if (keys) say(this.box.dataset.textStill ?? "");
      return;
    }
    const ghost = document.createElement("li");
    ghost.className = `cal-ghost n${Math.max(1, Math.min(96, Math.ceil(Number(slot.dataset.minutes) / STEP)))}`;
    ghost.append(document.createElement("span"));
    this.#moving = { slot, column, minute: minutesOf(slot), length: Number(slot.dataset.minutes), ghost, keys };
    slot.classList.add("is-moving");
    this.#place(column, minutesOf(slot), true);
    if (keys) say(fill(this.box.dataset.textMove, { time: clockOf(minutesOf(slot)) }));
  }

  #drawn() {
    const grid = this.box.querySelector(".cal-grid");
    const begins = Number(grid instanceof HTMLElement ? grid.dataset.begins : 0);
    const end = this.box.querySelector(".cal-times > .cal-end");
    const row = end?.getBoundingClientRect().height || STEP;
    const rows = Number(/\br(\d+)\b/.exec(end?.className ?? "")?.[1] ?? 0);
    return { begins, rows, row };
  }

  /**
   * @param {HTMLElement} column
   * @param {number} minute
   * @param {boolean} [quiet]
   */
  #place(column, minute, quiet = false) {
    const moving = this.#moving;
    if (!moving) return;
    const { begins, rows } = this.#drawn();
    const last = begins + rows * STEP - moving.length;
    moving.column = column;
    moving.minute = Math.max(begins, Math.min(last, minute));
    moving.ghost.className = moving.ghost.className.replace(/ ?\br\d+\b| ?is-clash/g, "");
    moving.ghost.classList.add(`r${(moving.minute - begins) / STEP + 1}`);
    moving.ghost.classList.toggle("is-clash", this.#clashes(moving));
    const words = `${clockOf(moving.minute)}–${clockOf(moving.minute + moving.length)}`;
    /** @type {HTMLElement} */ (moving.ghost.firstElementChild).textContent = words;
    column.querySelector(".cal-times")?.append(moving.ghost);
    moving.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (!quiet && moving.keys) say(fill(this.box.dataset.textAt, { time: clockOf(moving.minute), column: nameOf(column) }));
  }

  /** @param {Moving} moving */
  #clashes({ slot, column, minute, length }) {
    return this.#slots(column).some((one) => one !== slot && minutesOf(one) < minute + length && minutesOf(one) + Number(one.dataset.minutes) > minute);
  }

  /** @param {boolean} aloud */
  #stop(aloud) {
    this.#pressed = null;
    const moving = this.#moving;
    if (!moving) return;
    this.#moving = null;
    moving.ghost.remove();
    moving.slot.classList.remove("is-moving");
    if (moving.keys) moving.slot.focus();
    if (aloud) say(this.box.dataset.textStopped ?? "");
  }

  async #drop() {
    const moving = this.#moving;
    if (!moving) return;
    const { slot, column, minute } = moving;
    const still = column === slot.closest("[data-column]") && minute === minutesOf(slot);
    this.#stop(still);
    if (still) return;
    const fields = { to: column.dataset.column ?? "", to_day: column.dataset.day ?? "", at: clockOf(minute, ":") };
    const address = new URL(/** @type {HTMLAnchorElement} */ (slot).href);
    if (slot.dataset.state === "booked") {
      // Somebody has it: they are told, and so it is asked first.
      for (const [name, value] of Object.entries({ ...fields, deed: "move" })) address.searchParams.set(name, value);
      location.assign(address);
      return;
    }
    const answer = await post(`${address.pathname}/move`, { ...Object.fromEntries(address.searchParams), ...fields });
    if (answer.kind === "refused" || answer.status === 0) {
      say(answer.words || this.box.dataset.textLost || "");
      this.#tell(answer.words || this.box.dataset.textLost || "");
      return;
    }
    this.#focused = slot.dataset.slot ?? "";
    await this.#redraw();
    say(fill(this.box.dataset.textMoved, { time: clockOf(minute), column: nameOf(column) }));
  }

  async #redraw() {
    this.#tell("");
    const grid = this.box.querySelector("#cal-grid");
    const answer = await get(grid?.getAttribute("hx-get") ?? location.href);
    const [fresh] = answer.kind === "done" ? elements(answer.text) : [];
    if (!(grid instanceof HTMLElement) || !(fresh instanceof HTMLElement)) {
      location.reload();
      return;
    }
    const { scrollTop, scrollLeft } = grid;
    grid.replaceChildren(...fresh.childNodes);
    grid.scrollTo({ top: scrollTop, left: scrollLeft });
    this.#settle();
    const slot = this.box.querySelector(`[data-slot="${CSS.escape(this.#focused)}"]`);
    if (slot instanceof HTMLElement) slot.focus({ preventScroll: true });
  }

  /** Words that are seen, above the calendar. @param {string} words */
  #tell(words) {
    document.getElementById("cal-fault")?.remove();
    if (!words) return;
    const line = document.createElement("div");
    line.id = "cal-fault";
    line.className = "banner banner-danger";
    line.append(Object.assign(document.createElement("div"), { textContent: words }));
    document.querySelector(".cal-head")?.append(line);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const slot = event.target instanceof Element ? event.target.closest("[data-slot]") : null;
    if (!(slot instanceof HTMLElement) || event.button !== 0 || event.pointerType === "touch" || this.#moving) return;
    this.#dragged = false;
    this.#pressed = { slot, x: event.clientX, y: event.clientY, grip: event.clientY - slot.getBoundingClientRect().top };
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    const pressed = this.#pressed;
    if (!pressed) return;
    if (!this.#moving) {
      if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < THRESHOLD) return;
      this.#begin(pressed.slot, false);
      if (!this.#moving) {
        this.#pressed = null;
        return;
      }
      this.#dragged = true;
    }
    const column = this.#columns().find((one) => {
      const { left, right } = one.getBoundingClientRect();
      return one.dataset.mine !== undefined && event.clientX >= left && event.clientX < right;
    }) ?? this.#moving.column;
    const top = column.querySelector(".cal-times")?.getBoundingClientRect().top ?? 0;
    const { row, begins, rows } = this.#drawn();
    this.#place(column, minuteAt(event.clientY - pressed.grip - top, row, { begins, rows, length: this.#moving.length }), true);
  }

  #up() {
    this.#pressed = null;
    if (this.#moving && !this.#moving.keys) void this.#drop();
  }
}

/** @param {HTMLElement} slot */
function minutesOf(slot) {
  const [hours = 0, minutes = 0] = (slot.dataset.at ?? "").split(":").map(Number);
  return hours * 60 + minutes;
}

/** @param {HTMLElement} column */
const nameOf = (column) => column.querySelector("h2")?.textContent?.trim() ?? "";

/** Starts the calendar of this page. */
function start() {
  const box = document.querySelector("[data-calendar]");
  if (box instanceof HTMLElement) new Calendar(box);
  const pick = document.querySelector("[data-cal-pick]");
  if (!(pick instanceof HTMLFormElement)) return;
  // A day that is picked is a day that is wanted; whoever types it presses Enter.
  pick.querySelector("button")?.setAttribute("hidden", "");
  const field = pick.querySelector("input[type=date]");
  let typed = false;
  field?.addEventListener("keydown", (event) => { typed = /** @type {KeyboardEvent} */ (event).key !== "Enter"; });
  field?.addEventListener("pointerdown", () => { typed = false; });
  field?.addEventListener("change", () => { if (!typed) pick.requestSubmit(); });
}

if (typeof document !== "undefined") start();
