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

/** @param {Element} scroller */
export const isAtEnd = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;

/** @param {Element} scroller */
export function toEnd(scroller) {
  scroller.scrollTop = scroller.scrollHeight;
}

/**
 * @param {Element} scroller
 * @param {() => void} react
 */
export function onScroll(scroller, react) {
  const target = scroller === document.scrollingElement ? document : scroller;
  target.addEventListener("scroll", react, { passive: true });
}
