// What panes drawn with lines and words have in common: their numbers, and the colours of the page.
import { as_floats } from "../../shared/pixels.js";

/** A kind whose numbers travel as float32, one for each of height x width. */
export const number_kind = {
  own: true,
  read: as_floats,
  is_complete: (values, { height, width }) => values.length === height * width,
};

/** The page's ink and ground, and `colour_of(role)`, from the computed style of a pane. */
export function page_colours(page) {
  const property = (name, otherwise) => page.getPropertyValue(name).trim() || otherwise;
  const ink = property("--lesson-ink", "#222");
  const ground = property("--lesson-ground", "#fff");
  const colour_of = (role) => (role ? property(`--lesson-${role}`, ink) : ink);
  return { ink, ground, colour_of };
}
