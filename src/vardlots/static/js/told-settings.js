// The switch for what the browser shows by itself: it is this browser's own, and only a person may allow it.

import { BROWSER, isWanted, keep } from "./told.js";
import { each } from "./watch.js";

each("[data-told-settings]", (element) => {
  const box = element.querySelector("input");
  const note = element.querySelector("[data-told-note]");
  if (!box || !note) return;
  const words = element.dataset;
  const draw = () => {
    const on = isWanted();
    box.checked = on;
    const refused = "Notification" in window && Notification.permission === "denied";
    note.textContent = (refused ? words.textRefused : on ? words.textOn : words.textOff) ?? "";
  };
  element.hidden = false;
  if (!("Notification" in window)) {
    box.disabled = true;
    note.textContent = words.textNone ?? "";
    return;
  }
  box.addEventListener("change", async () => {
    if (box.checked) await Notification.requestPermission();
    keep(BROWSER, box.checked ? "on" : "off");
    draw();
  });
  draw();
});
