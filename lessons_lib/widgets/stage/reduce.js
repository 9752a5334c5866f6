// A view that is smaller than the largest one: it gets more pixels than it can show, and reduces them
// by the mean over the area that each new pixel covers. Picking single ones would make patterns.
import { whole_scale } from "./layout.js";

const MISSING = 255; // the index of values that are not finite

/**
 * The picture as it is shown in a box: [pane, bytes], reduced where it is larger; a coarse preview is
 * stretched instead. box: [height, width, scale] in device pixels, scale 0 where it is free; smaller:
 * how it is reduced.
 */
export function fitted(pane, bytes, box, smaller = area_means) {
  const [height, width] = size_in(pane, box);
  const { shown_height, shown_width, format } = pane;
  // Python rounds as well: what differs by one pixel is its answer to the same room.
  if (height >= shown_height - 1 && width >= shown_width - 1) return [pane, bytes];
  const shown = { ...pane, shown_height: height, shown_width: width };
  if (pane.height < shown_height) return [shown, bytes];
  const reduced = smaller(
    bytes,
    format === "rgb8" ? 3 : 1,
    [pane.height, pane.width],
    [height, width],
  );
  return [{ ...shown, height, width }, reduced];
}

/** How large a picture is in a box when it is not enlarged. */
function size_in({ source_height, source_width }, [box_height, box_width, scale]) {
  const ratio = Math.min(1, box_height / source_height, box_width / source_width, scale || 1);
  const sides = [source_height, source_width];
  return sides.map((side) => Math.max(1, Math.round(side * ratio)));
}

/** How often each pixel is repeated in a box: a whole number of times. */
export function scale_in({ shown_height, shown_width, source_height }, [height, width, scale]) {
  const whole = whole_scale(shown_height, shown_width, height, width);
  const most = scale && shown_height >= source_height ? Math.max(1, Math.floor(scale)) : Infinity;
  return Math.min(whole, most);
}

/** Means over areas: bytes of [height, width] pixels with so many channels, to a smaller size. */
export function area_means(bytes, channels, from, to) {
  const columns = along(bytes, channels, from, to[1], true);
  return Uint8ClampedArray.from(along(columns, channels, [from[0], to[1]], to[0], false));
}

/** The class that covers most of each new pixel, of equal ones the lowest: numbers of classes have no mean. */
export function majorities(bytes, _channels, [height, width], [new_height, new_width]) {
  const out = new Uint8ClampedArray(new_height * new_width);
  const [down, across] = [covered_pixels(height, new_height), covered_pixels(width, new_width)];
  const covered = new Float32Array(256);
  down.forEach((rows, r) => {
    across.forEach((columns, c) => {
      covered.fill(0);
      for (const [row, part] of rows)
        for (const [column, share] of columns) covered[bytes[row * width + column]] += part * share;
      out[r * new_width + c] = covered.indexOf(Math.max(...covered));
    });
  });
  return out;
}

/** For each of `count` new pixels along an axis the old ones that it covers, [[index, part], ...]. */
function covered_pixels(length, count) {
  return Array.from({ length: count }, (_, n) => {
    const [start, end] = [(n * length) / count, ((n + 1) * length) / count];
    const first = Math.floor(start);
    return Array.from({ length: Math.ceil(end) - first }, (_each, i) => [
      first + i,
      Math.min(end, first + i + 1) - Math.max(start, first + i),
    ]);
  });
}

/** One axis: the mean of the pixels that each new one covers, parts of pixels by their part. */
function along(values, channels, [height, width], count, across) {
  const length = across ? width : height;
  const lines = across ? height : width;
  const [step, line] = across ? [channels, width * channels] : [width * channels, channels];
  const out = new Float32Array(lines * count * channels);
  const [new_step, new_line] = across ? [channels, count * channels] : [width * channels, channels];
  for (let n = 0; n < count; n += 1) {
    const [start, end] = [(n * length) / count, ((n + 1) * length) / count];
    for (let l = 0; l < lines; l += 1)
      for (let c = 0; c < channels; c += 1)
        out[l * new_line + n * new_step + c] = mean_of(
          values,
          l * line + c,
          step,
          start,
          end,
          channels,
        );
  }
  return out;
}

function mean_of(values, at, step, start, end, channels) {
  let [total, weight] = [0, 0];
  for (let i = Math.floor(start); i < end; i += 1) {
    const value = values[at + i * step];
    const part = Math.min(end, i + 1) - Math.max(start, i);
    if (channels === 1 && value === MISSING) continue; // a value that is not finite has no mean
    total += part * value;
    weight += part;
  }
  return weight ? total / weight : MISSING;
}
