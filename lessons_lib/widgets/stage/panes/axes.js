// Axes of curves: round numbers to tick, and places moved apart so that nothing overlaps.

const ROUND = [1, 2, 2.5, 5, 10]; // the steps of an axis, times a power of ten
const MOST_TICKS = 5;
const NEARLY = 1e-6; // float32 writes 0.01 as 0.00999999977

/** The smallest round number from `least` on: 0.17 -> 0.2. */
export function round_step(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ROUND.find((step) => step * power >= least * (1 - NEARLY));
}

/** The values that are numbered at an axis from low to high, each round; on a log axis whole decades. */
export function ticks_of(low, high, log, most = MOST_TICKS) {
  const between = (from, to, step) => {
    const first = Math.ceil(from / step - NEARLY);
    const count = Math.floor(to / step + NEARLY) - first + 1;
    return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
  };
  if (!log) return between(low, high, round_step((high - low) / most));
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const powers = between(from, to, Math.max(1, Math.ceil((to - from) / most)));
  return powers.length > 1 ? powers.map((power) => 10 ** power) : [low, high];
}

/** The samples that are numbered: x of each is a multiple of a round whole number, `room` apart. */
export function sample_ticks(first, samples, unit, room) {
  const step = Math.max(1, Math.ceil(round_step(Math.max(1, room / unit))));
  const start = Math.ceil(first / step) * step;
  const count = Math.max(0, Math.ceil((first + samples - start) / step));
  return Array.from({ length: count }, (_, i) => start + i * step - first);
}

/**
 * Places moved apart as little as one way down and one way up can: each at least `apart` from the next,
 * all between low and high. Where there is no room for all, they stand closer.
 */
export function spread(wanted, apart, low, high) {
  const step = wanted.length > 1 ? Math.min(apart, (high - low) / (wanted.length - 1)) : apart;
  const order = wanted.map((_, n) => n).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const places = [];
  let floor = low;
  for (const n of order) {
    places[n] = Math.max(wanted[n], floor);
    floor = places[n] + step;
  }
  let ceiling = high;
  for (const n of order.reverse()) {
    places[n] = Math.min(places[n], ceiling);
    ceiling = places[n] - step;
  }
  return places;
}
