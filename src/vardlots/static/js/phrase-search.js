// Which phrases a few typed letters mean, and what is put in the box. No DOM here.

const LONGEST = 60;

/**
 * What is typed after a dash that begins the text or follows a space: the search for a phrase. Null where there is none.
 * @param {string} text
 * @param {number} caret
 * @returns {{ from: number, typed: string } | null} `from`: where the dash stands
 */
export function atDash(text, caret) {
  const before = text.slice(0, caret);
  const found = /(^|\s)-(|[^\s-][^\n-]*)$/u.exec(before);
  if (!found || before.length - found.index > LONGEST) return null;
  const from = found.index + (found[1] ?? "").length;
  return { from, typed: found[2] ?? "" };
}

/**
 * Whether nothing but a search stands in the box: a dash and one word of letters.
 * @param {string} text
 */
export const isLone = (text) => /^-\p{L}+$/u.test(text);

/** @param {string} text */
const wordsOf = (text) => text.toLocaleLowerCase("sv").split(/[\s,]+/u).filter(Boolean);

/**
 * The phrases in which every word typed begins a word of the title or a search word; those that match in the title first,
 * else in the order they came. All for nothing. The same as `conversations/phrases.py` finds.
 * @template {{ title: string, words: string }} Phrase
 * @param {Phrase[]} phrases
 * @param {string} typed
 * @returns {Phrase[]}
 */
export function matching(phrases, typed) {
  const wanted = wordsOf(typed);
  /** @param {string} place */
  const begins = (place) => {
    const words = wordsOf(place);
    return wanted.every((want) => words.some((word) => word.startsWith(want)));
  };
  const inTitle = phrases.filter((phrase) => begins(phrase.title));
  const elsewhere = phrases.filter((phrase) => !inTitle.includes(phrase) && begins(`${phrase.title} ${phrase.words}`));
  return [...inTitle, ...elsewhere];
}

/**
 * A title in pieces: those that the typed words begin are marked.
 * @param {string} title
 * @param {string} typed
 * @returns {{ text: string, marked: boolean }[]}
 */
export function marked(title, typed) {
  const wanted = wordsOf(typed);
  /** @type {{ text: string, marked: boolean }[]} */
  const pieces = [];
  for (const part of title.split(/([\s,]+)/u)) {
    const lower = part.toLocaleLowerCase("sv");
    const length = Math.max(0, ...wanted.filter((want) => lower.startsWith(want)).map((want) => want.length));
    if (length) pieces.push({ text: part.slice(0, length), marked: true });
    if (part.length > length) pieces.push({ text: part.slice(length), marked: false });
  }
  return pieces;
}

/**
 * The phrase with a time in it, and what to select there: the time, which only the writer knows, or what nobody has
 * filled in; else the end.
 * @param {string} text
 * @param {string} time
 * @param {string[]} placeholders
 * @returns {{ text: string, from: number, to: number }}
 */
export function timed(text, time, placeholders) {
  const at = text.indexOf("{time}");
  const whole = text.split("{time}").join(time);
  if (at >= 0) return { text: whole, from: at, to: at + time.length };
  const left = placeholders.map((name) => ({ at: whole.indexOf(`{${name}}`), length: name.length + 2 }))
    .filter((one) => one.at >= 0).sort((a, b) => a.at - b.at)[0];
  return left ? { text: whole, from: left.at, to: left.at + left.length } : { text: whole, from: whole.length, to: whole.length };
}
