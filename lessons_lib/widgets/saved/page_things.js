// Makes a page without a kernel alive: each thing where an element names it.
import { bytes_of, Buffers, inflated } from "./page_buffers.js";
import { PageLab } from "./page_lab.js";
import { PageQuestion } from "./page_question.js";
import { PageWords } from "./page_words.js";

const KINDS_OF_THINGS = { lab: PageLab, question: PageQuestion, words: PageWords };

const LABS = new WeakMap(); // by the element they stand in

/** The lab that stands in an element; undefined where another thing does. */
export const lab_at = (host) => LABS.get(host);

/** Begin with the data that a script before this one has left, see page.py. */
export async function begin(document) {
  const { things, bytes } = document.defaultView.lessonData ?? {};
  if (!things) return;
  const told = JSON.parse(new TextDecoder().decode(await inflated(bytes_of(things))));
  const buffers = new Buffers(told.buffers, bytes_of(bytes), document);
  const uncover = (number) => {
    for (const host of document.querySelectorAll(`[data-lesson-thing="${number}"]`))
      lab_at(host)?.uncover();
  };
  for (const host of document.querySelectorAll("[data-lesson-thing]")) {
    const data = told.things[Number(host.dataset.lessonThing)];
    const thing = new KINDS_OF_THINGS[data.kind](data, buffers, host, uncover);
    if (data.kind === "lab") LABS.set(host, thing);
  }
}
