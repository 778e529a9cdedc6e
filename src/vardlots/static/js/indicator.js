// Shows whether the page is live. Says an outage once, not every time it is noticed.

import { say } from "./say.js";
import { clockTime, fill } from "./text.js";

let said = "live";

/**
 * @param {"live" | "lost" | "out"} state
 * @param {number} last when we last heard from the server (ms)
 */
export function showState(state, last) {
  const places = document.querySelectorAll("[data-live-state]");
  let text = "";
  for (const place of places) {
    if (!(place instanceof HTMLElement)) continue;
    const templates = { live: place.dataset.textLive, lost: place.dataset.textLost, out: place.dataset.textOut };
    const words = fill(templates[state] ?? (state === "out" ? templates.lost : ""), { time: clockTime(last) });
    text ||= words;
    if (place.dataset.state !== state) {
      place.dataset.state = state;
      place.dataset.liveState = state;
    }
    const target = place.querySelector("[data-live-text]") ?? (place.children.length ? null : place);
    if (target && target.textContent !== words) target.textContent = words;
  }
  if (state !== said) {
    const back = document.querySelector("[data-live-state][data-text-back]")?.getAttribute("data-text-back");
    say(state === "live" ? back ?? "" : text);
  }
  said = state;
}
