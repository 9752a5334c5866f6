// Classes: a class number a pixel, each class in its colour, named in the legend below.
import { picture_kind } from "./picture.js";
import { majorities } from "../reduce.js";
import { packed_table, paint_indices } from "../../shared/pixels.js";
import { class_name } from "../legend.js";

export const classes = picture_kind({
  channels: 1,
  paint: (bytes, table, out) => paint_indices(bytes, packed_table(table), out),
  range: false,
  recoloured: null,
  smaller: majorities,
  own: true,
  says: {
    /** "disc"; where a pixel stands for several: "mostly disc". */
    is({ row, column }, pane, bytes) {
      const { height, width, source_height, source_width, labels } = pane;
      const at = (place, count, of) => Math.min(count - 1, Math.floor((place * count) / of));
      const pixel = at(row, height, source_height) * width + at(column, width, source_width);
      const name = class_name(bytes[pixel], labels);
      return height === source_height && width === source_width ? name : `mostly ${name}`;
    },
  },
});
