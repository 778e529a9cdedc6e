// A conversation that closes at a moment: the page looks again when the end is near, and at the end, to the second.

import { each } from "./watch.js";

/** When the page came, by our clock: this module may have been fetched long after. */
const [came] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
const drawn = performance.timeOrigin + (came?.responseStart ?? 0);
/** The server's clock when the page was drawn, less ours. */
const skew = (Date.parse(document.body.dataset.now ?? "") || drawn) - drawn;
const LONGEST = 3_600_000; // a browser's timer cannot wait for weeks
const FIRST_PAUSE = 3_000;
const AFTER = 250; // the server's clock has passed the moment, too

/** Looks again at the moment that each `[data-turns]` names: what is drawn then names the next. */
export function startClosing() {
  each("[data-turns]", (place) => {
    let named = "";
    let pause = FIRST_PAUSE;
    const look = () => {
      const moment = Date.parse(place.dataset.turns ?? "");
      if (!place.isConnected || Number.isNaN(moment)) return;
      const left = moment - (Date.now() + skew) + AFTER;
      if (left > 0) {
        window.setTimeout(look, Math.min(left, LONGEST));
        return;
      }
      // The page may have been on its way when the moment came: it is asked again, more and more seldom.
      pause = named === place.dataset.turns ? Math.min(pause * 2, LONGEST) : FIRST_PAUSE;
      named = place.dataset.turns ?? "";
      document.body.dispatchEvent(new CustomEvent("state", { detail: {} }));
      window.setTimeout(look, pause);
    };
    look();
  });
}
