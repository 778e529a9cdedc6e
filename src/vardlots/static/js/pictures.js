// Makes pictures small enough for a phone's connection before they are sent. The server redraws them anyway.

const LONGEST = 2_048;
const SMALL = 700_000;
const QUALITY = 0.85;

/**
 * A smaller picture of the same, or the file as it is when it is small, no picture, or cannot be read here.
 * @param {File} file
 * @returns {Promise<File>}
 */
export async function shrink(file) {
  if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type) || file.size < SMALL) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = draw(bitmap, bitmap.width * scale, bitmap.height * scale);
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => {
      canvas.toBlob(done, "image/jpeg", QUALITY);
    });
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

/**
 * A thumbnail to look at before sending.
 * @param {File} file
 * @param {number} height in CSS pixels
 * @returns {Promise<HTMLCanvasElement | null>}
 */
export async function thumbnail(file, height) {
  if (!file.type.startsWith("image/")) return null;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    return draw(bitmap, (bitmap.width / bitmap.height) * height, height);
  } catch {
    return null;
  }
}

/**
 * @param {ImageBitmap} bitmap
 * @param {number} width
 * @param {number} height
 */
function draw(bitmap, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}
