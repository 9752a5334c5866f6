// Words in the text that set the next lab below, as in the notebook; see shared/setting_links.js.
import { make } from "../shared/elements.js";
import { done_words, MARK, settings_of } from "../shared/setting_links.js";
import { lab_at } from "./page_things.js";

const SAID_MS = 6000;
const NO_LAB = "The lab below lives in JupyterLab only.";

/** The first of the labs on the page that comes after an element; undefined for none. */
export function lab_below(element, lab_of = lab_at) {
  const document = element.ownerDocument;
  const after = [...document.querySelectorAll("[data-lesson-thing]")].filter(
    (host) => element.compareDocumentPosition(host) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  return after.map((host) => lab_of(host)).find(Boolean);
}

/** Let the links of a page set its labs. */
export function begin_links(document) {
  const said = make(document, "div", "lesson-link-said", document.body);
  said.setAttribute("role", "status");
  said.hidden = true;
  let timer = 0;
  const say = (text, { left, bottom }) => {
    clearTimeout(timer);
    said.textContent = text;
    said.hidden = false;
    Object.assign(said.style, { left: `${left}px`, top: `${bottom + 4}px` });
    timer = setTimeout(() => {
      said.hidden = true;
    }, SAID_MS);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a");
    const href = link?.getAttribute("href") ?? "";
    if (!href.startsWith(MARK)) return;
    event.preventDefault();
    const settings = settings_of(href);
    const lab = lab_below(link);
    lab?.apply(settings);
    say(lab ? done_words(settings) : NO_LAB, link.getBoundingClientRect());
  });
}
