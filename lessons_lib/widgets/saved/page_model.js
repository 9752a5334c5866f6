// What stands in for the kernel's model of a stage, on a page without one.

export class PageModel {
  /** traits: what the stage reads at first; hear: takes what the stage would tell Python. */
  constructor(traits, hear) {
    Object.assign(this, { traits: { ...traits }, hear, handlers: new Map(), changed: [] });
  }

  get(name) {
    return this.traits[name];
  }

  /** Set a trait, and tell those who listen once all traits are set. */
  set(name, value) {
    this.traits[name] = value;
    this.changed.push(name);
  }

  /** Set several traits at once; then each change is told. */
  show(traits) {
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) this.tell(`change:${name}`);
  }

  on(event, handler) {
    const handlers = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, handlers.add(handler));
  }

  off(event, handler) {
    this.handlers.get(event)?.delete(handler);
  }

  tell(event) {
    for (const handler of this.handlers.get(event) ?? []) handler(this);
  }

  /** What the page has set is told to those who listen, then to the one in Python's place. */
  save_changes() {
    const changed = this.changed.splice(0);
    for (const name of changed) this.tell(`change:${name}`);
    for (const name of changed) this.hear({ type: "set", name, value: this.traits[name] });
  }

  send(content) {
    this.hear(content);
  }
}
