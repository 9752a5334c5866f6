// From the bytes of a pane to what a canvas takes: four bytes a pixel.

/** View whatever the comm delivered as bytes, without copying. */
export function as_bytes(view) {
  return new Uint8ClampedArray(view.buffer, view.byteOffset, view.byteLength);
}

/** View a grid's bytes as numbers (copied, because the offset may not be a multiple of four). */
export function as_floats(view) {
  return new Float32Array(as_bytes(view).slice().buffer);
}

/** A colour table's bytes as 256 packed colours. */
export function packed_table(view) {
  return new Uint32Array(as_bytes(view).slice().buffer);
}

/** Replace each index by its colour; `out` is the canvas' own memory. */
export function paint_indices(bytes, packed, out) {
  const words = new Uint32Array(out.buffer, out.byteOffset, bytes.length);
  for (let i = 0; i < bytes.length; i += 1) words[i] = packed[bytes[i]];
}

/** Give each RGB pixel its fourth byte. */
export function paint_rgb(bytes, out) {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length / 4);
  for (let i = 0, j = 0; i < words.length; i += 1, j += 3) {
    words[i] = 0xff000000 | (bytes[j + 2] << 16) | (bytes[j + 1] << 8) | bytes[j];
  }
}

/** The index of a value between low and high: 0..254, 255 for values that are not finite. */
export function index_of(value, low, high) {
  if (!Number.isFinite(value)) return 255;
  return Math.max(0, Math.min(254, Math.round(((value - low) * 254) / (high - low))));
}

/** A cheap fingerprint of pixels (FNV-1a), to see in tests whether a picture changed. */
export function digest(bytes) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i += 1) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}
