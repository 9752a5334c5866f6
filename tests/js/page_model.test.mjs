// What stands in for the kernel on a page without one: its model, and its bytes.
import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";
import { Buffers, bytes_of } from "../../lessons_lib/widgets/saved/page_buffers.js";
import { lab_below } from "../../lessons_lib/widgets/saved/page_links.js";
import { PageModel } from "../../lessons_lib/widgets/saved/page_model.js";

function model_of(traits) {
  const heard = [];
  const model = new PageModel(traits, (message) => heard.push(message));
  return { model, heard };
}

test("what the page sets is told to those who listen once all is set, then to Python's place", () => {
  const { model, heard } = model_of({ box: 1, where: 2 });
  const seen = [];
  model.on("change:box", () => seen.push([model.get("box"), model.get("where"), heard.length]));
  model.set("box", 10);
  model.set("where", 20);
  assert.deepEqual([seen, heard], [[], []]);
  model.save_changes();
  assert.deepEqual(seen, [[10, 20, 0]]);
  assert.deepEqual(heard, [
    { type: "set", name: "box", value: 10 },
    { type: "set", name: "where", value: 20 },
  ]);
  model.save_changes();
  assert.equal(heard.length, 2);
});

test("what is shown is told to those who listen, not to Python's place", () => {
  const given = { scene: 1, box: 1 };
  const { model, heard } = model_of(given);
  const seen = [];
  const listen = (about) => seen.push([about === model, model.get("box")]);
  const other = () => seen.push("other");
  model.on("change:scene", listen);
  model.on("change:scene", other);
  model.show({ scene: 2, box: 3 });
  model.off("change:scene", listen);
  model.show({ scene: 4 });
  assert.deepEqual(seen, [[true, 3], "other", "other"]);
  assert.deepEqual(heard, []);
  assert.deepEqual(given, { scene: 1, box: 1 });
});

test("what the stage sends is heard as it is", () => {
  const { model, heard } = model_of({});
  model.send({ type: "probe" });
  assert.deepEqual(heard, [{ type: "probe" }]);
});

test("bytes are read each from its own place, once, and are there from then on", async () => {
  const texts = ["first", "the second one"].map((text) => new TextEncoder().encode(text));
  const parts = texts.map((text) => deflateSync(text));
  const base64 = Buffer.concat(parts).toString("base64");
  const index = parts.map((part) => ["deflate", part.length, 0]);
  const buffers = new Buffers(index, bytes_of(base64), null);
  let unpacked = 0;
  const real = buffers.unpacked.bind(buffers);
  buffers.unpacked = (packed) => {
    unpacked += 1;
    return real(packed);
  };
  assert.equal(buffers.get(1), undefined);
  await Promise.all([buffers.load(1), buffers.load(1)]);
  await buffers.load(1);
  assert.deepEqual([...buffers.get(1)], [...texts[1]]);
  assert.equal(unpacked, 1);
  assert.equal(buffers.get(0), undefined);
});

test("of a picture those bytes are kept that count", async (t) => {
  const asked = [];
  globalThis.createImageBitmap = async (blob, how) => {
    asked.push([blob.type, how]);
    return { width: 2, height: 1, close() {} };
  };
  t.after(() => {
    delete globalThis.createImageBitmap;
  });
  const data = [1, 2, 3, 255, 4, 5, 6, 255];
  const context = { drawImage: () => {}, getImageData: () => ({ data }) };
  const document = { createElement: () => ({ getContext: () => context }) };
  const index = [1, 3].map((channels) => ["webp", 1, channels]);
  const buffers = new Buffers(index, new Uint8Array(2), document);
  await Promise.all([buffers.load(0), buffers.load(1)]);
  assert.deepEqual([...buffers.get(0)], [1, 4]);
  assert.deepEqual([...buffers.get(1)], [1, 2, 3, 4, 5, 6]);
  const exactly = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  assert.deepEqual(asked[0], ["image/webp", exactly]);
});

test("a word in the text means the next lab below it, past what is none", (t) => {
  globalThis.Node = { DOCUMENT_POSITION_FOLLOWING: 4 };
  t.after(() => {
    delete globalThis.Node;
  });
  const hosts = ["above", "question", "below", "further"];
  const ownerDocument = { querySelectorAll: () => hosts };
  const compareDocumentPosition = (host) => (host === "above" ? 2 : 4);
  const link = { ownerDocument, compareDocumentPosition };
  const lab = (host) => (host === "question" ? undefined : `lab ${host}`);
  assert.equal(lab_below(link, lab), "lab below");
  assert.ok(!lab_below(link, () => undefined));
});
