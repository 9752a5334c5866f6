// Just enough of a page for the stage: elements that remember, frames that the test lets pass.

class Text {
  constructor(text) {
    this.nodeValue = text;
    this.parentNode = null;
  }
  get textContent() {
    return this.nodeValue;
  }
  set textContent(text) {
    this.nodeValue = text;
  }
  remove() {
    this.parentNode?.let_go(this);
  }
  *all() {
    /* no element in here */
  }
}

class Element extends EventTarget {
  constructor(document, tag) {
    super();
    Object.assign(this, {
      ownerDocument: document,
      tagName: tag.toUpperCase(),
      childNodes: [],
      parentNode: null,
      attributes: {},
    });
    Object.assign(this, {
      dataset: {},
      class_names: [],
      clientWidth: document?.pane_width ?? 200,
      width: 0,
      height: 0,
    });
    this.style = {
      setProperty: (name, value) => {
        this.style[name] = value;
      },
    };
    this.classList = {
      add: (name) => this.classList.toggle(name, true),
      remove: (name) => this.classList.toggle(name, false),
      contains: (name) => this.class_names.includes(name),
      toggle: (name, on = !this.class_names.includes(name)) => {
        this.class_names = this.class_names.filter((each) => each !== name);
        if (on) this.class_names.push(name);
      },
    };
  }

  get className() {
    return this.class_names.join(" ");
  }
  set className(text) {
    this.class_names = text.split(" ").filter(Boolean);
  }
  get textContent() {
    return this.childNodes.map((each) => each.textContent).join("");
  }
  set textContent(text) {
    this.replaceChildren(...(text === "" ? [] : [text]));
  }
  get children() {
    return this.childNodes.filter((each) => each instanceof Element);
  }
  get firstChild() {
    return this.childNodes[0] ?? null;
  }
  get lastChild() {
    return this.childNodes.at(-1) ?? null;
  }
  get firstElementChild() {
    return this.children[0] ?? null;
  }
  get nextElementSibling() {
    const children = this.parentNode?.children ?? [];
    return children[children.indexOf(this) + 1] ?? null;
  }
  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }
  get childElementCount() {
    return this.children.length;
  }
  get parentElement() {
    return this.parentNode;
  }
  setAttribute(name, value) {
    this.attributes[name] = String(value);
    if (name === "class") this.className = value;
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }
  removeAttribute(name) {
    delete this.attributes[name];
  }

  insertBefore(child, next) {
    child.remove();
    child.parentNode = this;
    const at = next ? this.childNodes.indexOf(next) : this.childNodes.length;
    this.childNodes.splice(at, 0, child);
    return child;
  }

  append(...children) {
    for (const child of children)
      this.appendChild(typeof child === "string" ? new Text(child) : child);
  }

  appendChild(child) {
    return this.insertBefore(child, null);
  }
  let_go(child) {
    this.childNodes = this.childNodes.filter((each) => each !== child);
    child.parentNode = null;
  }
  removeChild(child) {
    this.let_go(child);
    return child;
  }
  replaceChildren(...children) {
    for (const child of [...this.childNodes]) this.let_go(child);
    this.append(...children);
  }
  remove() {
    this.parentNode?.let_go(this);
  }
  focus() {
    this.ownerDocument.activeElement = this;
  }

  *all() {
    yield this;
    for (const child of this.childNodes) yield* child.all();
  }
  matches(selector) {
    return this.classList.contains(selector.slice(1));
  }
  contains(other) {
    return [...this.all()].includes(other);
  }
  querySelectorAll(selector) {
    return [...this.all()].slice(1).filter((each) => each.matches(selector));
  }
  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }
  closest(selector) {
    return this.matches(selector) ? this : (this.parentNode?.closest(selector) ?? null);
  }

  getBoundingClientRect() {
    const [width, height] = [this.style.width, this.style.height].map(
      (each) => parseFloat(each) || 0,
    );
    return { left: 0, top: 0, bottom: height, width, height };
  }

  getContext() {
    this.drawn ??= [];
    const context = {
      fillText: (text) => this.drawn.push(text),
      setLineDash() {},
      strokeRect: () => {
        this.frames_drawn = (this.frames_drawn ?? 0) + 1;
      },
      fillRect() {},
      beginPath() {},
      save() {},
      restore() {},
      rect() {},
      clip() {},
      strokeText() {},
      stroke() {},
      fill() {},
      measureText: (text) => ({
        width: 0.6 * Number(/([\d.]+)px/.exec(context.font)[1]) * text.length,
      }),
    };
    for (const name of ["moveTo", "lineTo", "arc"])
      context[name] = (...at) => this.drawn.push([name, ...at.slice(0, 2)]);
    context.putImageData = ({ data }) => {
      this.drawn.push(Uint8ClampedArray.from(data));
    };
    this.context ??= context;
    return this.context;
  }

  dispatchEvent(event) {
    // Node's EventTarget does not bubble: walk up by hand, the target staying the same.
    Object.defineProperty(event, "target", { value: this, configurable: true });
    for (let each = this; each; each = each.parentNode) {
      EventTarget.prototype.dispatchEvent.call(each, copy(event, this));
    }
    return true;
  }
}

function copy(event, target) {
  const same = new Event(event.type);
  for (const key of ["detail", "key", "clientX", "clientY", "shiftKey", "ctrlKey"]) {
    if (key in event) Object.defineProperty(same, key, { value: event[key] });
  }
  Object.defineProperty(same, "target", { value: target });
  same.preventDefault = () => event.preventDefault();
  return same;
}

/** A page with one model on it; `pass_frame()` lets an animation frame happen. */
export function fake_page(traits, { pane_width = 200 } = {}) {
  const frames = new Map();
  const page = { observers: [], sent: [], saved: [], frames, drawn: [] };
  let last = 0;
  const view = Object.assign(new EventTarget(), { devicePixelRatio: 1, innerHeight: 800 });
  const document = Object.assign(new EventTarget(), {
    defaultView: view,
    fullscreenElement: null,
    pane_width,
  });
  document.createTextNode = (text) => new Text(text);
  document.createElement = (tag) => new Element(document, tag);
  document.createElementNS = (_, tag) => new Element(document, tag);
  Object.assign(globalThis, {
    requestAnimationFrame: (draw) => {
      last += 1;
      frames.set(last, draw);
      return last;
    },
    cancelAnimationFrame: (id) => frames.delete(id),
    getComputedStyle: () => ({ getPropertyValue: () => "" }),
    ImageData: class {
      constructor(width, height) {
        Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
      }
    },
    MutationObserver: class {
      constructor(tell) {
        this.tell = tell;
        page.observers.push(this);
      }
      observe() {}
      disconnect() {
        page.observers = page.observers.filter((each) => each !== this);
      }
    },
    ResizeObserver: class {
      constructor(tell) {
        this.tell = tell;
        page.observers.push(this);
      }
      observe(target) {
        this.tell([{ target, contentRect: { width: target.clientWidth, height: 100 } }]);
      }
      disconnect() {
        page.observers = page.observers.filter((each) => each !== this);
      }
    },
  });
  view.IntersectionObserver = class {
    constructor(tell) {
      page.scroll = (isIntersecting) => tell([{ isIntersecting }]); // into view or out of it
    }
    observe() {}
    disconnect() {}
  };
  page.handlers = [];
  page.model = {
    get: (name) => traits[name],
    set: (name, value) => {
      traits[name] = value;
    },
    save_changes: () => page.saved.push({ ...traits }),
    on: (name, handler) => page.handlers.push([name, handler]),
    off: (name, handler) => {
      page.handlers = page.handlers.filter((each) => each[0] !== name || each[1] !== handler);
    },
    send: (content) => page.sent.push(content),
  };
  page.element = new Element(document, "div");
  page.element.addEventListener("lesson-drawn", ({ detail }) => page.drawn.push(detail));
  page.tell = (changed) => {
    Object.assign(traits, changed);
    for (const name of Object.keys(changed)) {
      for (const [wanted, handler] of page.handlers) if (wanted === `change:${name}`) handler();
    }
  };
  page.hear = (content, buffers) => {
    for (const [wanted, handler] of page.handlers)
      if (wanted === "msg:custom") handler(content, buffers);
  };
  page.pass_frame = () => {
    const waiting = [...frames.values()];
    frames.clear();
    for (const draw of waiting) draw(16 * last);
    return waiting.length;
  };
  page.find = (css) => page.element.querySelector(`.${css}`);
  page.press = (element, key, more = {}) => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ...more });
    Object.defineProperty(event, "target", { value: element, configurable: true });
    EventTarget.prototype.dispatchEvent.call(view, event);
    return event;
  };
  page.point = (element, type, clientX, clientY) => {
    element.dispatchEvent(Object.assign(new Event(type), { clientX, clientY }));
  };
  return page;
}
