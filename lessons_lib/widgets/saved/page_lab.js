// A lab on a page without a kernel: its controls, and the stage with the states that were saved.
import { make } from "../shared/elements.js";
import { BETWEEN } from "../shelf/ahead.js";
import { unpacked } from "../shelf/shelf.js";
import { Stage } from "../stage/stage.js";
import { next_parts, PageAhead } from "./page_ahead.js";
import { bytes_of } from "./page_buffers.js";
import { nearest_value, PageControls } from "./page_controls.js";
import { PageModel } from "./page_model.js";
import { needed, probe_of } from "./page_probe.js";
import { PageWork } from "./page_work.js";

const KEPT = ["panes", "links", "cell_links", "stepper", "microscopes", "state"];

/** A setting as a call of the lab writes it, of what a scene or a link says. */
export function word_of(value) {
  if (value === true) return "True";
  if (value === false) return "False";
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** How the lab is called for these parts of a key; what every lab of its kind begins with is left out. */
export function call_of({ function: name, controls }, parts, others = []) {
  const said = controls
    .filter(({ kind, place, plain }) => kind !== "presets" && parts[place] !== plain)
    .map((spec) => [spec.name, spec.values.find(({ part }) => part === parts[spec.place])])
    .filter(([, value]) => value)
    .map(([setting, { word }]) => `${setting}=${word}`);
  return `${name}(${[...said, ...others].join(", ")})`;
}

/**
 * {place: part} of what settings lead to, as far as a page has the values: of a slider the nearest. `try`
 * stands for a button of a row, by its label.
 */
export function moved_by({ try: label, ...settings }, controls) {
  const buttons = controls.flatMap((spec) => spec.buttons ?? []);
  const moved = { ...buttons.find(({ text }) => text === label)?.sets };
  for (const [name, value] of Object.entries(settings)) {
    const spec = controls.find((each) => each.name === name);
    const same = ({ word }) => word === word_of(value) || Number(word) === value;
    const near = spec?.kind === "slider" ? nearest_value(spec, Number(value)) : undefined;
    const found = spec?.values.find(same) ?? near;
    if (found) moved[spec.place] = found.part;
  }
  return moved;
}

/** Scenes by their keys, as they are or as they are covered. */
function scenes_of(scenes, are_covered) {
  return new Map(
    scenes.map(({ covered, ...scene }) => [scene.key, (are_covered && covered) || scene]),
  );
}

export class PageLab {
  constructor(data, buffers, host) {
    const document = host.ownerDocument;
    Object.assign(this, { data, buffers, seq: 0, held: [] });
    this.covered = data.covered;
    this.scenes = scenes_of(data.scenes, data.covered);
    this.start = data.start.split(BETWEEN);
    this.parts = this.start;
    const lab = make(document, "div", `lesson-lab lesson-lab-${data.name} lesson-saved`, null);
    const header = make(document, "div", "lesson-header", lab);
    const title = make(document, "div", "widget-html", header);
    make(document, "span", "lesson-title", title, data.title);
    const body = make(document, "div", "lesson-controls", lab);
    const stage_host = make(document, "div", "lesson-stage-host", lab);
    const el = make(document, "div", "lesson-stage-host", stage_host);
    this.controls = new PageControls(data, { header, body }, (moved) => this.move(moved));
    const has = (parts) => this.scenes.has(parts.join(BETWEEN));
    const move = (moved) => this.move(moved);
    this.works = data.works.map((work) => new PageWork(work, body, { has, move }));
    body.hidden = !body.children.length;
    const tables = Object.entries(data.tables).map(([name, text]) => [name, bytes_of(text)]);
    this.model = new PageModel(
      {
        look: { ...data.look, saved_room: data.room },
        tables: Object.fromEntries(tables),
        timing: null, // nothing is measured here
        pointer: {},
        probe: {},
        crash: "",
        moves: [],
      },
      (content) => this.hear(content),
    );
    host.replaceChildren(lab);
    this.stage = new Stage(this.model, el);
    this.ahead = new PageAhead({
      load: (saved) => this.load(saved),
      states: () => this.likely(),
      done: () => {
        this.stage.parts.root.dataset.shelf = "full";
      },
      view: document.defaultView,
    });
    this.go(this.start);
  }

  /** A control has moved: {place: part}, or null for all back to the start. */
  move(moved) {
    this.held = Object.keys(moved ?? {}).map(Number);
    if (!moved) this.reset();
    this.go(moved ? this.without_outdated(Object.assign([...this.parts], moved)) : this.start);
  }

  /** What only the page knows of goes back as well. */
  reset() {
    for (const work of this.works) work.stop();
    this.stage.reset();
  }

  /** These parts, but without what long work has found where that was not saved with them. */
  without_outdated(parts) {
    if (this.scenes.has(parts.join(BETWEEN))) return parts;
    const found = this.works.map(({ work, none }) => [work.place, none]);
    return Object.assign([...parts], Object.fromEntries(found));
  }

  /** Show what was covered until a question was answered. */
  async uncover() {
    if (!this.covered) return;
    this.covered = false;
    this.scenes = scenes_of(this.data.scenes, false);
    const { parts } = this;
    const good = this.last ? this.last.key.split(BETWEEN) : parts; // a refusal stands over its panes
    await this.go(good);
    if (this.parts === good) this.go(parts);
  }

  /** Show the state of these parts, or say that it is not here. */
  async go(parts) {
    this.parts = parts;
    for (const work of this.works) work.draw(parts);
    const key = parts.join(BETWEEN);
    const saved = this.scenes.get(key);
    this.controls.draw(parts, saved?.state);
    const bytes = saved && (this.ready(saved) ?? (await this.load(saved)));
    if (this.parts !== parts) return; // another move has come meanwhile
    if (saved) this.before = parts;
    this.model.show(saved ? this.traits_of(saved, bytes) : { scene: this.absent(key, parts) });
    this.look(this.model.get("pointer"));
    this.ahead.begin();
  }

  /** The scenes that the page holds, as they are likely to be wanted. */
  *likely() {
    const found = new Set();
    const works = this.data.works.map(({ place, steps }) => ({ place, values: steps }));
    for (const parts of next_parts([...this.data.controls, ...works], this.parts, this.held)) {
      const saved = this.scenes.get(parts.join(BETWEEN));
      if (saved && !found.has(saved)) yield saved;
      found.add(saved);
    }
    for (const saved of this.scenes.values()) if (!found.has(saved)) yield saved;
  }

  numbers_of({ buffers, panes }) {
    return [...buffers, ...panes.map(({ bytes }) => bytes)];
  }

  /** The bytes of a scene by their numbers; null where some are not unpacked. */
  ready(saved) {
    const found = this.numbers_of(saved).map((number) => [number, this.buffers.get(number)]);
    return found.every(([, bytes]) => bytes) ? new Map(found) : null;
  }

  async load(saved) {
    const coming = this.numbers_of(saved).map(async (number) => [
      number,
      await this.buffers.load(number),
    ]);
    return new Map(await Promise.all(coming));
  }

  traits_of(saved, bytes) {
    this.seq += 1;
    const { buffers, looked_at: _, ...packed } = saved;
    const scene = unpacked(
      packed,
      buffers.map((number) => bytes.get(number)),
    );
    scene.panes = scene.panes.map((pane, slot) => ({ ...pane, slot }));
    if (!scene.error) this.last = scene;
    const pixels = scene.panes.map((pane, slot) => [`pixels_${slot}`, bytes.get(pane.bytes)]);
    const kept = scene.error && this.last ? this.last : {};
    const shown = Object.fromEntries(KEPT.map((name) => [name, kept[name] ?? scene[name]]));
    return { ...Object.fromEntries(pixels), scene: { ...scene, ...shown, seq: this.seq } };
  }

  /** A scene that says where to see what this page does not hold. */
  absent(key, parts, call = call_of(this.data, parts)) {
    this.seq += 1;
    return {
      ...this.last,
      seq: this.seq,
      key,
      exact: true,
      formula: [],
      code: [{ text: call, role: "", style: "" }],
      copied: "",
      cost: null,
      compared: null,
      sentence: `This page does not hold these settings together. In JupyterLab: ${call}`,
      error: {
        title: "not on this page",
        message: call,
        explanation:
          "This page holds only some of the lab's settings: one control at a time moves from each " +
          "of the classic ones. In JupyterLab this call shows the rest.",
        nearest: { back: true },
        nearest_text: "the settings before",
      },
    };
  }

  /** What the stage would tell Python. */
  hear(content) {
    if (content.type === "apply" && content.settings.back) this.go(this.before);
    else if (content.type === "apply") this.apply(content.settings);
    else if (content.type === "click") this.click(content);
    else if (content.type === "set" && content.name === "pointer") this.look(content.value);
  }

  /** Look up the numbers behind a pixel. */
  async look(pointer) {
    const { pane, row, column } = pointer;
    const { key, panes } = this.model.get("scene");
    const saved = this.scenes.get(key)?.looked_at.find(({ output }) => output === pane);
    if (!saved || row === undefined) return;
    const missing = needed(saved).filter((number) => !this.buffers.get(number));
    if (missing.length) {
      await Promise.all(missing.map((number) => this.buffers.load(number)));
      if (this.model.get("pointer") !== pointer || this.model.get("scene").key !== key) return;
    }
    const { title } = panes.find(({ name }) => name === pane);
    this.model.show({ probe: probe_of(saved, this.buffers, { row, column }, key, title) });
  }

  /** Set what a click on a pane stands for, or say how the lab is called for it. */
  click({ pane, row, column }) {
    const clicked = this.model.get("scene").panes.find(({ name }) => name === pane);
    const [down, across] = clicked.click_sets;
    const wanted = { [down]: row, [across]: column + (clicked.axes?.first ?? 0) };
    const settings = Object.entries(wanted).filter(([name]) => this.data.fields.includes(name));
    if (settings.every(([name]) => this.spec_of(name)?.values.length > 1))
      this.apply(Object.fromEntries(settings));
    else this.refuse(settings);
  }

  /** Say that what a hand has clicked on is not here; the controls stay. */
  refuse(settings) {
    const { parts } = this;
    const others = settings.map(([name, value]) => `${name}=${word_of(value)}`);
    const call = call_of(this.data, parts, others);
    this.parts = [...parts]; // what is under way is not shown over it
    this.model.show({ scene: this.absent(`${parts.join(BETWEEN)}${BETWEEN}${call}`, parts, call) });
  }

  spec_of(name) {
    return this.data.controls.find((each) => each.name === name);
  }

  /** Set parameters by name, as far as this page has the values. */
  apply(settings) {
    this.move(moved_by(settings, this.data.controls));
  }
}
