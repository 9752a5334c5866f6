// What a stage shows: Python's newest scene, or a better one from the shelf, each with its pixels.

/** Whether a scene shows just what another one shows: a confirmation. */
export function is_same(scene, other) {
  if (!scene.key || scene.key !== other.key || scene.exact !== other.exact) return false;
  if (scene.sentence !== other.sentence || !scene.error !== !other.error) return false;
  if (scene.error) return true; // the pictures behind are those that are shown already
  const pixels = ({ panes }) => panes.map((pane) => `${pane.name} ${pane.pixels}`).join();
  return pixels(scene) === pixels(other);
}

export class Shown {
  /** model: of the stage; ahead: see ahead.js. */
  constructor(model, ahead) {
    Object.assign(this, { model, ahead, now: null, last_good: null });
  }

  /** Choose what is to be shown now; false where there is nothing yet. */
  choose() {
    const scene = this.model.get("scene");
    if (!scene?.panes) return false;
    const found = this.ahead.better_than(scene);
    const next = found ? { ...found, from_shelf: true } : this.from_python(scene);
    if (!this.now || !this.stays(next)) this.now = next;
    if (!this.now.scene.error) this.last_good = this.now;
    return true;
  }

  /** Whether what is shown stays: it is the same, or newer than what Python has sent. */
  stays(next) {
    if (next.scene === this.now.scene || is_same(this.now.scene, next.scene)) return true;
    if (next.from_shelf) return false;
    const { key } = this.ahead;
    if (this.now.scene.key === key && next.scene.key !== key) return true; // an earlier move's answer
    return this.now.from_shelf && this.ahead.waits && !this.ahead.is_missed(next.scene);
  }

  /** Python's scene with the pixels that came with it. */
  from_python(scene) {
    if (this.newest?.scene !== scene) {
      const views = new Map(
        scene.panes.map(({ name, slot }) => [name, this.model.get(`pixels_${slot}`)]),
      );
      this.newest = { scene, view_of: (name) => views.get(name), from_shelf: false };
    }
    return this.newest;
  }

  get scene() {
    return this.now.scene;
  }

  get from_shelf() {
    return this.now.from_shelf;
  }

  /** The last scene that was not refused; its panes stand behind a refusal. */
  get good() {
    return (this.last_good ?? this.now).scene;
  }

  view_of(name) {
    return (this.now.scene.error ? (this.last_good ?? this.now) : this.now).view_of(name);
  }
}
