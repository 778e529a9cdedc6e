// What a patient's page needs. What only some pages need is fetched by those, to save a phone's data.

import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startLive } from "./live.js";
import { startMail } from "./mail.js";
import { startSignedOut } from "./signed-out.js";
import { startSwaps } from "./swaps.js";
import { onChange } from "./watch.js";

/** @type {[selector: string, start: (late: boolean) => Promise<void>][]} */
const PARTS = [
  ["[data-chat], [data-composer]", async (late) => {
    const [{ startChats }, { startComposers }] = await Promise.all([import("./chat.js"), import("./composer.js")]);
    startChats(late);
    startComposers();
  }],
  ["form[data-answer], input[data-shrink], [data-exclusive], [data-declines]", async () => (await import("./interview.js")).startInterview()],
  ["[data-form-card]", async () => (await import("./form-cards.js")).startFormCards()],
  ["a[data-zoom]", async () => (await import("./zoom.js")).startZoom()],
  ["[data-booking]", async () => (await import("./booking.js")).startBooking()],
  ["[data-turns]", async () => (await import("./closing.js")).startClosing()],
  ["[data-kept]", async () => (await import("./kept.js")).startKept()],
  ["[data-says]", async () => (await import("./announce.js")).startAnnouncing()],
  ["[data-copy], [data-copy-text]", async () => (await import("./copy.js")).startCopy()],
];

startSwaps();
startForms();
startDialogs();
// The ears of a conversation are there before anything is said or sent.
await Promise.allSettled(takeParts(false));
startSignedOut();
startMail();
startLive();
onChange(() => takeParts(true));

/**
 * Fetches the parts that the page has use for and does not have yet.
 * @param {boolean} late after signals may have been missed
 */
function takeParts(late) {
  const needed = PARTS.filter(([selector]) => document.querySelector(selector));
  return needed.map((part) => {
    PARTS.splice(PARTS.indexOf(part), 1);
    return part[1](late);
  });
}
