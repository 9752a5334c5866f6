// The shelf in the page: scenes and pixels by the key of their state, no more than fit.
//
// All views of a lab in a page share one. Python decides what lies there; only where all labs of the
// page together have too much, the page itself empties the shelf that was used the longest ago.

const PAGE_BYTES = 128 * 2 ** 20;
const SHELVES = Symbol.for("lessons.shelves"); // each lab's module is loaded by itself

/** Put the buffers back into what Python's `packed` has taken them out of. */
export function unpacked(value, buffers) {
  if (Array.isArray(value)) return value.map((each) => unpacked(each, buffers));
  if (value === null || typeof value !== "object") return value;
  if (typeof value.buffer === "number") return buffers[value.buffer];
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, unpacked(each, buffers)]),
  );
}

export class Shelf {
  /** pages: the shelves of all labs of the page, the one used last at the end. */
  constructor(pages = new Set()) {
    Object.assign(this, { pages, scenes: new Map(), pixels: new Map(), uses: new Map() });
    Object.assign(this, { bytes: 0, full: false, views: 0, newest: 0 });
    this.lost = () => {}; // called when the page has emptied this shelf
  }

  /** The scene of a state and a function that gives the pixels of its panes; null where there is none. */
  find(key) {
    const found = this.scenes.get(key);
    if (!found) return null;
    this.pages.delete(this);
    this.pages.add(this);
    return found;
  }

  get size() {
    return this.scenes.size;
  }

  /**
   * Take a message of Python's: {number, scene, pixels, drop}, {drop}, {full, key} or {clear}; false where
   * another view of this page has taken it.
   */
  take({ scene, pixels = [], drop = [], clear = false, full = false, number = Infinity }, buffers) {
    if (number <= this.newest) return false;
    if (scene) this.newest = number;
    if (clear) this.clear();
    this.full = full;
    if (scene) this.lay(scene, pixels, buffers);
    for (const key of drop) this.drop(key);
    this.keep_page_small();
    return true;
  }

  lay(packed, names, buffers) {
    const first = buffers.length - names.length;
    const scene = unpacked(packed, buffers);
    // A view that has come later lacks what was sent before; Python begins anew for it.
    const is_here = ({ pixels }) => this.pixels.has(pixels) || names.includes(pixels);
    if (!scene.panes.every(is_here)) return;
    names.forEach((name, n) => {
      if (this.pixels.has(name)) return;
      this.pixels.set(name, buffers[first + n]);
      this.bytes += buffers[first + n].byteLength;
    });
    const own = buffers.slice(0, first).reduce((sum, { byteLength }) => sum + byteLength, 0);
    const size = own + JSON.stringify(packed).length;
    const panes = new Map(scene.panes.map((pane) => [pane.name, this.pixels.get(pane.pixels)]));
    for (const { pixels } of scene.panes) this.uses.set(pixels, (this.uses.get(pixels) ?? 0) + 1);
    this.drop(scene.key); // a preview, by the exact one
    this.scenes.set(scene.key, { scene, size, view_of: (name) => panes.get(name) });
    this.bytes += size;
  }

  drop(key) {
    const entry = this.scenes.get(key);
    if (!entry) return;
    this.scenes.delete(key);
    this.bytes -= entry.size;
    for (const { pixels } of entry.scene.panes) {
      const left = this.uses.get(pixels) - 1;
      this.uses.set(pixels, left);
      if (left > 0) continue;
      this.uses.delete(pixels);
      this.bytes -= this.pixels.get(pixels).byteLength;
      this.pixels.delete(pixels);
    }
  }

  clear() {
    for (const each of [this.scenes, this.pixels, this.uses]) each.clear();
    Object.assign(this, { bytes: 0, full: false });
  }

  keep_page_small() {
    const total = () => [...this.pages].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const other of [...this.pages]) {
      if (total() <= PAGE_BYTES) return;
      if (other === this || other.size === 0) continue;
      other.clear();
      other.lost();
    }
  }
}

/** The shelf that all views of a lab in this page share. */
export function shelf_of(view, lab) {
  view[SHELVES] ??= { by_lab: new Map(), pages: new Set() };
  const { by_lab, pages } = view[SHELVES];
  const shelf = by_lab.get(lab) ?? new Shelf(pages);
  by_lab.set(lab, shelf);
  pages.add(shelf);
  shelf.views += 1;
  return shelf;
}

/** A view of a lab has closed; with the last one its shelf goes. */
export function leave_shelf(view, lab) {
  const { by_lab, pages } = view[SHELVES];
  const shelf = by_lab.get(lab);
  shelf.views -= 1;
  if (shelf.views > 0) return;
  by_lab.delete(lab);
  pages.delete(shelf);
}
