// A link to a section of another lesson: JupyterLab opens the lesson, but asks for the section
// before its cells are in the page. So the section is sought until it has come and stands still.
const IN_SIGHT = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook";
const LOOK_MS = 200;
const MOST_LOOKS = 150; // a lesson may take long to open
const MORE_LOOKS = 25; // after it was found: cells get their heights, and JupyterLab goes to the top
const HANDS = ["wheel", "pointerdown", "keydown"];

/** The name of the section that a link to another notebook asks for; null where it asks for none. */
export function section_of({ pathname = "", hash = "" }) {
  return pathname.endsWith(".ipynb") && hash.length > 1 ? decodeURIComponent(hash.slice(1)) : null;
}

/** The heading of that name in a notebook that is in sight, but not in the one the link stands in. */
export function heading_of(document, section, from) {
  for (const notebook of document.querySelectorAll(IN_SIGHT)) {
    if (notebook === from) continue;
    const named = [...notebook.querySelectorAll("[data-jupyter-id]")];
    const heading = named.find(({ dataset }) => dataset.jupyterId === section);
    if (heading) return heading;
  }
  return null;
}

/** Go to the section once the other notebook shows it, unless the reader's hand comes first. */
export function seek_section(document, section, from) {
  let [looks, more] = [MOST_LOOKS, MORE_LOOKS];
  let timer = setTimeout(look, LOOK_MS);
  function look() {
    const heading = heading_of(document, section, from);
    heading?.scrollIntoView();
    if (heading) more -= 1;
    looks -= 1;
    if (looks > 0 && more > 0) timer = setTimeout(look, LOOK_MS);
    else stop();
  }
  function stop() {
    clearTimeout(timer);
    for (const name of HANDS) document.removeEventListener(name, stop, true);
  }
  for (const name of HANDS) document.addEventListener(name, stop, true);
  return stop;
}
