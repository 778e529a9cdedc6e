// Copies text and says so.

import { say } from "./say.js";
import { on } from "./watch.js";

const SHOWN = 2_000;

/** `data-copy="#id"` copies that element's text, `data-copy-text` its own value. `data-copied` is what is said. */
export function startCopy() {
  on("click", "[data-copy], [data-copy-text]", async (button) => {
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
    const text = button.dataset.copyText ?? textOf(source);
    if (!text || !(await put(text))) return;
    say(button.dataset.copied ?? "");
    button.dataset.done = "";
    window.setTimeout(() => delete button.dataset.done, SHOWN);
  });
}

/** @param {Element | null} source */
function textOf(source) {
  if (source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement) return source.value;
  // Terms and their texts on a line each, as one would write them.
  if (source instanceof HTMLDListElement) {
    const lines = [...source.querySelectorAll("dt")].map((term) => {
      const text = term.nextElementSibling?.textContent ?? "";
      return `${term.textContent?.trim()}: ${text.trim()}`;
    });
    return lines.join("\n");
  }
  return source instanceof HTMLElement ? source.innerText.trim() : "";
}

/**
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return putOldWay(text);
  }
}

/**
 * Without https the clipboard is closed to us but for this.
 * @param {string} text
 */
function putOldWay(text) {
  const focused = document.activeElement;
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "visually-hidden";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}
