// What a picture's light, a signal's strength and a browser's refusal mean, for the test of devices.

// Root mean square of the signal, 0 to 1: what one reads as silence, weak, good and too loud [assumed].
const [SILENT, WEAK, LOUD] = [0.008, 0.03, 0.5];

/**
 * The mean of the picture's red, green and blue, 0 to 255.
 * @param {Uint8ClampedArray} pixels
 */
export function light(pixels) {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += (pixels[i] ?? 0) + (pixels[i + 1] ?? 0) + (pixels[i + 2] ?? 0);
  return sum / (pixels.length * 0.75);
}

/**
 * The root mean square of a signal between -1 and 1.
 * @param {Float32Array} signal
 */
export function rms(signal) {
  return Math.sqrt(signal.reduce((sum, one) => sum + one * one, 0) / (signal.length || 1));
}

/**
 * A level in words.
 * @param {number} level root mean square, 0 to 1
 * @returns {"silent" | "weak" | "good" | "loud"}
 */
export function loudness(level) {
  if (level < SILENT) return "silent";
  if (level < WEAK) return "weak";
  return level < LOUD ? "good" : "loud";
}

/**
 * A level as part of a hundred, by decibels: 60 below full is nothing.
 * @param {number} level root mean square, 0 to 1
 */
export function percent(level) {
  if (level <= 0) return 0;
  return Math.round(Math.min(100, Math.max(0, ((20 * Math.log10(level) + 60) / 60) * 100)));
}

/**
 * Which words say why a device was not given.
 * @param {unknown} fault
 */
export function reason(fault) {
  const name = fault instanceof Error || fault instanceof DOMException ? fault.name : "";
  if (name === "NotAllowedError") return "refused";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return name === "SecurityError" ? "unsafe" : "fault";
}
