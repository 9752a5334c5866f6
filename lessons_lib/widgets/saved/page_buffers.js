// The bytes of a page's labs: unpacked when a state needs them, and kept as long as there is room.

const KEPT_BYTES = 128 * 2 ** 20; // unpacked, of all labs of a page

/** Text of base64 -> bytes. */
export function bytes_of(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The bytes of a lossless picture: one a pixel, or three. */
async function pixels_of(bytes, channels, document) {
  const exactly = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const image = await createImageBitmap(new Blob([bytes], { type: "image/webp" }), exactly);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  image.close();
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const out = new Uint8Array(canvas.width * canvas.height * channels);
  for (let i = 0, j = 0; j < out.length; i += 4)
    for (let channel = 0; channel < channels; channel += 1, j += 1) out[j] = data[i + channel];
  return out;
}

export class Buffers {
  /** index: [kind, length, channels] of each; bytes: all of them, one after the other. */
  constructor(index, bytes, document, most = KEPT_BYTES) {
    let start = 0;
    Object.assign(this, { document, most, bytes: 0 });
    this.packed = index.map(([kind, length, channels]) => {
      const part = bytes.subarray(start, start + length);
      start += length;
      return { kind, channels, part };
    });
    this.ready = new Map(); // by number, the one used last at the end
    this.coming = new Map();
  }

  /** The bytes of a number; undefined until `load` has fetched them, and again once others had to. */
  get(number) {
    const known = this.ready.get(number);
    if (known) {
      this.ready.delete(number);
      this.ready.set(number, known);
    }
    return known;
  }

  /** The bytes of a number, once they are unpacked. */
  async load(number) {
    const known = this.get(number);
    if (known) return known;
    if (!this.coming.has(number)) {
      const coming = this.unpacked(this.packed[number]).then((bytes) => this.keep(number, bytes));
      this.coming.set(number, coming);
    }
    return this.coming.get(number);
  }

  /** Those not used for longest go where there is no room for all. */
  keep(number, bytes) {
    this.coming.delete(number);
    this.ready.set(number, bytes);
    this.bytes += bytes.byteLength;
    for (const [oldest, { byteLength }] of this.ready) {
      if (this.bytes <= this.most || oldest === number) break;
      this.ready.delete(oldest);
      this.bytes -= byteLength;
    }
    return bytes;
  }

  unpacked({ kind, channels, part }) {
    return kind === "webp" ? pixels_of(part, channels, this.document) : inflated(part);
  }
}
