// The resource tree: unit, role, person. The server draws nested details with radio buttons; here they become an ARIA
// tree with one tab stop, a search above it, and marks of who is on shift that keep up with what happens.

import { elements, get, post } from "./net.js";
import { say } from "./say.js";
import { fill, number } from "./text.js";
import { each } from "./watch.js";

const QUIET = 160;
const PATIENCE = 700;

/** `[data-resource-tree]` anywhere; `[data-tree-popup]` fetches one when its popup opens. */
export function startTrees() {
  each("[data-resource-tree]", (box) => new ResourceTree(box));
  each("[data-tree-popup]", (panel) => {
    const popup = panel.closest("details");
    popup?.addEventListener("toggle", () => { if (popup.open) openPopup(panel); });
  });
}

/** @param {HTMLElement} panel */
async function openPopup(panel) {
  if (!panel.querySelector("[data-resource-tree]")) {
    const answer = await get(panel.dataset.treePopup ?? "");
    if (answer.kind !== "done") {
      say(panel.dataset.textFailed ?? "");
      return;
    }
    for (const way of panel.querySelectorAll("[data-tree-way]")) way.remove();
    panel.append(...elements(answer.text));
  }
  // The tree is made by whoever watches the page, a moment after it has come.
  requestAnimationFrame(() => /** @type {HTMLElement | null} */ (panel.querySelector("input[type=search]"))?.focus());
}

/**
 * The item to go to for a key, given the visible items in order; -1 to stay.
 * @param {string} key
 * @param {number} at
 * @param {{ level: number, expanded: boolean | null }[]} items `expanded` null: a leaf
 * @returns {{ to: number, expand: boolean | null }}
 */
export function move(key, at, items) {
  const here = items[at];
  const stay = { to: -1, expand: null };
  if (!here) return stay;
  const last = items.length - 1;
  if (key === "ArrowDown") return { to: Math.min(at + 1, last), expand: null };
  if (key === "ArrowUp") return { to: Math.max(at - 1, 0), expand: null };
  if (key === "Home") return { to: 0, expand: null };
  if (key === "End") return { to: last, expand: null };
  if (key === "ArrowRight") {
    if (here.expanded === false) return { to: -1, expand: true };
    return here.expanded ? { to: Math.min(at + 1, last), expand: null } : stay;
  }
  if (key === "ArrowLeft") {
    if (here.expanded) return { to: -1, expand: false };
    for (let up = at - 1; up >= 0; up -= 1) if ((items[up]?.level ?? 0) < here.level) return { to: up, expand: null };
  }
  return stay;
}

/**
 * Letters without case and marks, so that a finds å.
 * @param {string} text
 */
export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * The next item, after the one at hand, whose words begin with what was typed; -1 for none.
 * @param {string[]} names
 * @param {number} at
 * @param {string} typed
 */
export function ahead(names, at, typed) {
  const wanted = fold(typed);
  const from = typed.length > 1 ? at : at + 1;
  for (let step = 0; step < names.length; step += 1) {
    const place = (from + step) % names.length;
    if (fold(names[place] ?? "").startsWith(wanted)) return place;
  }
  return -1;
}

/**
 * A summary or a label becomes the row that is the tree's item.
 * @param {HTMLElement} from
 * @param {HTMLElement} item
 */
function rowFrom(from, item) {
  const row = document.createElement("div");
  row.className = from.className;
  row.setAttribute("role", "treeitem");
  row.setAttribute("tabindex", "-1");
  row.dataset.node = item.dataset.node ?? "";
  row.append(...from.childNodes);
  return row;
}

/** @param {Element} row */
function levelOf(row) {
  let level = 1;
  for (let at = row.closest("[role=group]"); at; at = at.parentElement?.closest("[role=group]") ?? null) level += 1;
  return level;
}

/** @param {HTMLElement} row */
const nameOf = (row) => row.querySelector(".tree-label")?.textContent?.trim() ?? "";

class ResourceTree {
  #timer = 0;
  #asked = 0;
  #typed = "";
  #typing = 0;

  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.field = document.createElement("input");
    this.field.type = "hidden";
    this.field.name = box.dataset.name ?? "resource";
    this.field.value = box.dataset.value ?? "";
    this.field.disabled = !this.field.value;
    box.prepend(this.field);
    this.search = box.querySelector("[data-tree-search] input");
    box.querySelector("[data-tree-search]")?.removeAttribute("hidden");
    for (const only of box.closest(".tree-page")?.querySelectorAll("[data-no-script]") ?? []) only.remove();
    const nodes = box.querySelector("[data-tree-nodes]");
    if (nodes instanceof HTMLElement) this.#plant(nodes);
    this.search?.addEventListener("input", () => this.#soon());
    this.search?.addEventListener("keydown", (event) => this.#searchKey(/** @type {KeyboardEvent} */ (event)));
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => this.#clicked(event));
    box.addEventListener("live", () => this.#fetch(false));
  }

  /**
   * Details and radio buttons become tree items.
   * @param {HTMLElement} nodes
   * @param {Set<string>} [open] what was open before
   * @param {string} [focus] what had the focus
   */
  #plant(nodes, open, focus) {
    for (const details of [...nodes.querySelectorAll("details")].reverse()) {
      const item = details.parentElement;
      const summary = details.querySelector("summary");
      if (!item || !summary) continue;
      const row = rowFrom(summary, item);
      const group = details.querySelector("ul");
      row.setAttribute("aria-expanded", String(open ? open.has(row.dataset.node ?? "") : details.open));
      item.replaceChildren(row, ...(group ? [group] : []));
      group?.setAttribute("role", "group");
      if (group) group.hidden = row.getAttribute("aria-expanded") !== "true";
    }
    for (const leaf of nodes.querySelectorAll("[data-leaf]")) {
      const label = leaf.querySelector("label");
      if (!label) continue;
      label.querySelector("input")?.remove();
      const row = rowFrom(label, /** @type {HTMLElement} */ (leaf));
      row.dataset.leaf = "";
      leaf.replaceChildren(row);
    }
    const rows = nodes.querySelectorAll("[role=treeitem]");
    for (const row of rows) row.setAttribute("aria-level", String(levelOf(row)));
    for (const item of nodes.querySelectorAll("li")) item.setAttribute("role", "none");
    if (rows.length) nodes.setAttribute("role", "tree");
    this.nodes = nodes;
    this.#mark();
    const items = this.#items();
    const kept = items.find((item) => item.dataset.node === focus);
    const first = kept ?? items.find((item) => item.getAttribute("aria-selected") === "true") ?? items[0];
    first?.setAttribute("tabindex", "0");
    if (kept) kept.focus();
  }

  /** The items that can be seen, in order. @returns {HTMLElement[]} */
  #items() {
    const all = /** @type {HTMLElement[]} */ ([...(this.nodes?.querySelectorAll("[role=treeitem]") ?? [])]);
    return all.filter((item) => !item.closest("[role=group][hidden]"));
  }

  #mark() {
    for (const leaf of this.nodes?.querySelectorAll("[role=treeitem][data-leaf]") ?? []) {
      leaf.setAttribute("aria-selected", String(leaf.getAttribute("data-node") === this.field.value && this.field.value !== ""));
    }
  }

  /** @param {HTMLElement | undefined} item */
  #focus(item) {
    if (!item) return;
    for (const other of this.nodes?.querySelectorAll("[tabindex='0']") ?? []) other.setAttribute("tabindex", "-1");
    item.setAttribute("tabindex", "0");
    item.focus();
    item.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {HTMLElement} item
   * @param {boolean} open
   */
  #expand(item, open) {
    if (!item.hasAttribute("aria-expanded")) return;
    item.setAttribute("aria-expanded", String(open));
    const group = item.nextElementSibling;
    if (!(group instanceof HTMLElement)) return;
    group.hidden = !open;
    if (!open) return;
    // What has been opened is seen, as much as there is room for.
    group.scrollIntoView({ block: "nearest" });
    item.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLElement} item */
  #press(item) {
    if (item.hasAttribute("aria-expanded")) this.#expand(item, item.getAttribute("aria-expanded") !== "true");
    else if (item.hasAttribute("data-leaf")) this.#choose(item);
  }

  /** @param {HTMLElement} item */
  #choose(item) {
    this.field.value = item.dataset.node ?? "";
    this.field.disabled = false;
    this.#mark();
    say(fill(this.box.dataset.textChosen, { text: nameOf(item) }));
    this.box.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: { value: this.field.value } }));
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    if (this.box.dataset.submit !== undefined) this.field.form?.requestSubmit();
  }

  /** @param {Event} event */
  #clicked(event) {
    const item = event.target instanceof Element ? event.target.closest("[role=treeitem]") : null;
    if (!(item instanceof HTMLElement)) return;
    this.#focus(item);
    this.#press(item);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const item = event.target;
    if (!(item instanceof HTMLElement) || item.getAttribute("role") !== "treeitem") return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const items = this.#items();
    const at = items.indexOf(item);
    if (event.key === "Enter" || event.key === " ") this.#press(item);
    else if (event.key === "*") {
      for (const one of items) if (levelOf(one) === levelOf(item)) this.#expand(one, true);
    } else if (event.key.length === 1) this.#type(event.key, items, at);
    else {
      const shape = items.map((one) => ({
        level: levelOf(one),
        expanded: one.hasAttribute("aria-expanded") ? one.getAttribute("aria-expanded") === "true" : null,
      }));
      const { to, expand } = move(event.key, at, shape);
      if (/** @type {string} */ (event.key) === "ArrowUp" && at === 0 && this.search instanceof HTMLElement) this.search.focus();
      else if (expand !== null) this.#expand(item, expand);
      else if (to >= 0) this.#focus(items[to]);
      else if (!event.key.startsWith("Arrow")) return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {string} letter
   * @param {HTMLElement[]} items
   * @param {number} at
   */
  #type(letter, items, at) {
    clearTimeout(this.#typing);
    this.#typed += letter;
    this.#typing = window.setTimeout(() => { this.#typed = ""; }, PATIENCE);
    const to = ahead(items.map(nameOf), at, this.#typed);
    if (to >= 0) this.#focus(items[to]);
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    if (event.isComposing) return;
    const items = this.#items();
    if (event.key === "ArrowDown") this.#focus(items[0]);
    else if (event.key === "Enter") this.#focus(items.find((item) => item.querySelector("mark")) ?? items[0]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#fetch(true), QUIET);
  }

  /** @param {boolean} searched whether it is for something that was typed, else for news */
  async #fetch(searched) {
    const asked = ++this.#asked;
    const q = this.search instanceof HTMLInputElement ? this.search.value.trim() : "";
    const { url = "", may = "", which = "", name = "", without = "" } = this.box.dataset;
    const answer = await post(url, { q, may, which, name, without, part: "nodes", value: this.field.value }, { accept: "text/html", fragment: true });
    if (asked !== this.#asked || answer.kind !== "done") return;
    const [fresh] = elements(answer.text);
    if (!fresh || !this.nodes) return;
    const open = new Set(this.#items().filter((item) => item.getAttribute("aria-expanded") === "true").map((item) => item.dataset.node ?? ""));
    const focused = document.activeElement instanceof HTMLElement && this.nodes.contains(document.activeElement) ? document.activeElement.dataset.node : undefined;
    const top = this.nodes.scrollTop;
    this.nodes.replaceWith(fresh);
    this.#plant(fresh, searched ? undefined : open, focused);
    fresh.scrollTop = top;
    const found = this.#items().filter((item) => item.hasAttribute("aria-expanded") && item.querySelector("mark"));
    if (searched && found.length === 1 && found[0]) this.#expand(found[0], true);
    if (searched) say(fresh.querySelector("[data-none]")?.textContent ?? (number(fresh.dataset.found) ? fresh.dataset.said ?? "" : ""));
  }
}
