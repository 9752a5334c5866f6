// Words in the text that set the lab: what a link says, which lab it means, what is said of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ABSENT,
  BUSY,
  done_words,
  join_links,
  set_below,
  settings_of,
} from "../../lessons_lib/widgets/shared/setting_links.js";
import { STOPPED } from "../../lessons_lib/widgets/shared/kernel_state.js";
import { fake_page } from "./fake_page.mjs";

const WIDGET = "application/vnd.jupyter.widget-view+json";
const LINK = "#set-stride=5&padding=3";
const SETTINGS = { stride: 5, padding: 3 };

/** Cells as JupyterLab's notebook has them; `shows` are ids of widgets in the output. */
function cell({ type = "code", source = "", ran = true, shows = [] }) {
  const outputs = shows.map((model_id) => ({ data: { [WIDGET]: { model_id } } }));
  outputs.unshift({ data: { "text/plain": "3" } });
  return {
    type,
    sharedModel: { getSource: () => source },
    executionCount: ran ? 7 : null,
    outputs: type === "code" && { length: outputs.length, get: (i) => outputs[i] },
  };
}

const model_of = (traits) => ({ get: (name) => traits[name] });

/** A notebook's widgets: labs by the id of their outermost model, with what each stage was sent. */
function manager_of(cells, { labs = {}, status = "idle" } = {}) {
  const models = { question: model_of({ _dom_classes: [] }) };
  for (const [id, comm_live] of Object.entries(labs)) {
    const stage = { comm_live, sent: [], send: (content) => stage.sent.push(content) };
    const host = model_of({ children: [stage] });
    const children = [model_of({}), model_of({}), host];
    models[id] = model_of({ _dom_classes: ["lesson-lab"], children, stage });
  }
  return {
    kernel: { status },
    context: { model: { cells: { length: cells.length, get: (i) => cells[i] } } },
    get_model: (id) => (models[id] ? Promise.resolve(models[id]) : Promise.reject(new Error(id))),
    sent: (id) => models[id].get("stage").sent,
  };
}

const text = cell({ type: "markdown", source: `Set [stride 5](${LINK}).` });

test("a link's words become numbers, True and False, and words", () => {
  assert.deepEqual(settings_of("#set-stride=20&bias=-0.5&own=True&bare=False&mode=circular"), {
    stride: 20,
    bias: -0.5,
    own: true,
    bare: false,
    mode: "circular",
  });
  assert.deepEqual(settings_of("#set-dilations=1_2_4&picture=zone%20plate"), {
    dilations: "1_2_4",
    picture: "zone plate",
  });
  assert.deepEqual(settings_of("#set-try=20"), { try: "20" }); // a button's label
  assert.deepEqual(settings_of("#set-try=edges,+turned"), { try: "edges, turned" });
});

test("the next lab below is set, not one above, beyond it, or what else a cell shows", async () => {
  const cells = [
    cell({ shows: ["above"] }),
    text,
    cell({ source: "stride_lab(stride=2)  # nothing is shown", shows: [] }),
    cell({ shows: ["question", "gone"] }),
    cell({ type: "markdown", source: "stride_lab()", ran: false }),
    cell({ shows: ["below"] }),
    cell({ shows: ["beyond"] }),
  ];
  const manager = manager_of(cells, { labs: { above: true, below: true, beyond: true } });
  assert.equal(await set_below(manager, 1, SETTINGS), "Set in the lab below: stride 5, padding 3.");
  assert.deepEqual(manager.sent("below"), [{ type: "apply", settings: SETTINGS }]);
  assert.deepEqual([...manager.sent("above"), ...manager.sent("beyond")], []);
});

test("a lab that has not run yet is said, and no other one is set for it", async () => {
  const cells = [text, cell({ source: "dilation_lab()", ran: false }), cell({ shows: ["beyond"] })];
  const manager = manager_of(cells, { labs: { beyond: true } });
  assert.equal(await set_below(manager, 0, SETTINGS), ABSENT);
  assert.deepEqual(manager.sent("beyond"), []);
  assert.equal(await set_below(manager, 2, SETTINGS), ABSENT);
  cells[1] = cell({ source: "jumps", ran: false }); // called in a cell above
  assert.equal(await set_below(manager, 0, SETTINGS), ABSENT);
  assert.equal(await set_below(undefined, 0, SETTINGS), ABSENT);
});

test("a lab without its kernel is said and gets nothing; a busy kernel is said", async () => {
  const cells = [text, cell({ shows: ["below"] })];
  const lost = manager_of(cells, { labs: { below: false } });
  assert.equal(await set_below(lost, 0, SETTINGS), STOPPED);
  assert.deepEqual(lost.sent("below"), []);
  const busy = manager_of(cells, { labs: { below: true }, status: "busy" });
  assert.equal(await set_below(busy, 0, SETTINGS), BUSY);
  assert.equal(busy.sent("below").length, 1);
});

test("what was set is told in words", () => {
  const told = done_words({ own_stride: true, bias: -0.5, padding_mode: "circular" });
  assert.equal(told, "Set in the lab below: own stride on, bias −0.5, padding mode circular.");
  assert.equal(done_words({ try: "3_1" }), "Set in the lab below: “3_1”.");
});

/** A page with two notebooks that have the same text, each with its lab, and a link in each. */
function two_notebooks() {
  const page = fake_page({});
  const { ownerDocument: document } = page.element;
  document.body = page.element;
  const add = (parent, tag, css) => {
    const element = document.createElement(tag);
    element.className = css;
    parent.append(element);
    return element;
  };
  const notebooks = ["first", "second"].map((id) => {
    const manager = manager_of([text, cell({ shows: [id] })], { labs: { [id]: true } });
    const notebook = add(page.element, "div", "jp-Notebook");
    const place = add(notebook, "div", "jp-Cell");
    place.dataset.windowedListIndex = "0";
    const link = add(place, "a", "link");
    link.setAttribute("href", LINK);
    link.matches = (selector) => selector === "a";
    const root = add(notebook, "div", "lesson-stage");
    const leave = join_links({ widget_manager: manager }, root);
    return { id, manager, link, root, leave };
  });
  const { lessonLinks: links } = document.defaultView;
  const events = { prevented: 0, stopped: 0 };
  const press = (target) =>
    links.take({
      target,
      preventDefault: () => {
        events.prevented += 1;
      },
      stopImmediatePropagation: () => {
        events.stopped += 1;
      },
    });
  return { page, notebooks, links, press, events };
}

test("a link sets the lab of its own notebook, and nothing else hears the click", async () => {
  const { notebooks, press, events } = two_notebooks();
  const [first, second] = notebooks;
  await press(second.link);
  assert.equal(second.manager.sent("second").length, 1);
  assert.equal(first.manager.sent("first").length, 0);
  assert.deepEqual(events, { prevented: 1, stopped: 1 });
});

test("where its labs are scrolled out of the page, a notebook is known by the link's text", async () => {
  const { notebooks, press } = two_notebooks();
  const [first, second] = notebooks;
  second.root.remove();
  first.manager.context.model.cells.get = () => cell({ type: "markdown", source: "other" });
  await press(second.link);
  assert.equal(second.manager.sent("second").length, 1);
});

test("a closed lab leaves; then its notebook has none, and the link says so", async () => {
  const { page, notebooks, links, press } = two_notebooks();
  for (const { leave } of notebooks) leave();
  await press(notebooks[0].link);
  assert.equal(links.said.textContent, ABSENT);
  assert.equal(links.said.getAttribute("role"), "status");
  links.say("");
  assert.ok(links.said.hidden);
  assert.equal(page.element.querySelectorAll(".lesson-link-said").length, 1);
});

test("what is said stays at its link where JupyterLab scrolls to the cell that was clicked on", async () => {
  const { notebooks, links, press } = two_notebooks();
  const [{ link }] = notebooks;
  await press(link);
  link.getBoundingClientRect = () => ({ left: 30, bottom: 500 });
  links.stay();
  assert.equal(links.said.textContent, "Set in the lab below: stride 5, padding 3.");
  assert.equal(links.said.style.top, "504px");
});

test("other links, and links outside a notebook, are left alone", () => {
  const { page, notebooks, press, events } = two_notebooks();
  const [{ link }] = notebooks;
  link.setAttribute("href", "#How-large-is-the-output?");
  press(link);
  link.setAttribute("href", LINK);
  page.element.append(link);
  press(link);
  assert.deepEqual(events, { prevented: 0, stopped: 0 });
});
