// The kinds of answers, by name. Each part is made of (document, asked, place, changed) and gives
// { guess(), fill(numbers, state), focus() }: the guess as a row of numbers, null for a missing one;
// `fill` shows a guess, or with "key" the answer; `focus` is for a part that nobody has touched yet;
// `changed` is called after each change by a hand.
import { cell } from "./cell.js";
import { choice } from "./choice.js";
import { empty_grid } from "./grid.js";
import { number, shape } from "./fields.js";
import { order } from "./order.js";

export const ANSWERS = { number, shape, choice, order, cell, grid: empty_grid };
