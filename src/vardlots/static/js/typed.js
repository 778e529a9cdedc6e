// The fields of a form as plain values: which have been written in, and how they are put back. No DOM of a page here, only
// what a field looks like.

/**
 * @typedef {{ name: string, type: string, value: string, defaultValue?: string, checked?: boolean,
 *   defaultChecked?: boolean, options?: ArrayLike<{ selected: boolean, defaultSelected: boolean }> }} Field
 * @typedef {{ name: string, value: string, was: string, checked?: boolean }} Typed
 */

const NEVER = new Set(["hidden", "file", "submit", "button", "reset", "image", "password", "fieldset", "output"]);

/**
 * What somebody has changed since the page came.
 * @param {Iterable<Field>} fields
 * @returns {Typed[]}
 */
export function typedIn(fields) {
  /** @type {Typed[]} */
  const found = [];
  for (const field of fields) {
    if (!field.name || NEVER.has(field.type)) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked !== field.defaultChecked) found.push({ name: field.name, value: field.value, was: "", checked: field.checked });
    } else if (field.options) {
      const options = [...Array.from(field.options)];
      const named = options.some((one) => one.defaultSelected);
      const changed = named ? options.some((one) => one.selected !== one.defaultSelected) : options.findIndex((one) => one.selected) > 0;
      if (changed) found.push({ name: field.name, value: field.value, was: "" });
    } else if (field.value !== field.defaultValue) {
      found.push({ name: field.name, value: field.value, was: field.defaultValue ?? "" });
    }
  }
  return found;
}

/**
 * Puts values back. A text that has been changed elsewhere meanwhile is never written over: both stand.
 * @template {Field} F
 * @param {Iterable<F>} fields
 * @param {Typed[]} typed
 * @returns {F[]} those that were changed
 */
export function putBack(fields, typed) {
  const all = [...fields];
  /** @type {F[]} */
  const changed = [];
  for (const one of typed) {
    const named = all.filter((field) => field.name === one.name && !NEVER.has(field.type));
    if (one.checked !== undefined) {
      const box = named.find((field) => field.value === one.value && field.checked !== undefined);
      if (box && box.checked !== one.checked) {
        box.checked = one.checked;
        changed.push(box);
      }
      continue;
    }
    const field = named[0];
    if (!field || field.value === one.value) continue;
    field.value = field.options ? one.value : both(field.value, one);
    changed.push(field);
  }
  return changed;
}

/**
 * @param {string} now what stands there
 * @param {Typed} one
 */
function both(now, { value, was }) {
  if (now === was || value.startsWith(now)) return value;
  return now.includes(value) ? now : `${now}\n${value}`;
}
