// One consultation: what has come onto the screen is read.

import { post } from "./net.js";

let told = 0;

/** Tells how far has been read, once for each row, and only while somebody looks. */
function tell() {
  const page = document.querySelector("[data-consultation]");
  if (!(page instanceof HTMLElement) || document.visibilityState !== "visible") return;
  const n = Number(page.dataset.n);
  if (!(n > told)) return;
  told = n;
  void post(`${page.dataset.consultation}/read`, { n }).then((answer) => {
    if (answer.kind === "again") told = 0;
  });
}

document.addEventListener("visibilitychange", tell);
document.addEventListener("htmx:after:swap", tell);
tell();
