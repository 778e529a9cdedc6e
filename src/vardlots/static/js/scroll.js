// Following a conversation at its end without pulling anybody away from what they read.

const NEAR = 96;

/**
 * What scrolls around an element: a pane, or the page.
 * @param {Element} element
 * @returns {Element}
 */
export function scrollerOf(element) {
  for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(parent).overflowY)) return parent;
  }
  return document.scrollingElement ?? document.documentElement;
}

/** @type {Map<string, number>} where each conversation was left by its base; at its end is no place */
const places = new Map();

/**
 * Keeps where somebody is in a conversation that goes out of the page.
 * @param {HTMLElement} list
 */
export function keepPlace(list) {
  const scroller = scrollerOf(list);
  const base = list.dataset.base ?? "";
  if (isAtEnd(scroller)) places.delete(base);
  else places.set(base, scroller.scrollTop);
}

/**
 * To where somebody was when they left the conversation, else to its end.
 * @param {HTMLElement} list
 */
export function toPlace(list) {
  const scroller = scrollerOf(list);
  const place = places.get(list.dataset.base ?? "");
  if (place === undefined) toEnd(scroller);
  else scroller.scrollTop = place;
}

/** @param {Element} scroller */
export const isAtEnd = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;

/** @param {Element} scroller */
const sizeOf = (scroller) => `${scroller.scrollHeight} ${scroller.clientHeight}`;

/** @param {Element} scroller */
export function toEnd(scroller) {
  scroller.scrollTop = scroller.scrollHeight;
}

/**
 * Whoever reads the end goes on reading it when the pane or what is in it changes its size: a line comes above it, the
 * box one writes in grows, a picture has come, a phone is turned, the page is zoomed.
 * @param {Element} list
 * @param {AbortSignal} signal
 */
export function staysAtEnd(list, signal) {
  let was = isAtEnd(scrollerOf(list));
  let size = sizeOf(scrollerOf(list));
  onScroll(list, () => {
    const scroller = scrollerOf(list);
    const now = sizeOf(scroller);
    // What has grown since, and not somebody's hand, has moved the end away.
    if (now === size || isAtEnd(scroller)) was = isAtEnd(scroller);
    size = now;
  }, signal);
  const follow = () => {
    if (!list.isConnected) return;
    if (was) toEnd(scrollerOf(list));
    size = sizeOf(scrollerOf(list));
  };
  const sizes = new ResizeObserver(follow);
  sizes.observe(list);
  if (list.parentElement) sizes.observe(list.parentElement);
  // What stands beneath the conversation, where the page is what scrolls.
  sizes.observe(document.body);
  window.addEventListener("resize", follow, { signal });
  signal.addEventListener("abort", () => sizes.disconnect());
}

/**
 * What scrolls around a list changes with the width of the window: it is asked for each time.
 * @param {Element} list
 * @param {() => void} react
 * @param {AbortSignal} [signal]
 */
export function onScroll(list, react, signal) {
  document.addEventListener("scroll", (event) => {
    const scroller = scrollerOf(list);
    if (event.target === scroller || (event.target === document && scroller === document.scrollingElement)) react();
  }, { capture: true, passive: true, signal });
}
