// The kinds of pane, a file each, and what all of them have.
import { classes } from "./classes.js";
import { covered_pane } from "./covered.js";
import { curves } from "./curves.js";
import { grid } from "./grid.js";
import { layers } from "./layers.js";
import { map } from "./map.js";
import { photo } from "./photo.js";
import { signal } from "./signal.js";
import { wiring } from "./wiring.js";

/*
 * What a kind is for the rest of the page. No other file asks which kind a pane is of. Layouts are in
 * device pixels; a cell is {channel, row, column}, a box has a height and a width too.
 *   css                          class of the frame of such a pane
 *   read(view)                   the bytes of a comm as the numbers it works with
 *   is_complete(numbers, pane)   whether they are as many as the pane says
 *   draw(canvas, pane, numbers, look)   draws it in the room look.box; gives {layout, printed, shown}:
 *                                where things stand, {height, width, ...}, how numbers were printed,
 *                                and of a picture {shown_height, shown_width}, reduced or not
 *   cell_at(x, y, layout, pane)  the cell under a point, or null
 *   extent(pane)                 {channels, rows, columns} that the arrow keys can reach
 *   outline(box, layout, pane)   [{x, y, width, height}] around a box
 *   recoloured(view, pane, {low, high})   its bytes for other colours; null: colours are no numbers
 *   says.range                   whether the ends of its colours are printed below
 *   says.cells({channels, rows, columns}, pane, noun)   [title, cells] in words
 *   says.name(cell, pane, numbers)   one cell in words
 *   says.value(cell, pane, numbers, printed)   its number, or a text, where it is not printed; else undefined
 *   says.keys(pane)              what the keys do in it
 *   says.is(cell, pane, numbers)   what the cell is, in words that follow "is"; null: no words for that
 *   says.shape                   whether the shape is printed beside the title
 *   says.boxes(boxes, pane, numbers)   lit boxes in words; null: rows and columns tell it
 *   own                          whether its cells can be pointed at though nothing belongs to them
 *   strokes(boxes, layout)       [{x1, y1, x2, y2}] drawn strong while boxes are lit; null: none
 *   wish(pane, ratio)            see below
 */

/*
 * What a kind offers to the layout (see arrangement.js), as `wish(pane, ratio)`; all in CSS pixels:
 *   place   "picture": wants to be as large as all other pictures, whatever stands beside it;
 *           "small": printed numbers, which fill gaps beside pictures, and rule where there are none;
 *           "wide": takes a row of its own, such as a curve
 *   aspect  height over width of what is drawn; of a "wide" one 0: it takes any
 *   weight  how large it wants to be: 1 like a photo, or of a curve like its fellows
 *   own_width  of a "picture": its width when each of its pixels is one of the screen's
 *   usual   of a "wide" one: its height where nothing asks for more or less
 *   height_at   of a "wide" one that needs all the width there is, and never stands aside: width -> height
 *   least   {height, width} below which it cannot be read
 *   most    {height, width} beyond which more room brings nothing
 *   shapes  of a "small" one: side -> the boxes {height, width} in which its cells are that large
 * A pane that the scene shows at another size when a slider moves must not wish another size each
 * time: the layout changes with the room, not with the slider.
 */

export const KINDS = {
  photo,
  map,
  classes,
  grid,
  signal,
  curves,
  wiring,
  layers,
  covered: covered_pane,
};
