// A photo: three bytes a pixel.
import { picture_kind } from "./picture.js";
import { paint_rgb } from "../../shared/pixels.js";

export const photo = picture_kind({
  channels: 3,
  paint: (bytes, _table, out) => paint_rgb(bytes, out),
  range: false,
  recoloured: null,
});
