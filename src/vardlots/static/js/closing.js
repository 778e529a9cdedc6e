// A conversation that closes at a moment: the page looks again when the end is near, and at the end, to the second.

import { number } from "./text.js";
import { each } from "./watch.js";

/** The server's clock when the page was drawn, less ours. */
const skew = (Date.parse(document.body.dataset.now ?? "") || Date.now()) - Date.now();
const LONGEST = 3_600_000; // a browser's timer cannot wait for weeks
const AFTER = 250; // the server's clock has passed the moment, too

/** Looks again at the moment that each `[data-turns]` names: what is drawn then names the next. */
export function startClosing() {
  each("[data-turns]", (place) => {
    let named = "";
    const look = () => {
      if (!place.isConnected) return;
      const moment = Date.parse(place.dataset.turns ?? "");
      if (Number.isNaN(moment)) return;
      const left = moment - (Date.now() + skew) + AFTER;
      if (left > 0) {
        window.setTimeout(look, Math.min(left, LONGEST));
        return;
      }
      // Once for each moment: a server that has nothing new to say is not asked again and again.
      if (named !== place.dataset.turns) {
        named = place.dataset.turns ?? "";
        document.body.dispatchEvent(new CustomEvent("state", { detail: {} }));
      }
      window.setTimeout(look, number(place.dataset.again, 30) * 1000);
    };
    look();
  });
}
