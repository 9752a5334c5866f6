// The numbers behind a pixel, looked up in the page: here there is no kernel. What comes out is the probe
// that Python makes, see `probe_data` in stage/scene_data.py.
import { pool_probe } from "./page_pool.js";
import { score_probe } from "./page_scores.js";
import { sum_probe } from "./page_sum.js";
import { probe_term } from "./page_tensors.js";

/** What cannot be looked up says so, where its numbers would stand. */
const kernel_probe = {
  needed: () => [],
  look: (_saved, _buffers, { row, column }) => ({
    row,
    column,
    operation: "sum",
    labels: [],
    parts: [],
    line: [probe_term("The numbers behind this pixel need a kernel: see them in JupyterLab.")],
  }),
};

/*
 * The kinds of microscope, as looked_at.py names them. No other file asks which kind one is of.
 *   needed(saved)               numbers of the buffers that it reads
 *   look(saved, buffers, at)    what is behind the pixel {row, column}, held inside the output:
 *                               {row, column, operation, labels, parts, line}
 */
const PROBES = { sum: sum_probe, pool: pool_probe, scores: score_probe, kernel: kernel_probe };

/** The buffers that a probe needs. */
export const needed = (saved) => PROBES[saved.kind].needed(saved);

/** What is behind one pixel of the pane `saved.output`. */
export function probe_of(saved, buffers, at, key, title) {
  const { row, column, ...seen } = PROBES[saved.kind].look(saved, buffers, at);
  return {
    key,
    row,
    column,
    pane: saved.output,
    title: `${title} (${row}, ${column})`,
    ...seen,
  };
}
