// The kinds of pane, one line each, and what each of them wishes from the layout.
import { grid_size } from "../layout.js";
import { grid } from "./grid.js";
import { map } from "./map.js";
import { photo } from "./photo.js";
import { signal } from "./signal.js";

/*
 * What a kind is for the rest of the page. No other file asks which kind a pane is of. Layouts are in
 * device pixels; a cell is {channel, row, column}, a box has a height and a width too.
 *   css                          class of the frame of such a pane
 *   read(view)                   the bytes of a comm as the numbers it works with
 *   is_complete(numbers, pane)   whether they are as many as the pane says
 *   draw(canvas, pane, numbers, look)   draws it in the room look.box; gives {layout, printed}: where
 *                                things stand, {height, width, ...}, and how numbers were printed
 *   cell_at(x, y, layout, pane)  the cell under a point, or null
 *   extent(pane)                 {channels, rows, columns} that the arrow keys can reach
 *   outline(box, layout, pane)   [{x, y, width, height}] around a box
 *   recoloured(view, pane, {low, high})   its bytes for other colours; null: colours are no numbers
 *   says.range                   whether the ends of its colours are printed below
 *   says.cells({channels, rows, columns}, pane, noun)   [title, cells] in words
 *   says.name(cell, pane)        one cell in words
 *   says.value(cell, pane, numbers, printed)   its number, where it is not printed; else undefined
 *   wish(pane, ratio)            see below
 */

/*
 * What a kind offers to the layout (see arrangement.js), as `wish(pane, ratio)`; all in CSS pixels:
 *   place   "picture": wants to be as large as all other pictures, whatever stands beside it;
 *           "small": printed numbers, which fill gaps beside pictures, and rule where there are none;
 *           "wide": takes a row of its own, such as a curve
 *   aspect  height over width of what is drawn; of a "wide" one 0: it takes any
 *   weight  how large it wants to be: 1 like a photo, or of a curve like its fellows
 *   least   {height, width} below which it cannot be read
 *   most    {height, width} beyond which more room brings nothing
 *   shapes  of a "small" one: side -> the boxes {height, width} in which its cells are that large
 * A pane that the scene shows at another size when a slider moves must not wish another size each
 * time: the layout changes with the room, not with the slider.
 */

const LEAST_PICTURE = 110;
const ENLARGED = 64; // a picture of so few pixels is an enlargement: it needs less room than a photo
const LEAST_SIDE = 22; // of a cell with its number
const MOST_SIDE = 64;
const CURVE = { least: 100, usual: 140, most: 280 };

const picture_wish = {
  wish({ source_height, source_width }) {
    const weight = Math.max(source_height, source_width) <= ENLARGED ? 0.7 : 1;
    return {
      place: "picture",
      aspect: source_height / source_width,
      weight,
      least: { height: LEAST_PICTURE * weight, width: LEAST_PICTURE * weight },
      most: { height: Infinity, width: Infinity },
    };
  },
};

const grid_wish = {
  wish(pane, ratio) {
    const boxes = (side) => grid_boxes(pane, side, ratio);
    const [least, most] = [boxes(LEAST_SIDE)[0], boxes(MOST_SIDE)[0]];
    return {
      place: "small",
      aspect: most.height / most.width,
      weight: 1,
      least,
      most,
      shapes: boxes,
    };
  },
};

/** The boxes in which the cells of a pane's grids are `side` CSS pixels wide: one row of grids first. */
function grid_boxes(pane, side, ratio) {
  const all = Array.from({ length: pane.channels }, (_, i) => pane.channels - i);
  return (pane.per_row ? [pane.per_row] : all).map((across) => {
    const { height, width } = grid_size(pane, side * ratio, across, ratio);
    return { height: height / ratio, width: width / ratio };
  });
}

const signal_wish = {
  wish({ role }) {
    const weight = role === "kernel" ? 0.5 : 1; // a kernel has few samples
    return {
      place: "wide",
      aspect: 0,
      weight,
      least: { height: CURVE.least * weight, width: 200 },
      most: { height: CURVE.most * weight, width: Infinity },
      usual: CURVE.usual * weight,
    };
  },
};

export const KINDS = {
  photo: { ...photo, ...picture_wish },
  map: { ...map, ...picture_wish },
  grid: { ...grid, ...grid_wish },
  signal: { ...signal, ...signal_wish },
};
