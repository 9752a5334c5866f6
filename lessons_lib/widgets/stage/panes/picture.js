// What photos, maps and classes have in common: one pixel beside the other, enlarged by whole numbers.
import { cell_at } from "../layout.js";
import { fitted, scale_in } from "../reduce.js";
import { cell_keys, rows_and_columns } from "../said.js";
import { as_bytes } from "../../shared/pixels.js";

const LEAST_PICTURE = 110; // CSS pixels
const ENLARGED = 64; // a picture of so few pixels is an enlargement: it needs less room than a photo
const images = new WeakMap(); // canvas -> the memory that it is painted from

/**
 * A kind of pane that is painted pixel by pixel.
 *
 * channels: bytes of a pixel; paint(bytes, table, out): from these to what a canvas takes; range: whether
 * colours stand for numbers; recoloured: as in kinds.js; smaller: how it is reduced, where not by means; it
 * is not blurred then either. says: what it says in other words than all of them.
 */
export function picture_kind({ channels, paint, range, recoloured, smaller, own = false, says }) {
  return {
    css: "",
    own,
    read: as_bytes,
    is_complete: (bytes, { height, width }) => bytes.length === height * width * channels,
    draw(canvas, sent, sent_bytes, { box, table }) {
      const [pane, bytes] = fitted(sent, sent_bytes, box, smaller);
      const { height, width, shown_height, shown_width } = pane;
      canvas.classList.toggle("lesson-coarse", height < shown_height && !smaller);
      const image = image_of(canvas, height, width);
      paint(bytes, table, image.data);
      canvas.getContext("2d").putImageData(image, 0, 0);
      const scale = scale_in(pane, box);
      const layout = { height: shown_height * scale, width: shown_width * scale };
      return { layout, shown: { shown_height, shown_width } };
    },
    cell_at: (x, y, { height, width }, { source_height, source_width }) =>
      cell_at(x, y, source_height, source_width, height, width),
    extent: ({ source_height, source_width }) => ({
      channels: 1,
      rows: source_height,
      columns: source_width,
    }),
    outline({ row, column, height, width }, layout, { source_height, source_width }) {
      const [down, across] = [layout.height / source_height, layout.width / source_width];
      return [{ x: column * across, y: row * down, width: width * across, height: height * down }];
    },
    strokes: null,
    recoloured,
    wish: picture_wish,
    says: {
      range,
      shape: true,
      keys: cell_keys,
      boxes: null,
      cells: picture_cells,
      name: ({ row, column }, { title }) => `${title} (${row}, ${column})`,
      value: () => undefined,
      is: null,
      ...says,
    },
  };
}

function picture_wish({ room, source_height, source_width }, ratio) {
  const [height, width] = room ?? [source_height, source_width];
  const weight = Math.max(height, width) <= ENLARGED ? 0.7 : 1;
  return {
    place: "picture",
    aspect: height / width,
    own_width: width / ratio,
    weight,
    least: { height: LEAST_PICTURE * weight, width: LEAST_PICTURE * weight },
    most: { height: Infinity, width: Infinity },
  };
}

function image_of(canvas, height, width) {
  const known = images.get(canvas);
  const fits = known && known.width === width && known.height === height;
  if (fits && canvas.width === width && canvas.height === height) return known;
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  images.set(canvas, image);
  return image;
}

/** [title, cells]; what is complete is not counted up. */
function picture_cells({ rows, columns }, pane, noun = "pixels") {
  const { title, source_height, source_width } = pane;
  const complete = rows.length === source_height && columns.length === source_width;
  if (complete && source_height * source_width > 1) return [`the whole ${title}`, ""];
  return [title, rows_and_columns({ rows, columns }, noun)];
}
