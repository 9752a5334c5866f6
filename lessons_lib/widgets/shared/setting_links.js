// Words in the text that set the lab: a link to #set-stride=20&padding=3 moves the controls of the
// next lab below it, one to #set-try=by+hand presses its button "by hand". What stands below is
// asked of the notebook, not of the page: JupyterLab takes cells out that are scrolled away. In Voila
// there is only the page, and all of it.
import { kernel_words } from "./kernel_state.js";
import { is_voila, make } from "./elements.js";
import { section_of, seek_section } from "./section_links.js";
import { tell } from "./sender.js";

export const MARK = "#set-";
const BUTTON = "try"; // one of the lesson's settings, by its label; no parameter has this name
const NOTEBOOK = ".jp-Notebook";
const LAB = /\b\w+_lab\(|^\s*\w+\s*$/; // a call, or the name alone of one that was called before
const WIDGET = "application/vnd.jupyter.widget-view+json";
const SHOWN_MS = 6000;
const SAID_PX = 360; // what is said at a link, with its border
export const ABSENT =
  "The lab below is not there yet. Run its cell, or choose Run > Run All Cells.";
export const BUSY = "The kernel is busy. The lab answers as soon as it is free.";

/** "#set-stride=20&own=True&mode=reflect" -> {stride: 20, own: true, mode: "reflect"} */
export function settings_of(href) {
  const pairs = [...new URLSearchParams(href.slice(MARK.length))];
  return Object.fromEntries(pairs.map(([name, word]) => [name, value_of(name, word)]));
}

function value_of(name, word) {
  if (name === BUTTON) return word;
  if (word === "True" || word === "False") return word === "True";
  return /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : word;
}

/** {stride: 20, own_stride: true} -> "Set in the lab below: stride 20, own stride on." */
export function done_words(settings) {
  const each = Object.entries(settings).map(([name, value]) => said_setting(name, value));
  return `Set in the lab below: ${each.join(", ")}.`;
}

function said_setting(name, value) {
  if (name === BUTTON) return `“${value}”`;
  const word = { true: "on", false: "off" }[value] ?? value;
  const said = typeof word === "number" ? String(word).replace("-", "−") : word;
  return `${name} ${said}`.replaceAll("_", " ");
}

/** The stage's model of a lab whose outermost model is this; null for what is no lab. */
function stage_of(model) {
  if (!model?.get("_dom_classes")?.includes("lesson-lab")) return null;
  return model.get("children").at(-1).get("children")[0];
}

/** The ids of the widgets that a cell shows. */
function shown_in({ outputs }) {
  const all = Array.from({ length: outputs?.length ?? 0 }, (_, i) => outputs.get(i).data[WIDGET]);
  return all.filter(Boolean).map(({ model_id }) => model_id);
}

/** The stage's model of the next lab after the cell at `index`; null where it has not run. */
export async function stage_below(manager, index) {
  const { cells } = manager.context.model;
  for (let i = index + 1; i < cells.length; i += 1) {
    const cell = cells.get(i);
    for (const id of shown_in(cell)) {
      const stage = stage_of(await manager.get_model(id).catch(() => null));
      if (stage) return stage;
    }
    const waits = cell.type === "code" && cell.executionCount === null;
    if (waits && LAB.test(cell.sharedModel.getSource())) return null;
  }
  return null;
}

/** Move the controls of the next lab below; gives what is to be said of it. */
export async function set_below(manager, index, settings) {
  const stage = manager && (await stage_below(manager, index));
  if (!stage) return ABSENT;
  if (!stage.comm_live) return kernel_words("lab").stopped;
  return set_lab(stage, manager, settings);
}

/** The same where the page is all there is: `labs` are those in it, in any order. */
function set_after(link, labs, settings) {
  const is_after = (a, b) => a.compareDocumentPosition(b) & a.DOCUMENT_POSITION_FOLLOWING;
  const [next] = labs
    .filter(({ root }) => is_after(link, root))
    .sort((a, b) => (is_after(a.root, b.root) ? -1 : 1));
  return next ? set_lab(next.model, next.manager, settings) : ABSENT;
}

function set_lab(stage, manager, settings) {
  tell(() => stage.send({ type: "apply", settings }));
  return manager.kernel?.status === "busy" ? BUSY : done_words(settings);
}

/** All links of a page; the labs that are shown in it have joined. */
class Links {
  constructor(document) {
    Object.assign(this, { document, labs: new Set(), timer: 0 });
    const view = document.defaultView;
    this.said = make(document, "div", "lesson-link-said", document.body);
    this.said.setAttribute("role", "status");
    this.said.hidden = true;
    // JupyterLab listens on the document: the window is earlier.
    view.addEventListener("click", (event) => this.take(event), { capture: true });
    view.addEventListener(
      "keydown",
      (event) => {
        if (event.key === "Enter") this.take(event);
      },
      { capture: true },
    );
    view.addEventListener("scroll", () => this.stay(), { capture: true, passive: true });
  }

  /** A click on a link, or Enter: it acts here, and the page stays where it is. */
  take(event) {
    const link = event.target.closest?.("a");
    const href = link?.getAttribute("href") ?? "";
    const notebook = link?.closest(NOTEBOOK);
    if (!notebook) return null;
    const section = href.startsWith("#") ? null : section_of(link);
    if (section) this.seek(section, notebook);
    if (!href.startsWith(MARK)) return null;
    event.preventDefault();
    event.stopImmediatePropagation();
    const in_page = [...this.labs].filter(({ manager }) => !manager.context);
    if (in_page.length) return this.say(set_after(link, in_page, settings_of(href)), link);
    const index = Number(link.closest(".jp-Cell").dataset.windowedListIndex);
    return this.act(link, this.manager_of(notebook, index, href), index, settings_of(href));
  }

  seek(section, notebook) {
    this.stop_seeking?.();
    this.stop_seeking = seek_section(this.document, section, notebook);
  }

  async act(link, manager, index, settings) {
    this.say(await set_below(manager, index, settings), link);
  }

  /** The widgets of a notebook: those of a lab in it or, where all are scrolled away, by the text. */
  manager_of(notebook, index, href) {
    const labs = [...this.labs];
    const written = decodeURI(href);
    const has_link = ({ manager }) =>
      manager.context.model.cells.get(index)?.sharedModel.getSource().includes(written);
    const found = labs.find(({ root }) => root.closest(NOTEBOOK) === notebook);
    return (found ?? labs.find(has_link))?.manager;
  }

  /** Say something below the link for a while, also to those who only hear it. */
  say(text, link = null) {
    clearTimeout(this.timer);
    this.link = link;
    this.said.textContent = text;
    this.said.hidden = !text;
    if (!text) return;
    this.stay();
    this.timer = setTimeout(() => this.say(""), SHOWN_MS);
  }

  /** Stay below the link: JupyterLab scrolls to the cell that was clicked on. */
  stay() {
    if (!this.link) return;
    const { left, bottom } = this.link.getBoundingClientRect();
    const end = this.document.defaultView.innerWidth - SAID_PX;
    Object.assign(this.said.style, { left: `${Math.min(left, end)}px`, top: `${bottom + 4}px` });
  }
}

/** Let the links of the page set this lab; gives the cleanup. model: of its stage, root: in it. */
export function join_links(model, root) {
  const manager = model.widget_manager;
  const view = root.ownerDocument.defaultView;
  if (!manager?.context && !is_voila(root.ownerDocument)) return () => undefined;
  view.lessonLinks ??= new Links(root.ownerDocument);
  const { labs } = view.lessonLinks;
  const lab = { manager, model, root };
  labs.add(lab);
  return () => labs.delete(lab);
}
