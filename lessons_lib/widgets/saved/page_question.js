// A question on a page without a kernel: the settings that were saved, asked one after the other.
import { Question } from "../question/question.js";
import { judged } from "./page_judge.js";
import { PageModel } from "./page_model.js";

const OPEN = { state: "open", message: "", guess: null };

export class PageQuestion {
  /** uncover: shows the lab of that number, where this question covers one. */
  constructor(data, buffers, host, uncover) {
    Object.assign(this, { data, buffers, uncover, turn: 0, addresses: new Map() });
    host.replaceChildren();
    const traits = { asked: { shown: [] }, said: OPEN, crash: "" };
    this.model = new PageModel(traits, (content) => this.hear(content));
    this.ask(host);
  }

  /** The settings that are asked now; they go round. */
  get variant() {
    return this.data.variants[(this.turn - 1) % this.data.variants.length];
  }

  /** Ask with the next settings; host: where it stands, the first time. */
  async ask(host) {
    this.turn += 1;
    const { turn, variant } = this;
    const { shown } = variant.asked;
    await Promise.all(shown.filter(({ photo }) => photo).map(({ photo }) => this.load(photo)));
    if (this.turn !== turn) return; // another one was asked for meanwhile
    const drawn = shown.map((each) => ({ ...each, photo: this.addresses.get(each.photo) ?? "" }));
    const asked = { ...variant.asked, shown: drawn, turn };
    const traits = { asked, said: { ...OPEN, turn } };
    this.model.show(traits);
    this.view ??= new Question(this.model, host);
  }

  /** Give a photo an address; photo: {number, type}. */
  async load(photo) {
    await this.buffers.load(photo.number);
    const file = new Blob([this.buffers.get(photo.number)], { type: photo.type });
    if (!this.addresses.has(photo)) this.addresses.set(photo, URL.createObjectURL(file));
  }

  /** What the question would tell Python; see question.py. */
  hear(content) {
    if (content.turn !== this.turn) return;
    if (content.type === "commit") this.commit(content.guess);
    else if (content.type === "show") this.reveal("shown", "This is the answer.");
    else if (content.type === "another") this.ask();
  }

  commit(guess) {
    const { right, message } = judged(this.variant, guess);
    if (right === null) this.say({ ...this.model.get("said"), message });
    else if (right) this.reveal("right", message, guess);
    else this.say({ state: "wrong", message, guess });
  }

  reveal(state, message, guess = this.model.get("said").guess) {
    const { key, words, code, result } = this.variant;
    this.say({ state, message, guess, key, words, code, result });
    if (this.data.covers !== null) this.uncover(this.data.covers);
  }

  say(said) {
    this.model.show({ said: { ...said, turn: this.turn } });
  }
}
