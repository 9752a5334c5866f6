// A map: one number a pixel, each in its colour.
import { picture_kind } from "./picture.js";
import { as_bytes, index_of, packed_table, paint_indices } from "../../shared/pixels.js";

const LAST = 254; // 255 is the colour of what is no number

export const map = picture_kind({
  channels: 1,
  paint: (bytes, table, out) => paint_indices(bytes, packed_table(table), out),
  range: true,
  recoloured(view, { low, high }, to) {
    const others = Array.from({ length: LAST + 1 }, (_, index) =>
      index_of(low + (index * (high - low)) / LAST, to.low, to.high),
    );
    return new DataView(as_bytes(view).map((index) => others[index] ?? index).buffer);
  },
});
