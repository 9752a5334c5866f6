// Behind a pixel of a convolution, or of a transposed one: the window, multiplied by the kernel and added.
// The words are those of SumMicroscope in kit/microscope.py.
import { adds_up_printed, around_zero, multiplies, signed_text } from "./page_numbers.js";
import {
  window_cells,
  probe_part,
  probe_term,
  sum_buffers,
  taps_at,
  tensor_of,
} from "./page_tensors.js";

const total_of = (values) => values.reduce((sum, value) => sum + value, 0);

export const sum_probe = {
  needed: sum_buffers,
  look(saved, buffers, at) {
    const { row, column, down, across } = taps_at(saved, buffers, at);
    const [image, kernel] = [saved.image, saved.weight].map((each) => tensor_of(each, buffers));
    const size = { channels: image.channels, height: down.length, width: across.length };
    const turned = (n, count) => (saved.transposed ? count - 1 - n : n); // its tables go tap by tap
    const cells = window_cells(size.channels, size.height, size.width).map(([c, i, j]) => [
      c,
      turned(i, size.height),
      turned(j, size.width),
    ]);
    const outside = cells.map(([, i, j]) => down[i] < 0 || across[j] < 0);
    const window = cells.map(([c, i, j], n) => (outside[n] ? 0 : image.at(c, down[i], across[j])));
    const weight = cells.map(([c, i, j]) => kernel.at(c, i, j));
    const products = window.map((value, n) => value * weight[n]);
    const parts = sum_parts(size, { window, weight, products, outside }, saved.transposed);
    const line = sum_line(saved, size, products);
    return { row, column, operation: "sum", labels: saved.labels, parts, line };
  },
};

function sum_parts(size, { window, weight, products, outside }, transposed) {
  const made = products.map(Math.fround);
  const seen = [Math.min(0, ...window), Math.max(1, ...window)];
  const kernel = transposed ? "× turned kernel" : "× kernel";
  const equals = multiplies(window, weight, made) ? "=" : "≈";
  const words = (name, title, role, table) => ({ name, title, role, table });
  const signed = (name, title, role) => words(name, title, role, "signed");
  const of_products = signed("products", `${equals} products`, "output");
  return [
    probe_part(words("window", "window", "input", "grey"), size, window, seen, { outside }),
    probe_part(signed("weight", kernel, "kernel"), size, weight, around_zero(weight)),
    probe_part(of_products, size, made, around_zero(made), { outside }),
  ];
}

function sum_line({ labels, bias, relu }, { channels, height, width }, products) {
  const per_channel = height * width;
  const total = total_of(products) + (bias ?? 0);
  const addends = Array.from({ length: channels }, (_, c) => {
    const name = channels === 1 ? "products" : (labels[c] ?? `channel ${c}`);
    return [name, total_of(products.slice(c * per_channel, (c + 1) * per_channel)), ""];
  });
  if (bias !== null) addends.push(["bias", bias, "kernel"]);
  const closes = adds_up_printed(
    addends.map(([, value]) => value),
    total,
  );
  const shown = (value) => probe_term(signed_text(value), "output");
  return [
    ...addends.flatMap(addend_terms),
    probe_term(`   ${closes ? "=" : "≈"}   `),
    shown(total),
    ...(relu ? [probe_term(", after ReLU "), shown(Math.max(total, 0))] : []),
    probe_term(", the output pixel"),
  ];
}

function addend_terms([name, value, role], n) {
  const plus = n ? "   +   " : "";
  const words = role
    ? [probe_term(`${plus}${name} `, role)]
    : [probe_term(plus), probe_term(`${name} `)];
  return [...words, probe_term(signed_text(value))];
}
