// Finds sections of the lessons by their words.

const MOST_FOUND = 12;
const AROUND = 60; // letters of text before and after a word that was found

const plain_letters = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** The sections that have all words, those with a word in the heading first. */
export function found_sections(sections, asked) {
  const words = plain_letters(asked).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const ranked = [];
  for (const section of sections) {
    const heading = plain_letters(section.heading);
    const text = plain_letters(section.text);
    if (!words.every((word) => heading.includes(word) || text.includes(word))) continue;
    const points = words.reduce((sum, word) => sum + points_of(word, heading, text), 0);
    ranked.push({ section, points });
  }
  ranked.sort((a, b) => b.points - a.points); // those with as many stay in order
  return ranked.slice(0, MOST_FOUND).map(({ section }) => section);
}

function points_of(word, heading, text) {
  const times = text.split(word).length - 1;
  return (heading.includes(word) ? 20 : 0) + Math.min(times, 5);
}

/** Where a text's own letter stands whose plain one has this place: "…" has three plain ones. */
function place_in(text, plain_place) {
  let [place, plain] = [0, 0];
  for (const letter of text) {
    plain += plain_letters(letter).length;
    if (plain > plain_place) return place;
    place += letter.length;
  }
  return place;
}

/** The text around the first of the words. */
export function excerpt(text, asked) {
  const [first] = plain_letters(asked).split(/\s+/).filter(Boolean);
  const at = Math.max(0, plain_letters(text).indexOf(first));
  const start = place_in(text, at - AROUND);
  const end = place_in(text, at + first.length + AROUND);
  const part = text.slice(start, end).trim();
  return `${start > 0 ? "… " : ""}${part}${end < text.length ? " …" : ""}`;
}

/** Let the field of the page's header search. */
export function begin_search(document, sections) {
  const form = document.querySelector(".site-search");
  if (!form || !sections) return;
  const field = form.querySelector("input");
  const found = form.querySelector(".site-found");
  form.hidden = false;
  const show = () => {
    const asked = field.value.trim();
    const hits = found_sections(sections, asked);
    found.replaceChildren(...hits.map((hit) => hit_of(document, hit, asked)));
    if (asked && !hits.length) found.textContent = "No section has all these words.";
    found.hidden = !asked;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    found.querySelector("a")?.click();
  });
  field.addEventListener("input", show);
  field.addEventListener("focus", show);
  document.addEventListener("keydown", (event) => {
    const writes = event.target.closest?.("input, select, textarea");
    if (event.key === "/" && !writes) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "Escape" && !found.hidden) {
      found.hidden = true;
    }
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!form.contains(target)) found.hidden = true;
  });
  show();
}

function hit_of(document, { href, lesson, heading, text }, asked) {
  const link = document.createElement("a");
  link.href = href;
  const name = document.createElement("strong");
  name.textContent = heading;
  const where = document.createElement("span");
  where.textContent = heading === lesson ? "" : lesson;
  const words = document.createElement("small");
  words.textContent = excerpt(text, asked);
  link.append(name, " ", where, words);
  return link;
}
