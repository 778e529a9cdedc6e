// Tells screen readers what the eye sees. The regions stand in every page from the start.

/** @type {string[]} */
let waiting = [];
let timer = 0;

/**
 * Says a text in the polite region. Several within a moment are said as one.
 * @param {string} text
 */
export function say(text) {
  if (!text.trim()) return;
  waiting.push(text.trim());
  if (timer) return;
  const region = document.getElementById("live-polite");
  if (region) region.textContent = "";
  timer = window.setTimeout(() => {
    timer = 0;
    if (region) region.textContent = waiting.join(" ");
    waiting = [];
  }, 80);
}
