// Which conversation a thing on the page belongs to: the one it names, else the one it stands beside.

/**
 * @param {HTMLElement} thing
 * @returns {string} the conversation's base, "" when there is none
 */
export function baseNear(thing) {
  if (thing.dataset.chatFor) return thing.dataset.chatFor;
  for (let at = thing.parentElement; at; at = at.parentElement) {
    const list = at.querySelector("[data-chat]");
    if (list instanceof HTMLElement) return list.dataset.base ?? "";
  }
  return "";
}

/**
 * The things of a kind that belong to a conversation.
 * @param {string} selector
 * @param {string} base
 * @returns {HTMLElement[]}
 */
export function thingsOf(selector, base) {
  const found = [...document.querySelectorAll(selector)].filter((thing) => thing instanceof HTMLElement);
  return found.filter((thing) => baseNear(thing) === base);
}
