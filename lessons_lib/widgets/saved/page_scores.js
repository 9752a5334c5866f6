// Behind a pixel of a segmentation: the score of each class, and who wins. The words are those of
// ScoreMicroscope in kit/score_microscope.py.
import { Axis } from "../stage/links.js";
import { shape_text } from "../shared/words.js";
import { around_zero, power_text } from "./page_numbers.js";
import {
  buffers_of,
  inside_of,
  probe_part,
  probe_term,
  taps_buffers,
  tensor_of,
} from "./page_tensors.js";

const MOST_CLASSES = 5; // more classes are added up, the unlikely ones first

export const score_probe = {
  needed: ({ scores, seen }) => [...buffers_of(scores), ...(seen ? taps_buffers(seen) : [])],
  look(saved, buffers, at) {
    const { channels, height, width, at: score_at } = tensor_of(saved.scores, buffers);
    const row = inside_of(at.row, height);
    const column = inside_of(at.column, width);
    const scores = Array.from({ length: channels }, (_, c) => score_at(c, row, column));
    const shares = softmax_of(scores);
    const best = scores.indexOf(Math.max(...scores));
    return {
      row,
      column,
      operation: "scores",
      labels: saved.labels,
      parts: score_parts(scores, shares, best),
      line: [
        ...share_terms(shares, best, saved.labels),
        ...seen_terms(saved, buffers, row, column),
      ],
    };
  },
};

function softmax_of(scores) {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((before, power) => before + power, 0);
  return powers.map((power) => power / sum);
}

function score_parts(scores, shares, best) {
  const size = { channels: scores.length, height: 1, width: 1 };
  const marked = scores.map((_, n) => n === best);
  const words = (name, title, table) => ({ name, title, role: "output", table });
  const per_cent = shares.map((share) => 100 * share);
  const of_score = words("score", "score", "signed");
  const of_share = words("share", "softmax in %", "count");
  return [
    probe_part(of_score, size, scores, around_zero(scores), { marked }),
    probe_part(of_share, size, per_cent, [0, 100], { marked }),
  ];
}

/** The shares from the largest on; the last ones are added up where they are many. */
function share_terms(shares, best, labels) {
  const order = shares.map((_, n) => n).sort((a, b) => shares[b] - shares[a]);
  const few = order.length <= MOST_CLASSES + 1;
  const rest = few ? [] : order.slice(MOST_CLASSES);
  const together = rest.reduce((sum, n) => sum + shares[n], 0);
  return [
    probe_term("scores → softmax: "),
    ...order.slice(0, order.length - rest.length).flatMap((n, index) => {
      const style = n === best ? "winner" : "";
      return [
        ...(index ? [probe_term(", ")] : []),
        probe_term(`${labels[n]} `, "", style),
        probe_term(power_text(shares[n]), "output", style),
      ];
    }),
    ...(few
      ? []
      : [
          probe_term(`, ${rest.length} other classes together `),
          probe_term(power_text(together), "output"),
        ]),
    probe_term("; largest: "),
    probe_term(labels[best], "output", "winner"),
  ];
}

function seen_terms({ seen }, buffers, row, column) {
  if (!seen) return [];
  const count = (number, taps, at) => {
    const cells = new Axis(buffers.get(number), taps).sources(at);
    return seen.spans ? cells[1] - cells[0] + 1 : cells.filter((cell) => cell >= 0).length;
  };
  const counts = [
    count(seen.rows, seen.row_taps, row),
    count(seen.columns, seen.column_taps, column),
  ];
  const most = Math.max(...counts);
  const line = `${most} pixel${most === 1 ? "" : "s"}`;
  const pixels = Math.min(...counts) === 1 ? line : `${shape_text(counts)} pixels`;
  return [probe_term(`; computed from ${pixels} of the picture`)];
}
