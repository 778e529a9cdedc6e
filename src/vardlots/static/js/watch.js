// Finds elements now and whenever the page changes, so that no module cares who swapped what.

/** @type {(() => void)[]} */
const looks = [];
/** @type {MutationObserver | null} */
let observer = null;

/**
 * Calls back now and after every change of the page's elements (changes in one go are one call).
 * @param {() => void} look
 */
export function onChange(look) {
  looks.push(look);
  observer ??= start();
  look();
}

function start() {
  const made = new MutationObserver(() => looks.forEach((look) => look()));
  made.observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-topic", "data-chat"],
  });
  return made;
}

/**
 * Calls back once for every element that matches, those that come later too.
 * @param {string} selector
 * @param {(element: HTMLElement) => void} found
 */
export function each(selector, found) {
  /** @type {WeakSet<Element>} */
  const known = new WeakSet();
  onChange(() => {
    for (const element of document.querySelectorAll(selector)) {
      if (known.has(element) || !(element instanceof HTMLElement)) continue;
      known.add(element);
      found(element);
    }
  });
}

/**
 * Listens on the document for events on elements that match, whenever they came.
 * @template {keyof DocumentEventMap} Name
 * @param {Name} name
 * @param {string} selector
 * @param {(element: HTMLElement, event: DocumentEventMap[Name]) => void} react
 * @param {boolean} [capture]
 */
export function on(name, selector, react, capture = false) {
  document.addEventListener(name, (event) => {
    const element = event.target instanceof Element ? event.target.closest(selector) : null;
    if (element instanceof HTMLElement) react(element, event);
  }, capture);
}
