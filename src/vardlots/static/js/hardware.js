// The test of camera, microphone and sound. Devices are asked for when a button is pressed, and let go of when the page
// is left, hidden or the test is over. Nothing is recorded or sent.

import { light, loudness, percent, reason, rms } from "./levels.js";

/** @typedef {"camera" | "microphone" | "sound"} Kind */
/** @typedef {"untried" | "works" | "fails"} Outcome */

const LOOK_MS = 120;
const DARK = 6; // of 255: the mean light of a picture behind a closed shutter
const TONE_HZ = 440;
const TONE_SECONDS = 1.2;

const root = document.querySelector("[data-hardware]");
if (root instanceof HTMLElement) start(root);

/** @param {HTMLElement} page */
function start(page) {
  /** @type {Record<Kind, Outcome>} */
  const found = { camera: "untried", microphone: "untried", sound: "untried" };
  /** @type {(() => void)[]} */
  const stops = [];
  const tell = (/** @type {Kind} */ kind, /** @type {Outcome} */ outcome) => {
    found[kind] = outcome;
    const words = Object.entries(found).reduce(
      (text, [name, how]) => text.replace(`{${name}}`, word(page, how)), word(page, "result"),
    );
    put(page.querySelector("[data-result]"), words);
  };
  for (const part of page.querySelectorAll("[data-device]")) {
    if (!(part instanceof HTMLElement)) continue;
    const kind = /** @type {Kind} */ (part.dataset.device);
    stops.push(kind === "sound" ? sound(page, part, tell) : device(page, part, kind, tell));
  }
  const stopAll = () => stops.forEach((stop) => stop());
  window.addEventListener("pagehide", stopAll);
  document.addEventListener("visibilitychange", () => { if (document.hidden) stopAll(); });
}

/**
 * Camera or microphone. Returns what lets go of it.
 * @param {HTMLElement} page
 * @param {HTMLElement} part
 * @param {"camera" | "microphone"} kind
 * @param {(kind: Kind, outcome: Outcome) => void} tell
 * @returns {() => void}
 */
function device(page, part, kind, tell) {
  const at = parts(part);
  /** @type {MediaStream | null} */
  let stream = null;
  let ends = () => {};
  let turn = 0;

  const stop = () => {
    turn += 1;
    ends();
    ends = () => {};
    const had = stream !== null;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    show(at.start, true);
    show(at.stop, false);
    show(at.body, false);
    show(at.answer, false);
    if (had) put(at.says, word(page, "off"));
  };

  const open = async (/** @type {string} */ id) => {
    stop();
    const mine = turn;
    put(at.says, "");
    const wish = id ? { deviceId: { exact: id } } : true;
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "SecurityError");
      const got = await navigator.mediaDevices.getUserMedia(kind === "camera" ? { video: wish } : { audio: wish });
      if (mine !== turn) {
        // Pressed again, or the page was left, while the browser asked.
        got.getTracks().forEach((track) => track.stop());
        return;
      }
      stream = got;
    } catch (fault) {
      if (mine !== turn) return;
      put(at.says, word(page, reason(fault)));
      tell(kind, "fails");
      return;
    }
    show(at.start, false);
    show(at.stop, true);
    show(at.body, true);
    at.stop?.focus();
    stream.getTracks().forEach((track) => track.addEventListener("ended", () => {
      stop();
      put(at.says, word(page, "missing"));
      tell(kind, "fails");
    }));
    ends = kind === "camera" ? watch(page, part, stream) : listen(page, part, stream, () => tell(kind, "works"));
    if (kind === "camera") show(at.answer, true);
    await fill(page, at, kind, stream);
  };

  if (at.start instanceof HTMLButtonElement) at.start.disabled = false;
  at.start?.addEventListener("click", () => void open(at.choice?.value ?? ""));
  at.stop?.addEventListener("click", () => { stop(); at.start?.focus(); });
  at.choice?.addEventListener("change", () => void open(at.choice?.value ?? ""));
  at.yes?.addEventListener("click", () => { tell(kind, "works"); stop(); at.start?.focus(); });
  at.no?.addEventListener("click", () => { tell(kind, "fails"); stop(); put(at.says, word(page, "fault")); at.start?.focus(); });
  return stop;
}

/** @param {HTMLElement} part */
function parts(part) {
  const one = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (part.querySelector(`[data-${name}]`));
  return {
    start: one("start"), stop: one("stop"), body: one("body"), says: one("says"), answer: one("answer"),
    yes: one("yes"), no: one("no"), choose: one("choose"),
    choice: /** @type {HTMLSelectElement | null} */ (part.querySelector("[data-choice]")),
  };
}

/**
 * The choices, once the browser tells their names: it does so only after it has let us use one.
 * @param {HTMLElement} page
 * @param {ReturnType<typeof parts>} at
 * @param {"camera" | "microphone"} kind
 * @param {MediaStream} stream
 */
async function fill(page, at, kind, stream) {
  const wanted = kind === "camera" ? "videoinput" : "audioinput";
  const all = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === wanted);
  const used = stream.getTracks()[0]?.getSettings().deviceId;
  at.choice?.replaceChildren(...all.map((one, index) => {
    const name = one.label || word(page, "unnamed").replace("{n}", String(index + 1));
    return new Option(name, one.deviceId, false, one.deviceId === used);
  }));
  show(at.choose, all.length > 1);
}

/**
 * Shows the camera's picture, and says when it is dark.
 * @param {HTMLElement} page
 * @param {HTMLElement} part
 * @param {MediaStream} stream
 * @returns {() => void}
 */
function watch(page, part, stream) {
  const video = /** @type {HTMLVideoElement} */ (part.querySelector("video"));
  const says = part.querySelector("[data-says]");
  const canvas = Object.assign(document.createElement("canvas"), { width: 16, height: 12 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  video.srcObject = stream;
  const timer = window.setInterval(() => {
    if (!pen || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    pen.drawImage(video, 0, 0, 16, 12);
    put(says, word(page, light(pen.getImageData(0, 0, 16, 12).data) < DARK ? "cameraDark" : "cameraOn"));
  }, 500);
  return () => {
    window.clearInterval(timer);
    video.srcObject = null;
  };
}

/**
 * Draws the microphone's level and says it in words, which change slowly: they are read aloud.
 * @param {HTMLElement} page
 * @param {HTMLElement} part
 * @param {MediaStream} stream
 * @param {() => void} heard
 * @returns {() => void}
 */
function listen(page, part, stream, heard) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const signal = new Float32Array(analyser.fftSize);
  const meter = part.querySelector("[data-level]");
  const says = part.querySelector("[data-says]");
  let peak = 0;
  let looks = 0;
  put(says, word(page, "silent"));
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(signal);
    const level = rms(signal);
    peak = Math.max(peak, level);
    if (meter instanceof HTMLMeterElement) meter.value = percent(level);
    looks += 1;
    if (looks % 10) return;
    const how = loudness(peak);
    if (how === "good" || how === "loud") heard();
    put(says, word(page, how));
    peak = 0;
  }, LOOK_MS);
  return () => {
    window.clearInterval(timer);
    if (meter instanceof HTMLMeterElement) meter.value = 0;
    void context.close();
  };
}

/**
 * Plays a tone and asks whether it was heard. Returns what ends it.
 * @param {HTMLElement} page
 * @param {HTMLElement} part
 * @param {(kind: Kind, outcome: Outcome) => void} tell
 * @returns {() => void}
 */
function sound(page, part, tell) {
  const at = parts(part);
  /** @type {AudioContext | null} */
  let context = null;
  const stop = () => {
    void context?.close();
    context = null;
  };
  const play = async () => {
    stop();
    try {
      const made = new AudioContext();
      context = made;
      await made.resume();
      const tone = made.createOscillator();
      const volume = made.createGain();
      tone.frequency.value = TONE_HZ;
      // Rises and falls softly: a tone that starts at once cracks.
      volume.gain.setValueAtTime(0, made.currentTime);
      volume.gain.linearRampToValueAtTime(0.25, made.currentTime + 0.08);
      volume.gain.setValueAtTime(0.25, made.currentTime + TONE_SECONDS - 0.15);
      volume.gain.linearRampToValueAtTime(0, made.currentTime + TONE_SECONDS);
      tone.connect(volume).connect(made.destination);
      tone.addEventListener("ended", () => {
        if (context !== made) return;
        stop();
        put(at.says, word(page, "played"));
      });
      tone.start();
      tone.stop(made.currentTime + TONE_SECONDS);
      put(at.says, word(page, "playing"));
      show(at.answer, true);
    } catch {
      put(at.says, word(page, "fault"));
      tell("sound", "fails");
    }
  };
  if (at.start instanceof HTMLButtonElement) at.start.disabled = false;
  at.start?.addEventListener("click", () => void play());
  const answer = (/** @type {Outcome} */ outcome, /** @type {string} */ words) => {
    stop();
    put(at.says, word(page, words));
    show(at.answer, false);
    tell("sound", outcome);
    at.start?.focus();
  };
  at.yes?.addEventListener("click", () => answer("works", "heard"));
  at.no?.addEventListener("click", () => answer("fails", "unheard"));
  return stop;
}

/**
 * @param {HTMLElement} page
 * @param {string} name
 */
function word(page, name) {
  return page.dataset[`text${name.charAt(0).toUpperCase()}${name.slice(1)}`] ?? "";
}

/**
 * @param {Element | null} place
 * @param {string} words
 */
function put(place, words) {
  if (place && place.textContent !== words) place.textContent = words;
}

/**
 * @param {HTMLElement | null} element
 * @param {boolean} shown
 */
function show(element, shown) {
  if (element) element.hidden = !shown;
}
