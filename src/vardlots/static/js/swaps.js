// How htmx swaps in this product: refusals never replace a part of a page, half-written fields and open things survive.

import { token } from "./net.js";

/** The part of htmx that we use. */
/** @typedef {{ config: Record<string, unknown>, registerExtension: (name: string, extension: object) => unknown, swap: (ctx: object) => Promise<void>, process: (element: Element) => void }} Htmx */

/** @returns {Htmx | undefined} */
export const htmx = () => /** @type {any} */ (window).htmx;

/** Sets htmx up. Modules run before it looks at the page. */
export function startSwaps() {
  const library = htmx();
  if (!library) return;
  Object.assign(library.config, {
    includeIndicatorCSS: false,
    history: false, // workspace.js walks back and forth itself
    defaultTimeout: 15_000,
    noSwap: [204, 304, 401, 403, 404, 408, 429, "5xx"],
  });
  library.registerExtension("vardlots", { htmx_before_morph_node: keepWhatIsOpen });
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (ctx.request.method !== "GET") ctx.request.headers["x-csrf-token"] = token();
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (ctx.response.raw.status === 401) document.dispatchEvent(new CustomEvent("signed-out"));
    if (!ctx.response.raw.redirected) return;
    event.preventDefault();
    // A whole page came in answer to a part: signed out, or moved. What came by itself leaves the page alone.
    if (!["live", "state", "every"].includes(ctx.sourceEvent?.type)) location.assign(ctx.response.raw.url);
  });
}

/**
 * @param {Node} old
 * @param {{ newNode: Node }} detail
 * @returns {boolean | undefined} false leaves the node alone
 */
function keepWhatIsOpen(old, { newNode }) {
  if (old instanceof HTMLDialogElement && old.open) return false;
  if (old instanceof HTMLElement && old.dataset.keep !== undefined) return false;
  if (old instanceof HTMLDetailsElement && newNode instanceof HTMLDetailsElement) newNode.open = old.open;
  if (isHalfWritten(old)) return false;
  return undefined;
}

/** @param {Node} field */
function isHalfWritten(field) {
  if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
  if (field instanceof HTMLSelectElement) return document.activeElement === field;
  if (!(field instanceof HTMLInputElement)) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.type !== "hidden" && field.type !== "file" && field.value !== field.defaultValue;
}
