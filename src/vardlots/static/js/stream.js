// One open stream of signals. Read with fetch rather than EventSource: it tells a refusal (204) from an outage, and it
// hears the comments that keep the line warm, so a line that died silently is noticed.

/**
 * @typedef {{ name: string, data: Record<string, number> }} Signal
 * @typedef {"refused" | "ended" | "failed"} End
 */

/** Takes pieces of text/event-stream apart. */
export class Parser {
  #rest = "";
  #name = "";
  /** @type {string[]} */
  #data = [];

  /**
   * @param {string} piece
   * @returns {Signal[]} the events that the piece completed
   */
  push(piece) {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?=[^\n])/);
    this.#rest = lines.pop() ?? "";
    /** @type {Signal[]} */
    const done = [];
    for (const line of lines) {
      if (line === "") {
        const signal = this.#finish();
        if (signal) done.push(signal);
      } else if (line.startsWith("event:")) this.#name = line.slice(6).trim();
      else if (line.startsWith("data:")) this.#data.push(line.slice(5).trimStart());
    }
    return done;
  }

  #finish() {
    const raw = this.#data.join("\n");
    const name = this.#name || "message";
    this.#name = "";
    this.#data = [];
    if (!raw) return null;
    try {
      return { name, data: JSON.parse(raw) };
    } catch {
      return null;
    }
  }
}

/** @param {string[]} topics */
export const address = (topics) => `/live?t=${topics.map(encodeURIComponent).join(",")}`;

/**
 * Opens a stream.
 * @param {string[]} topics
 * @param {{ onSignal: (signal: Signal) => void, onContact: () => void, onEnd: (end: End) => void }} ears
 * @returns {{ close: () => void }} after close nothing is heard any more
 */
export function openStream(topics, { onSignal, onContact, onEnd }) {
  const stop = new AbortController();
  let open = true;
  /** @param {End} end */
  const finish = (end) => {
    if (open) onEnd(end);
    open = false;
  };
  const run = async () => {
    const response = await fetch(address(topics), {
      headers: { accept: "text/event-stream" }, cache: "no-store", credentials: "same-origin", signal: stop.signal,
    });
    const refused = response.status === 204 || [401, 403, 404].includes(response.status) || response.redirected;
    if (refused) return finish("refused");
    if (response.status !== 200 || !response.body) return finish("failed");
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new Parser();
    for (;;) {
      const { done, value } = await reader.read();
      if (!open) return undefined;
      if (done) return finish("ended");
      onContact();
      for (const signal of parser.push(decoder.decode(value, { stream: true }))) if (open) onSignal(signal);
    }
  };
  run().catch(() => finish("failed"));
  return {
    close() {
      open = false;
      stop.abort();
    },
  };
}

/**
 * Whether the server would open a stream with these topics.
 * @param {string[]} topics
 */
export async function probe(topics) {
  const stop = new AbortController();
  try {
    const response = await fetch(address(topics), { cache: "no-store", signal: stop.signal });
    return response.status === 200 && !response.redirected;
  } catch {
    return false;
  } finally {
    stop.abort();
  }
}
