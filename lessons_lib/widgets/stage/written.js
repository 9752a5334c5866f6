// The line below the panes: what was done under the window of one cell, or where one cell is stamped.
import { factors, OPERATIONS, stamp_terms, stamps, written_terms } from "./operations.js";
import { held } from "./layout.js";
import { step_of } from "./stepper.js";
import { show_terms } from "../shared/words.js";

export class Written {
  /** line: the element that holds it; panes: Map name -> Pane. */
  constructor(line, panes, pointing, document) {
    Object.assign(this, { line, panes, pointing, document, said: "", cell: null });
  }

  show(on) {
    this.line.classList.toggle("lesson-shown", on);
  }

  clear() {
    if (!this.said) return;
    this.said = "";
    this.line.replaceChildren();
  }

  draw(stepper) {
    const { focus } = this.pointing;
    if ([stepper.output, stepper.walks].includes(focus?.pane)) this.cell = focus;
    const pane = this.panes.get(this.cell?.pane);
    const found = this.parts_of(stepper);
    if (!pane?.pane || !found) return;
    const cell = { pane: pane.name, ...held(this.cell, pane.extent) }; // the output may be smaller now
    const { link, source, kernel } = found;
    const terms =
      cell.pane === stepper.output
        ? this.terms_of(stepper, cell, found)
        : stamp_terms(stamps(link, cell, source, kernel), stepper.roles);
    const line = [{ text: `${this.pointing.name_of(cell)}:  `, role: "", style: "" }, ...terms];
    const key = JSON.stringify(line);
    if (this.said === key) return;
    this.said = key;
    show_terms(this.line, line, this.document);
  }

  /** The link that the stepper goes along, and its panes; null until all of them have been drawn. */
  parts_of(stepper) {
    const links = this.pointing.links.filter(({ output }) => output === stepper.output);
    const link = links.find(({ kernel }) => kernel) ?? links[0];
    const [output, source] = [link?.output, link?.source].map((name) => this.panes.get(name));
    const kernel = link?.kernel ? this.panes.get(link.kernel) : null;
    if (!output?.values || !source?.values || (kernel && !kernel.values)) return null;
    return { link, output, source, kernel };
  }

  /** What is done under one output cell, as far as it has been painted. */
  terms_of(stepper, cell, { link, output, source, kernel }) {
    const at = step_of(cell, { rows: output.pane.height, columns: output.pane.width });
    const result = at < stepper.reveal_of(output.name) ? output.values[at] : undefined;
    const painted = stepper.walks === output.name ? Infinity : stepper.reveal;
    const beyond = stepper.counts_outside ? OPERATIONS[stepper.operation].outside : null;
    const numbers = factors(link, cell, source, kernel, { painted, beyond });
    const { operation, bias_label, roles } = stepper;
    const bias = stepper.biases[cell.channel];
    return written_terms(numbers, result, { operation, bias, bias_label, roles });
  }
}
