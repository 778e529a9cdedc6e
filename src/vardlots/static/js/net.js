// Talking to the server: form token, time limits, and what an answer means.

/**
 * @typedef {{
 *   kind: "done" | "again" | "out" | "refused",
 *   status: number,
 *   text: string,
 *   headers: Headers,
 *   words: string,
 *   moved: string,
 * }} Answer
 * `again`: nothing is wrong with what was sent, try later. `out`: signed out. `refused`: `words` says why.
 * `moved`: the address of the other page that answered, "" when none did.
 */

const LIMIT = 15_000;

/**
 * What a status means for something that must not be lost.
 * @param {number} status 0 when no answer came
 * @param {boolean} [redirected] the answer is another page than the one asked for
 * @returns {Answer["kind"]}
 */
export function verdict(status, redirected = false) {
  if (status === 401 || redirected) return "out";
  if (status === 0 || status === 408 || status === 429 || status >= 500) return "again";
  return status < 400 ? "done" : "refused";
}

/** The form token of this page. */
export function token() {
  return document.querySelector("meta[name='csrf-token']")?.getAttribute("content") ?? "";
}

/**
 * Asks for a fragment.
 * @param {string} url
 */
export function get(url) {
  return ask(url, { headers: { accept: "text/html", "hx-request": "true" } });
}

/**
 * Posts a form; refusals come as JSON with the server's words.
 * @param {string} url
 * @param {Record<string, string | number> | FormData} [fields]
 * @param {{ accept?: string, fragment?: boolean, keepalive?: boolean }} [how]
 */
export function post(url, fields = {}, { accept = "application/json", fragment = false, keepalive = false } = {}) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(
    Object.entries(fields).map(([name, value]) => [name, String(value)]),
  );
  /** @type {Record<string, string>} */
  const headers = { accept, "x-csrf-token": token() };
  if (fragment) headers["hx-request"] = "true";
  return ask(url, { method: "POST", body, headers, keepalive });
}

/**
 * @param {string} url
 * @param {RequestInit} how
 * @returns {Promise<Answer>} never rejects: no answer is an answer too
 */
async function ask(url, how) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LIMIT);
  try {
    const response = await fetch(url, { ...how, credentials: "same-origin", cache: "no-store", signal: stop.signal });
    const text = await response.text();
    const kind = verdict(response.status, response.redirected);
    if (response.status === 401) document.dispatchEvent(new CustomEvent("signed-out"));
    const moved = response.redirected ? response.url : "";
    return { kind, status: response.status, text, headers: response.headers, words: wordsIn(text), moved };
  } catch {
    return { kind: "again", status: 0, text: "", headers: new Headers(), words: "", moved: "" };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The server's own words in a refusal.
 * @param {string} text
 */
export function wordsIn(text) {
  if (!text.startsWith("{")) return "";
  try {
    const message = JSON.parse(text).message;
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}

/**
 * Elements of a fragment. Scripts in it never run.
 * @param {string} html
 * @returns {HTMLElement[]}
 */
export function elements(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children].filter((child) => child instanceof HTMLElement);
}
