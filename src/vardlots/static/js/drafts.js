// What is written and not sent yet, each text under the name of whoever wrote it. No DOM here.

/** @typedef {import("./outbox.js").Store} Store */

export const DRAFT = "vardlots.draft|";

/**
 * Texts of one person in a store that others may use after them: nobody reads another's, and they go when somebody else
 * comes or their writer signs out.
 */
export class Drafts {
  /**
   * @param {Store} store
   * @param {string} who "" where nobody is signed in: nothing is read, kept or removed
   * @param {string} [kind] what the texts are, the beginning of their names
   */
  constructor(store, who, kind = DRAFT) {
    this.store = store;
    this.who = who;
    this.kind = kind;
  }

  /** @param {string} about */
  get(about) {
    return this.who ? this.store.getItem(this.#name(about)) ?? "" : "";
  }

  /**
   * @param {string} about
   * @param {string} text "" removes it
   */
  set(about, text) {
    if (!this.who) return;
    try {
      if (text) this.store.setItem(this.#name(about), text);
      else this.store.removeItem(this.#name(about));
    } catch { /* full: it stands on the page */ }
  }

  /** Those of everybody else go. */
  forgetOthers() {
    if (this.who) this.#drop((name) => !name.startsWith(`${this.kind}${this.who}|`));
  }

  /** All of them go, whoever wrote them. */
  clear() {
    this.#drop(() => true);
  }

  /** @param {string} about */
  #name(about) {
    return `${this.kind}${this.who}|${about}`;
  }

  /** @param {(name: string) => boolean} goes */
  #drop(goes) {
    for (let index = this.store.length - 1; index >= 0; index--) {
      const name = this.store.key(index);
      if (name?.startsWith(this.kind) && goes(name)) this.store.removeItem(name);
    }
  }
}
