// What test_every_screen.py asks of the page about a lab. Put into the page before the labs are made.

window.every_screen = { cut_numbers: [], look };

// Numbers of grids are drawn: each is noted that is wider than its cell, which was drawn before it.
const context = CanvasRenderingContext2D.prototype;
const { fillRect, fillText } = context;
context.fillRect = function (x, y, width, height) {
  this.canvas.cell = width;
  return fillRect.call(this, x, y, width, height);
};
context.fillText = function (text, ...more) {
  if (this.font.includes("monospace") && this.canvas.cell) {
    const over = this.measureText(text).width - this.canvas.cell;
    if (over > 0.5) window.every_screen.cut_numbers.push(`${text} by ${over.toFixed(1)}`);
  }
  return fillText.call(this, text, ...more);
};

const WHOLE = [
  ".lesson-pane-title, .lesson-pane-box, .lesson-pane-range, .lesson-pane-note, .lesson-slider",
  ".lesson-button, .lesson-formula, .lesson-code, .lesson-cost, .lesson-sentence, .lesson-pointer",
  ".lesson-presets button, .lesson-stepper, .lesson-header select",
].join();
const BLOCKS = [
  ".lesson-header, .lesson-controls, .lesson-pane, .lesson-steps, .lesson-pointer",
  ".lesson-written.lesson-shown, .lesson-formula, .lesson-code-line, .lesson-cost, .lesson-sentence",
  ".lesson-tools .lesson-button, .lesson-pane-title, .lesson-pane-box, .lesson-pane-under",
  ".lesson-pane-shape, .lesson-range-end",
].join();
const ARROW = 16; // CSS pixels of a list
const MAY_SCROLL = ".lesson-controls, .lesson-below, .lesson-foot, .lesson-sentence";

const box = (element) => element.getBoundingClientRect();
const name_of = (element) => `${element.className} "${element.textContent.slice(0, 30)}"`;
const is_seen = (element) => element.offsetWidth > 0 && element.offsetHeight > 0;
const style_of = (element) => getComputedStyle(element);

function look(lab) {
  const all = (css) => [...lab.querySelectorAll(css)].filter(is_seen);
  const [first] = [...all(".lesson-controls .lesson-slider"), ...all(".lesson-controls")];
  const panes = all(".lesson-pane").map((pane) => {
    const css = [...pane.classList].find((each) => each.startsWith("lesson-pane-"));
    const { width, height } = box(pane.querySelector(".lesson-pane-box"));
    const drawn = box(pane.querySelector(".lesson-pane-picture")).width;
    return [css.slice("lesson-pane-".length), { width, height, drawn }];
  });
  return {
    faults: [...cut(lab, all), ...overlapping(all(BLOCKS))],
    panes: Object.fromEntries(panes),
    scrolls: [lab, ...all(MAY_SCROLL)].filter(scrolls).map(({ className }) => className),
    reach: box(lab.querySelector(".lesson-panes")).bottom - box(first).top,
  };
}

/** Whether a list is too narrow for the words of its choice, beside its arrow. */
function cuts_its_choice(select) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = style_of(select).font;
  const words = pen.measureText(select.selectedOptions[0].textContent).width;
  return words + ARROW > select.clientWidth;
}

/** What stands out of the lab or of its box, and texts that are cut. */
function cut(lab, all) {
  const { left, right } = box(lab);
  const outside = all(WHOLE).filter(
    (each) => box(each).left < left - 1 || box(each).right > right + 1,
  );
  const clipped = all(WHOLE)
    .filter((each) => !each.matches("select, .lesson-button") && style_of(each).overflowX !== "visible")
    .filter((each) => each.scrollWidth > each.clientWidth + 1);
  const large = all(".lesson-pane-picture").filter((each) => {
    const [inner, outer] = [box(each), box(each.parentElement)];
    return inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1;
  });
  return [
    ...outside.map((each) => `outside: ${name_of(each)}`),
    ...clipped.map((each) => `cut: ${name_of(each)}`),
    ...all(".lesson-controls select").filter(cuts_its_choice).map((each) => `cut: ${each.value}`),
    ...large.map((each) => `larger than its box: ${each.closest(".lesson-pane").className}`),
  ];
}

function overlapping(blocks) {
  const found = [];
  blocks.forEach((one, n) => {
    for (const other of blocks.slice(n + 1)) {
      if (one.contains(other) || other.contains(one)) continue;
      if (one.matches(".lesson-header") && other.matches(".lesson-tools *")) continue; // its free corner
      const [a, b] = [box(one), box(other)];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 1) found.push(`${name_of(one)} on ${name_of(other)}`);
    }
  });
  return found;
}

function scrolls(element) {
  const { overflowX, overflowY } = style_of(element);
  const can = [overflowX, overflowY].some((each) => ["auto", "scroll"].includes(each));
  const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
  return can && (scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1);
}
