// Words and times for the screen. The words themselves always come from the page.

/**
 * Fills `{name}` in a text from the page.
 * @param {string | undefined | null} template
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function fill(template, values = {}) {
  return (template ?? "").replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A moment on the Swedish wall clock, as 09.52.
 * @param {number} milliseconds since 1970
 */
export function clockTime(milliseconds) {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Europe/Stockholm", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(milliseconds);
  return parts.filter((part) => part.type === "hour" || part.type === "minute").map((part) => part.value).join(".");
}

/**
 * A whole number from an attribute or header; the fallback when there is none.
 * @param {string | null | undefined} raw
 * @param {number} [fallback]
 */
export function number(raw, fallback = 0) {
  const value = Number.parseInt(raw ?? "", 10);
  return Number.isFinite(value) ? value : fallback;
}

/** A name that nobody else has made. Also where the page is not served over https. */
export function freshKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
