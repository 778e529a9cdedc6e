// Files on their way with a message: uploaded when chosen, shown as chips that can be taken away.

import { shrink, thumbnail } from "./pictures.js";
import { token, verdict, wordsIn } from "./net.js";
import { fill } from "./text.js";

/**
 * @typedef {{ chip: HTMLElement, name: string, id: string | null, done: Promise<void>, stop: () => void }} Upload
 */

/** @type {Map<string, Upload[]>} by the conversation's base, so that a redrawn form keeps its files */
const uploads = new Map();

/** Pixels: sharp at half of it. */
const SMALL = 64;

/**
 * Begins to upload.
 * @param {HTMLFormElement} form
 * @param {string} base
 * @param {Iterable<File>} files
 */
export function attach(form, base, files) {
  const list = uploads.get(base) ?? [];
  uploads.set(base, list);
  for (const file of files) list.push(begin(form, base, file));
}

/**
 * Waits until every upload is done. Those that failed stay as chips.
 * @param {string} base
 */
export async function settled(base) {
  await Promise.all((uploads.get(base) ?? []).map((upload) => upload.done));
}

/** @param {string} base */
export const hasUploads = (base) => (uploads.get(base)?.length ?? 0) > 0;

/** @param {string} base */
export const hasFailed = (base) => (uploads.get(base) ?? []).some((upload) => upload.id === null);

/**
 * Takes the finished files out of the box.
 * @param {string} base
 * @returns {import("./outbox.js").Attached[]}
 */
export function takeAttached(base) {
  const list = uploads.get(base) ?? [];
  uploads.delete(base);
  for (const { chip } of list) chip.remove();
  return list.flatMap(({ id, name }) => (id ? [{ id, name }] : []));
}

/**
 * Puts files that are uploaded already back into the box.
 * @param {HTMLFormElement} form
 * @param {string} base
 * @param {import("./outbox.js").Attached[]} attached
 */
export function giveBack(form, base, attached) {
  const list = uploads.get(base) ?? [];
  uploads.set(base, list);
  for (const { id, name } of attached) {
    /** @type {Upload} */
    const upload = { chip: document.createElement("li"), name, id, done: Promise.resolve(), stop() {} };
    upload.chip = drawChip(form, base, upload);
    list.push(upload);
  }
}

/**
 * The files of a conversation that comes back into the page.
 * @param {HTMLFormElement} form
 * @param {string} base
 */
export function redraw(form, base) {
  for (const { chip } of uploads.get(base) ?? []) if (!chip.isConnected) shelf(form).append(chip);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} base
 * @param {File} file
 * @returns {Upload}
 */
function begin(form, base, file) {
  /** @type {Upload} */
  const upload = { chip: document.createElement("li"), name: file.name, id: null, done: Promise.resolve(), stop() {} };
  upload.chip = drawChip(form, base, upload);
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  upload.chip.append(bar);
  thumbnail(file, SMALL).then((seen) => { if (seen) upload.chip.prepend(seen); });
  upload.done = shrink(file).then((small) => send(`${base}/files`, small, upload, bar)).then((answer) => {
    bar.remove();
    if (answer.id) upload.id = answer.id;
    else fail(form, upload, answer.words);
  });
  return upload;
}

/**
 * @param {HTMLFormElement} form
 * @param {Upload} upload
 * @param {string} words
 */
function fail(form, upload, words) {
  upload.chip.dataset.failed = "";
  const told = document.createElement("span");
  told.setAttribute("role", "alert");
  told.textContent = words || fill(form.dataset.textFileFailed, { name: upload.name });
  upload.chip.append(told);
}

/**
 * Posts one file. Only this old way tells how far it has come.
 * @param {string} url
 * @param {File} file
 * @param {Upload} upload
 * @param {HTMLProgressElement} bar
 * @returns {Promise<{ id: string, words: string }>}
 */
function send(url, file, upload, bar) {
  return new Promise((resolve) => {
    let tries = 0;
    const attempt = () => {
      const request = new XMLHttpRequest();
      upload.stop = () => request.abort();
      request.open("POST", url);
      request.setRequestHeader("accept", "application/json");
      request.setRequestHeader("x-csrf-token", token());
      request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
      request.onloadend = () => {
        const kind = verdict(request.status);
        if (kind === "done") resolve({ id: idIn(request.responseText), words: "" });
        else if (kind === "again" && tries++ < 4 && isWanted(upload)) setTimeout(attempt, 1_000 * 2 ** tries);
        else resolve({ id: "", words: wordsIn(request.responseText) });
      };
      const form = new FormData();
      form.set("file", file, file.name);
      request.send(form);
    };
    attempt();
  });
}

/** Whether the file still waits in a box, in the page or in a visit that somebody comes back to. @param {Upload} upload */
const isWanted = (upload) => [...uploads.values()].some((list) => list.includes(upload));

/** @param {string} text */
function idIn(text) {
  try {
    return String(JSON.parse(text).id ?? "");
  } catch {
    return "";
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} base
 * @param {Upload} upload
 */
function drawChip(form, base, upload) {
  const chip = document.createElement("li");
  chip.className = "chip";
  chip.dataset.attached = "";
  const name = document.createElement("span");
  name.textContent = upload.name;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "btn btn-bare btn-icon btn-sm";
  remove.textContent = "×";
  remove.setAttribute("aria-label", fill(form.dataset.textRemove, { name: upload.name }));
  remove.addEventListener("click", () => {
    upload.stop();
    chip.remove();
    uploads.set(base, (uploads.get(base) ?? []).filter((other) => other !== upload));
    form.querySelector("textarea")?.focus({ preventScroll: true });
  });
  chip.append(name, remove);
  shelf(form).append(chip);
  return chip;
}

/** @param {HTMLFormElement} form */
function shelf(form) {
  const found = form.querySelector("[data-attachments]");
  if (found) return found;
  const made = document.createElement("ul");
  made.className = "cluster";
  made.dataset.attachments = "";
  form.prepend(made);
  return made;
}
