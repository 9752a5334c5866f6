// Looks up in the page's way what Python wrote to a file, and prints what differs.
//   node node_probes.mjs FILE, with {buffers: [base64], numbers: [...], looks: [...]}
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { fixed_text, power_text, signed_text } from "../../../lessons_lib/widgets/saved/page_numbers.js";
import { needed, probe_of } from "../../../lessons_lib/widgets/saved/page_probe.js";

const { buffers, numbers, looks } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const kept = new Map();
const lookup = {
  get(number) {
    if (!kept.has(number)) kept.set(number, Uint8Array.from(Buffer.from(buffers[number], "base64")));
    return kept.get(number);
  },
};

const text_of = (bytes) => (bytes === null ? null : Buffer.from(bytes).toString("base64"));
const plain = (probe) => ({
  ...probe,
  parts: probe.parts.map((part) => ({
    ...part,
    values: text_of(part.values),
    outside: text_of(part.outside),
    marked: text_of(part.marked),
  })),
});

const wrong = [];
for (const { lab, saved, at, probe } of looks) {
  const asked = new Set(needed(saved));
  const only_needed = {
    get(number) {
      if (!asked.has(number)) throw new Error(`buffer ${number} was not said to be needed`);
      return lookup.get(number);
    },
  };
  const title = probe.title.replace(/ \(\d+, \d+\)$/, "");
  const seen = plain(probe_of(saved, only_needed, at, probe.key, title));
  if (!isDeepStrictEqual(seen, probe)) wrong.push({ lab, at, seen, probe });
}
for (const { value, ...texts } of numbers) {
  const seen = { signed: signed_text(value), fixed: fixed_text(value) };
  if (value >= 0) seen.power = power_text(value);
  if (!isDeepStrictEqual(seen, texts)) wrong.push({ value, seen, texts });
}
console.log(JSON.stringify({ compared: looks.length, wrong }));
