// The kinds of pane, one line each, and what each of them wishes from the layout.
import { grid_size } from "../layout.js";

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

const picture = {
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

const grid = {
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

const signal = {
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

export const KINDS = { photo: picture, map: picture, grid, signal };
