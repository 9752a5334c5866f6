// Light or dark, as the head of a page decides it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { runInNewContext } from "node:vm";

const SOURCE = readFileSync(
  new URL("../../lessons_lib/widgets/saved/theme.js", import.meta.url),
  "utf8",
);

/** A page whose browser asks for dark or not, with what it has kept; null: it may keep nothing. */
function page_of(dark, kept) {
  const asked = Object.assign(new EventTarget(), { matches: dark });
  const root = { dataset: {}, style: {} };
  const window = {};
  const localStorage = {
    getItem: (name) => kept[name] ?? null,
    setItem: (name, value) => {
      kept[name] = value;
    },
  };
  const document = { documentElement: root, body: null };
  runInNewContext(SOURCE, { window, document, localStorage, matchMedia: () => asked });
  return { asked, root, document, window };
}

const shown = ({ root }) => [
  root.dataset.jpThemeLight,
  root.dataset.jpThemeName,
  root.style.colorScheme,
];
const LIGHT = ["true", "light", "light"];
const DARK = ["false", "dark", "dark"];

test("a page is dark where the browser asks for it, and follows it", () => {
  const page = page_of(true, {});
  assert.deepEqual(shown(page), DARK);
  page.asked.matches = false;
  page.asked.dispatchEvent(new Event("change"));
  assert.deepEqual(shown(page), LIGHT);
  assert.deepEqual(shown(page_of(false, {})), LIGHT);
});

test("what the reader chooses stays, whatever the browser asks for", () => {
  const kept = {};
  const page = page_of(false, kept);
  page.window.lessonTheme("dark");
  page.asked.dispatchEvent(new Event("change"));
  assert.deepEqual(shown(page), DARK);
  assert.deepEqual(shown(page_of(false, kept)), DARK);
});

test("a page that may keep nothing is as the reader has chosen while it lasts", () => {
  const page = page_of(false, null);
  page.window.lessonTheme("dark");
  page.asked.dispatchEvent(new Event("change"));
  assert.deepEqual(shown(page), DARK);
});

test("labs hear of it where JupyterLab says it: at the body", () => {
  const page = page_of(false, {});
  page.document.body = { dataset: {} };
  page.window.lessonTheme("dark");
  assert.equal(page.document.body.dataset.jpThemeName, "dark");
});
