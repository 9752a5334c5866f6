// What a guess is worth, as Python says it: see practice/questions/judging.py and kinds.py, whose words
// these are.
const RIGHT = "Right.";
const NOT_YET = "Not yet.";
const ROUNDED = 0.0051; // half of the last of two places behind the point

const is_near = (one, other, most) => one.every((value, i) => Math.abs(value - other[i]) <= most);
const is_rounded = (answer, guess) =>
  answer.every((value, i) => Math.abs(value - guess[i]) < ROUNDED);

/**
 * Compare a guess with the key.
 *
 * question: {asked, by_part, key, slips} as saved_question.py gives it; guess: numbers.
 * Gives {right, message}; `right` is null of a guess that is not finished.
 */
export function judged({ asked, by_part, key, slips }, guess) {
  if (!guess.every(Number.isFinite)) return { right: null, message: asked.missing };
  const tolerance = asked.tolerance ?? 0;
  if (is_near(guess, key, tolerance)) return { right: true, message: RIGHT };
  const slip = slips.find(
    ({ answer }) => is_near(answer, guess, tolerance) || is_rounded(answer, guess),
  );
  if (slip) return { right: false, message: first_upper(slip.message) };
  const message = by_part ? told_by_part(asked, key, slips, guess) : told_whole(asked, key, guess);
  return { right: false, message };
}

function told_whole({ kind }, key, guess) {
  const so_far = { order: " at the right place.", grid: " right." }[kind];
  return so_far ? `${NOT_YET} ${right_words(guess, key)}${so_far}` : NOT_YET;
}

function right_words(guess, key) {
  const right = guess.filter((value, i) => value === key[i]).length;
  return `${right || "None"} of ${key.length} ${right < 2 ? "is" : "are"}`;
}

function told_by_part({ parts }, key, slips, guess) {
  const is_right = (_, i) => guess[i] === key[i];
  const right = parts.filter(is_right);
  const told = parts
    .map((part, i) => `${capitalized(part)}: ${slip_of_part(slips, i, guess)}`)
    .filter((_, i) => !is_right(_, i));
  const head = right.length ? [`${capitalized(and_listed(right))}: right.`] : [];
  return [...head, ...told].join(" ");
}

function slip_of_part(slips, at, guess) {
  const found = slips.find(({ whole, answer }) => !whole && answer[at] === guess[at]);
  return found ? found.message : NOT_YET.toLowerCase();
}

const first_upper = (text) => text[0].toUpperCase() + text.slice(1);
const capitalized = (text) => first_upper(text.toLowerCase());

/** "rows, columns and frames". */
function and_listed(words) {
  const others = words.slice(0, -1).join(", ");
  return others ? `${others} and ${words.at(-1)}` : words.at(-1);
}
