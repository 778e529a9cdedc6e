// Opens and closes <dialog>s. The browser itself keeps Esc, the focus inside, and its return.

import { on } from "./watch.js";

/** `data-opens="id"` opens, `data-closes` closes the dialog around it. */
export function startDialogs() {
  on("click", "[data-opens], [data-open-dialog]", (button, event) => {
    const dialog = document.getElementById(button.dataset.opens ?? button.dataset.openDialog ?? "");
    if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
    event.preventDefault();
    dialog.showModal();
    // What tells of times from now, or of what may have come since, is fetched as it is opened (hx-trigger="opened").
    for (const part of dialog.querySelectorAll("[hx-trigger^='opened']")) part.dispatchEvent(new CustomEvent("opened"));
  });
  on("click", "[data-closes], [data-close-dialog]", (button, event) => {
    event.preventDefault();
    button.closest("dialog")?.close();
  });
  on("click", "dialog[data-light]", (dialog, event) => {
    // On the backdrop itself: a dialog without anything to lose.
    if (event.target === dialog && dialog instanceof HTMLDialogElement) dialog.close();
  });
}
