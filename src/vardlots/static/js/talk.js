// What opens beside a visit: the colleagues' own talk in its pane, and dialogs that are fetched when they are wanted.
// The conversation in the pane is one like any other: chat.js, composer.js and mail.js keep it.

import { chatOf } from "./chat.js";
import { elements, get } from "./net.js";
import { reachable } from "./outbox.js";
import { htmx } from "./swaps.js";
import { each, on } from "./watch.js";

const OPEN = "vardlots.talk|";
const TOOL = "[data-talk-opens]";

/** Opens and closes the pane, and keeps it as it was when the visit is opened anew in the same tab. */
export function startTalk() {
  each("[data-talk]", (pane) => {
    watchTool(pane);
    if (kept().getItem(OPEN + addressOf(pane))) open(pane, false);
  });
  on("click", TOOL, (_, event) => {
    const pane = document.querySelector("[data-talk]");
    if (!(pane instanceof HTMLElement) || isElsewhere(event)) return;
    event.preventDefault();
    if (pane.hidden) open(pane, true);
    else close(pane);
  });
  on("click", "[data-talk-close]", (button) => {
    const pane = button.closest("[data-talk]");
    if (pane instanceof HTMLElement) close(pane);
  });
  on("keydown", "[data-talk]", (pane, event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    event.preventDefault();
    close(pane);
  });
  on("click", "[data-fetches]", (link, event) => {
    if (isElsewhere(event)) return;
    const dialog = document.getElementById(link.dataset.fetches ?? "");
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    fetchInto(dialog, link.getAttribute("href") ?? "");
  });
}

/** @param {MouseEvent} event whether a new tab was asked for */
const isElsewhere = (event) => event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;

const kept = () => reachable(() => sessionStorage);

/** @param {HTMLElement} pane */
const addressOf = (pane) => pane.dataset.talk ?? "";

/**
 * @param {HTMLElement} pane
 * @param {boolean} wanted by somebody, who then writes
 */
async function open(pane, wanted) {
  const address = addressOf(pane);
  if (!pane.childElementCount) {
    const answer = await get(address);
    if (answer.kind !== "done") {
      // The page of its own says what is wrong.
      if (wanted) location.assign(address);
      return;
    }
    if (!pane.childElementCount) pane.append(...elements(answer.text));
    htmx()?.process(pane);
  }
  pane.hidden = false;
  try {
    kept().setItem(OPEN + address, "1");
  } catch { /* full: it opens as any other time */ }
  markTool(pane);
  // The conversation is made by whoever watches the page, a moment after it has come.
  requestAnimationFrame(() => {
    chatOf(address)?.shown();
    const place = pane.querySelector("textarea") ?? pane.querySelector("[tabindex='-1']");
    if (wanted && place instanceof HTMLElement) place.focus();
  });
}

/** @param {HTMLElement} pane */
function close(pane) {
  const within = pane.contains(document.activeElement);
  pane.hidden = true;
  kept().removeItem(OPEN + addressOf(pane));
  markTool(pane);
  // In a narrow window the conversation comes back in its place, and the page scrolls them both.
  const conversation = chatOf(addressOf(pane).replace(/\/talk$/, ""));
  if (conversation?.scroller === document.scrollingElement) conversation?.shown();
  const tool = document.querySelector(TOOL);
  if (within && tool instanceof HTMLElement) tool.focus();
}

/** @param {HTMLElement} pane */
function markTool(pane) {
  for (const tool of document.querySelectorAll(TOOL)) {
    const said = String(!pane.hidden);
    if (tool.getAttribute("aria-expanded") === said) continue;
    tool.setAttribute("aria-expanded", said);
    tool.setAttribute("aria-controls", pane.id);
    tool.setAttribute("role", "button");
  }
}

/**
 * The head of the visit is drawn anew by the server, which does not know what is open here. A pane that has left with
 * its visit marks nothing: two that each said the other thing would never be done.
 * @param {HTMLElement} pane
 */
function watchTool(pane) {
  const watch = new MutationObserver(() => {
    if (pane.isConnected) markTool(pane);
    else watch.disconnect();
  });
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-expanded"] });
  markTool(pane);
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} address
 */
async function fetchInto(dialog, address) {
  const answer = await get(address);
  if (answer.kind !== "done") {
    location.assign(address);
    return;
  }
  dialog.replaceChildren(...elements(answer.text));
  if (!dialog.open) dialog.showModal();
}
