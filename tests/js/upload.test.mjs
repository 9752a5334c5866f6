// The sending half of the upload button, without a page: node --test tests/js/upload.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

const upload = await import("../../lessons_lib/widgets/upload/upload.js");
const { NO_ANSWER, NO_CONNECTION, buttonText, createSender, megabytes, pieces, refusal } = upload;

// ------------------------------------------------------------------------------- pure functions

test("a file is cut into pieces without gap or overlap", () => {
  assert.deepEqual(pieces(10, 4), [
    [0, 4],
    [4, 8],
    [8, 10],
  ]);
  assert.deepEqual(pieces(8, 4), [
    [0, 4],
    [4, 8],
  ]);
  assert.deepEqual(pieces(3, 4), [[0, 3]]);
});

test("an empty file is one empty piece", () => {
  assert.deepEqual(pieces(0, 4), [[0, 0]]);
});

test("a file up to the limit is not refused", () => {
  assert.equal(refusal("a.png", 10, 10, "f()"), "");
});

test("a refusal names the file, both sizes and the two ways with a path", () => {
  const sentence = refusal("a.png", 70e6, 64 * 1024 * 1024, 'stride_lab(picture="p.jpg")');
  for (const part of ["'a.png'", "70 MB", "67.1 MB", 'stride_lab(picture="p.jpg")', "load_image("])
    assert.ok(sentence.includes(part), `${part} is missing in: ${sentence}`);
});

test("a file just above the limit is said to be larger than the limit", () => {
  const sentence = refusal("a.png", 67108865, 67108864, "f()");
  assert.match(sentence, /has 67\.2 MB, more than the 67\.1 MB/);
});

test("megabytes have one decimal", () => {
  assert.equal(megabytes(1_540_000), "1.5 MB");
});

test("the button says what happens", () => {
  assert.equal(buttonText({ phase: "idle", percent: 0 }), "your picture…");
  assert.equal(buttonText({ phase: "sending", percent: 43 }), "sending 43 %");
  assert.equal(buttonText({ phase: "reading", percent: 100 }), "reading…");
});

test("the module draws itself and exports nothing called render", () => {
  assert.equal(typeof upload.default.render, "function");
  assert.equal("render" in upload, false);
});

// ------------------------------------------------------------------------------- sending

/** A sender with a recording connection and a clock that the test moves. */
function made({ send, ...changed } = {}) {
  const sent = [];
  const timers = new Map();
  let last = 0;
  const clock = {
    setTimeout(action, milliseconds) {
      last += 1;
      timers.set(last, { action, milliseconds });
      return last;
    },
    clearTimeout: (number) => timers.delete(number),
  };
  const settings = { limit: 100, piece_size: 4, patience: 10, lab_call: "f()", ...changed };
  const states = [];
  const sender = createSender({
    send: send ?? ((content, buffers) => sent.push({ ...content, buffers })),
    settings: () => settings,
    onChange: () => states.push(sender.state()),
    clock,
  });
  const ring = () =>
    [...timers].forEach(([number, { action }]) => {
      timers.delete(number);
      action();
    });
  const ack = (index) => sender.answer({ type: "ack", id: sent.at(-1).id, index });
  return { sender, sent, states, timers, ring, ack };
}

const named = (text, name = "x.png") => Object.assign(new Blob([text]), { name });
const text = (buffer) => new TextDecoder().decode(buffer);

test("one piece is in flight, the next follows its acknowledgement", async () => {
  const { sender, sent, ack } = made();
  await sender.start(named("0123456789"));
  assert.equal(sent.length, 1);
  await ack(0);
  assert.equal(sent.length, 2);
  await ack(1);
  await ack(2);
  assert.deepEqual(
    sent.map((m) => text(m.buffers[0])),
    ["0123", "4567", "89"],
  );
  assert.deepEqual(
    sent.map((m) => m.index),
    [0, 1, 2],
  );
  assert.ok(sent.every((m) => m.type === "piece" && m.count === 3 && m.size === 10));
  assert.ok(sent.every((m) => m.name === "x.png" && m.id === sent[0].id));
});

test("progress grows, then the file is read, then the button is free", async () => {
  const { sender, states, sent, ack } = made();
  await sender.start(named("01234567"));
  await ack(0);
  await ack(1);
  sender.answer({ type: "done", id: sent[0].id });
  assert.deepEqual(states.map(buttonText), [
    "sending 0 %",
    "sending 50 %",
    "reading…",
    "your picture…",
  ]);
});

test("no timer is left at the end", async () => {
  const { sender, sent, timers, ack } = made();
  await sender.start(named("012"));
  assert.equal(timers.size, 1);
  await ack(0);
  sender.answer({ type: "done", id: sent[0].id });
  assert.equal(timers.size, 0);
});

test("an empty file is sent", async () => {
  const { sender, sent } = made();
  await sender.start(named(""));
  assert.deepEqual([sent[0].count, sent[0].size, sent[0].buffers[0].byteLength], [1, 0, 0]);
});

test("a file too large is refused here and Python is told", async () => {
  const { sender, sent } = made({ limit: 5 });
  await sender.start(named("0123456"));
  assert.deepEqual(
    sent.map((m) => m.type),
    ["problem"],
  );
  assert.equal(sent[0].message, sender.state().problem);
  assert.equal(sender.state().phase, "idle");
});

test("a second file is not taken while one is sent", async () => {
  const { sender, sent } = made();
  await sender.start(named("01234567"));
  await sender.start(named("other"));
  assert.equal(sent.length, 1);
});

test("acknowledgements for another file or piece change nothing", async () => {
  const { sender, sent, ack } = made();
  await sender.start(named("01234567"));
  await sender.answer({ type: "ack", id: "other", index: 0 });
  await ack(1);
  await sender.answer({ type: "done", id: "other" });
  await sender.answer(null);
  assert.equal(sent.length, 1);
  assert.equal(sender.state().phase, "sending");
});

test("a silent kernel is said after the patience, and the button is free", async () => {
  const { sender, timers, ring } = made({ patience: 10 });
  await sender.start(named("01234567"));
  assert.deepEqual(
    [...timers.values()].map((timer) => timer.milliseconds),
    [10_000],
  );
  ring();
  assert.deepEqual(sender.state(), { phase: "idle", percent: 0, problem: NO_ANSWER });
});

test("a late acknowledgement lets the sending go on", async () => {
  const { sender, sent, ring, ack } = made();
  await sender.start(named("01234567"));
  ring();
  await ack(0);
  assert.equal(sent.length, 2);
  assert.deepEqual(sender.state(), { phase: "sending", percent: 50, problem: "" });
});

test("a file chosen after the silence takes the place of the first", async () => {
  const { sender, sent, ring } = made();
  await sender.start(named("01234567"));
  ring();
  await sender.start(named("new"));
  assert.equal(sent.length, 2);
  assert.notEqual(sent[1].id, sent[0].id);
  await sender.answer({ type: "ack", id: sent[0].id, index: 0 });
  assert.equal(sent.length, 2);
});

test("reading has a longer patience than one piece", async () => {
  const { sender, timers, ack, ring } = made({ patience: 10 });
  await sender.start(named("012"));
  await ack(0);
  assert.ok([...timers.values()][0].milliseconds > 10_000);
  ring();
  assert.equal(sender.state().problem, NO_ANSWER);
});

test("Python may end a sending before its last piece", async () => {
  const { sender, sent } = made();
  await sender.start(named("01234567"));
  sender.answer({ type: "done", id: sent[0].id });
  assert.equal(sender.state().phase, "idle");
});

test("a file that cannot be read is a sentence", async () => {
  const folder = {
    name: "holiday",
    size: 4,
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }),
  };
  const { sender, sent } = made();
  await sender.start(folder);
  assert.match(sender.state().problem, /'holiday' cannot be read/);
  assert.deepEqual(
    sent.map((m) => m.type),
    ["problem"],
  );
});

test("a closed connection is said at once", async () => {
  const { sender, timers } = made({
    send: () => {
      throw new Error("Comm is closed");
    },
  });
  await sender.start(named("012"));
  assert.deepEqual(sender.state(), { phase: "idle", percent: 0, problem: NO_CONNECTION });
  assert.equal(timers.size, 0);
});

test("a sender that was dropped sends nothing more", async () => {
  const { sender, sent, timers } = made();
  const started = sender.start(named("01234567"));
  sender.drop();
  await started;
  assert.deepEqual([sent.length, timers.size], [0, 0]);
});

test("a sentence goes when Python has set its own", async () => {
  const { sender } = made({ limit: 1 });
  await sender.start(named("012"));
  sender.forgetProblem();
  assert.equal(sender.state().problem, "");
});
