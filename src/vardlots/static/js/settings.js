// The settings' forms: changes that are not saved are said and guarded, a chosen picture is seen before it is sent.

import { each } from "./watch.js";

each("form[data-unsaved]", (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  const before = state(form);
  const note = form.querySelector("[data-unsaved-note]");
  let sending = false;
  const look = () => {
    const words = state(form) === before ? "" : form.dataset.textUnsaved ?? "";
    if (note && note.textContent !== words) note.textContent = words;
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("pageshow", () => { sending = false; look(); });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && state(form) !== before) event.preventDefault();
  });
});

each("input[data-portrait-input]", (element) => {
  const field = /** @type {HTMLInputElement} */ (element);
  let address = "";
  field.addEventListener("change", () => {
    const place = field.form?.querySelector(".portrait-now");
    const file = field.files?.[0];
    if (address) URL.revokeObjectURL(address);
    address = "";
    if (!place || !file || !file.type.startsWith("image/")) return;
    address = URL.createObjectURL(file);
    const picture = new Image(112, 112);
    picture.alt = "";
    // A picture that this browser cannot draw may be one that the server can.
    picture.addEventListener("load", () => place.replaceChildren(picture));
    picture.src = address;
  });
});

/**
 * What would be sent, to be compared.
 * @param {HTMLFormElement} form
 */
function state(form) {
  return [...new FormData(form)].map(([name, value]) => `${name}=${value instanceof File ? value.name + value.size : value}`).join("\n");
}
