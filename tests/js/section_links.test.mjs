// Links to a section of another lesson: which section they ask for, and going there once it has come.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  heading_of,
  section_of,
  seek_section,
} from "../../lessons_lib/widgets/shared/section_links.js";

const SECTION = "Why-3-×-3?";

/** A page with these notebooks in sight, each a list of the names of its headings. */
function page_of(...notebooks) {
  const document = Object.assign(new EventTarget(), { gone_to: [] });
  const made = notebooks.map((names, i) => ({
    names,
    querySelectorAll: () =>
      names.map((jupyterId) => ({
        dataset: { jupyterId },
        scrollIntoView: () => document.gone_to.push(i),
      })),
  }));
  document.querySelectorAll = (selector) => {
    assert.match(selector, /:not\(\.lm-mod-hidden\)/);
    return made;
  };
  return { document, made };
}

/** Let so many looks pass. */
function wait(t, looks) {
  for (let look = 0; look < looks; look += 1) t.mock.timers.tick(200);
}

test("only a link to a section of another notebook asks for one", () => {
  const link = (address) => section_of(new URL(address, "http://host/files/"));
  assert.equal(link("01_sliding_window.ipynb?_xsrf=2#Why-3-%C3%97-3?"), SECTION);
  assert.equal(link("01_sliding_window.ipynb"), null);
  assert.equal(link("page.html#Why"), null);
  assert.equal(section_of({}), null);
});

test("the heading is sought in the other notebook, not in the one the link stands in", () => {
  const { document, made } = page_of([SECTION], ["Recap", SECTION]);
  heading_of(document, SECTION, made[0]).scrollIntoView();
  assert.deepEqual(document.gone_to, [1]);
  assert.equal(heading_of(document, "Elsewhere", made[0]), null);
});

test("a section is gone to when it has come, until the page above it stands still", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { document, made } = page_of([], []);
  seek_section(document, SECTION, made[0]);
  wait(t, 15);
  assert.deepEqual(document.gone_to, []);
  made[1].names.push(SECTION);
  wait(t, 100);
  assert.equal(document.gone_to.length, 25);
});

test("a hand on the page ends the search", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { document, made } = page_of([], [SECTION]);
  seek_section(document, SECTION, made[0]);
  wait(t, 2);
  document.dispatchEvent(new Event("wheel"));
  wait(t, 10);
  assert.equal(document.gone_to.length, 2);
});
