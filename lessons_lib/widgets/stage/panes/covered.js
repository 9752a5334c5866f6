// What is covered until the reader has guessed: a square with a question mark, see panes.css.
import { picture_kind } from "./picture.js";

const COVERED_SIDE = 260; // CSS pixels that it wants

const bare = picture_kind({
  channels: 1,
  paint: (_bytes, _table, out) => out.fill(0), // nothing: the stripes behind it are seen
  range: false,
  recoloured: null,
  says: { shape: false, keys: () => "covered until you have answered the question" },
});

export const covered_pane = {
  ...bare,
  css: "lesson-covered",
  wish: () => ({
    place: "picture",
    aspect: 1,
    own_width: COVERED_SIDE,
    weight: 1,
    least: { height: 110, width: 110 },
    most: { height: Infinity, width: Infinity },
  }),
};
