// Pictures at full size. Without script, or without a `<dialog data-zoom-view>` in the page, the link simply opens.

import { number } from "./text.js";
import { on } from "./watch.js";

const PICTURE = "a[data-zoom]";

/** Opens `a[data-zoom]` in the page's `<dialog data-zoom-view>`; arrow keys show its neighbours. */
export function startZoom() {
  on("click", PICTURE, (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const view = document.querySelector("dialog[data-zoom-view]");
    if (!(view instanceof HTMLDialogElement)) return;
    event.preventDefault();
    show(view, /** @type {HTMLAnchorElement} */ (link));
    view.showModal();
  });
  on("keydown", "dialog[data-zoom-view]", (view, event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by && view instanceof HTMLDialogElement) turn(view, by);
  });
  on("click", "[data-zoom-turn]", (button) => {
    const view = button.closest("dialog");
    if (view) turn(view, number(button.dataset.zoomTurn));
  });
}

/** @param {HTMLDialogElement} view @param {HTMLAnchorElement} link */
function show(view, link) {
  const picture = view.querySelector("img");
  if (!picture) return;
  picture.src = link.href;
  picture.alt = link.querySelector("img")?.alt ?? "";
  view.dataset.showing = link.href;
  const open = view.querySelector("a[data-zoom-open]");
  if (open instanceof HTMLAnchorElement) open.href = link.href;
}

/** @param {HTMLDialogElement} view @param {number} by */
function turn(view, by) {
  const links = [...document.querySelectorAll(PICTURE)].filter((link) => link instanceof HTMLAnchorElement);
  const next = links[links.findIndex((link) => link.href === view.dataset.showing) + by];
  if (next) show(view, next);
}
