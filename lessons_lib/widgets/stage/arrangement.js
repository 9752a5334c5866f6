// Where the panes of a lab stand and how large they are: from the room and from what each pane
// wishes, so that the smallest picture comes out as large as the room allows. Pure: numbers in,
// numbers out, all in CSS pixels. What a wish says is written in panes/kinds.js.

export const GAP = { across: 16, down: 12 };
const CELL = 10; // a cell with its number, so many times as wide, counts like a picture of that width
const STRIP_SIDES = [56, 52, 48, 44, 40, 36, 32, 28, 24, 20]; // tried for the cells of grids beside or below pictures
const FLOW_SIDE = 48; // the cells of grids that have a row to themselves below pictures
const LEAST_TITLE = 110; // a pane is never narrower than its name
const BETTER = 1.01; // an arrangement further down the list must be so much better
const ASPECTS = [0.4, 1.4]; // a very long picture is not given its own proportions

/**
 * Arrange panes in a room.
 *
 * room: {width, height}, and what stands around each picture: `title` above, `under` below,
 *   `beside`, the width of a name that stands beside its picture instead, and `least_name`, of one above
 *   a narrow column. `patience`: how much better
 *   than the plain one an arrangement with grids apart must be (1: any). `least_beside`: how wide pictures must be before grids
 *   stand in a column of their own beside them. `fill`: all of the room is
 *   there to be used: curves grow, and names may stand beside pictures.
 *   `tallest`: no picture is higher. `comfort`: where the height is free (Infinity), pictures of that
 *   width are large enough, and the lowest arrangement is the best.
 * panes: [{name, wish}] in reading order. A wish may carry `scale`, how large the pane is against
 *   the first picture, where true sizes are to be comparable.
 * look: {columns}: how many panes stand in a row, where the lab wishes that; 0: as comes out best.
 *
 * Gives {smallest, height, columns, places}: `smallest` is what was made as large as possible, columns
 * are the widths of grid columns, and each place is {name, column, columns, row, rows, width, height,
 * beside}: its first column and how many, its first row and how many (from 0), the size of its box, and
 * whether its name stands beside. `unit` is the width of a picture of weight 1.
 */
export function arrange(room, panes, look = {}) {
  const [pictures, small, wide] = ["picture", "small", "wide"].map((place) =>
    panes.filter(({ wish }) => wish.place === place),
  );
  const plans = [];
  if (pictures.length) plans.push(...with_pictures(room, panes, { pictures, small, wide }, look));
  else if (wide.length) plans.push(in_rows(room, [...wide, ...small]));
  else plans.push(shelves(room, panes, look));
  return placed(room.comfort ? lowest_of(plans, room.comfort) : best_of(plans), room);
}

/** Of the plans with pictures as large as that the lowest; where none is, the one with the largest. */
function lowest_of(plans, comfort) {
  const enough = plans.filter(({ smallest, over }) => smallest >= comfort && over <= 0);
  if (!enough.length) return best_of(plans);
  return enough.reduce((best, plan) => (plan.height < best.height ? plan : best));
}

/** The first of the plans, unless a later one is clearly better. */
function best_of(plans) {
  return plans.reduce((best, plan) => (worth(plan) > BETTER * worth(best) ? plan : best));
}

/** How good a plan is: by its smallest picture; one that does not fit loses to every one that does. */
export function worth({ smallest, over = 0, handicap = 1 }) {
  return (over > 0 ? smallest / (1e3 + over) : smallest) / handicap;
}

export const sum = (values) => values.reduce((total, value) => total + value, 0);
const gaps = (count, gap) => Math.max(0, count - 1) * gap;
const clamped = (value, least, most) => Math.max(least, Math.min(most, value));
const chunks = (list, size) =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );

// --- pictures, with grids and curves around them ---------------------------------------------------

/** Every way of standing that is worth a look, the plainest first. */
function with_pictures(room, panes, kinds, look) {
  const { pictures, small, wide } = kinds;
  const patience = room.patience ?? 1;
  const plans = [];
  const flowing = panes.filter(({ wish }) => wish.place !== "wide");
  const add = (flow, apart, more) => {
    for (const across of counts(flow.length, look.columns))
      for (const beside of room.fill ? [false, true] : [false]) {
        const plan = in_columns(room, flow, across, beside, { lead: pictures[0], ...apart });
        if (plan)
          plans.push({ ...plan, ...more, handicap: (beside ? 1.1 : 1) * (more.handicap ?? 1) });
      }
  };
  add(flowing, { strip: [], below: wide, side: [] }, {});
  const may_stand_aside = wide.length && !wide.some(({ wish }) => wish.height_at);
  if (may_stand_aside) add(flowing, { strip: [], below: [], side: wide }, {});
  if (!small.length || pictures.length + small.length > 4 || look.columns) return plans;
  for (const side_length of STRIP_SIDES) {
    const sized = small.map((pane) => ({ ...pane, side_length }));
    add(pictures, { strip: sized, below: wide, side: [] }, { handicap: patience });
    add(pictures, { strip: [], below: wide, side: sized }, { handicap: patience });
  }
  return plans;
}

/** How many panes may stand in a row: all, or fewer; as wished where a lab wishes it. */
function counts(length, wished = 0) {
  if (!wished) return Array.from({ length }, (_, i) => length - i);
  const divided = [Math.min(wished, Math.max(length, 1))];
  while (divided.at(-1) % 2 === 0) divided.push(divided.at(-1) / 2);
  if (divided.at(-1) !== 1) divided.push(Math.ceil(divided.at(-1) / 2), 1);
  return [...new Set(divided)].filter((across) => across <= Math.max(length, 1));
}

/** Pictures of one size in rows of `across`, with what stands apart at the side and below; null where that has no room. */
function in_columns(room, flow, across, beside, { lead, strip, below, side }) {
  const rows = chunks(flow, across);
  const aspect = clamped(lead.wish.aspect, ...ASPECTS);
  const scaled = flow.some(({ wish }) => wish.scale);
  const weight_of = ({ wish }) => wish.scale ?? (rows.length > 1 || scaled ? 1 : wish.weight);
  const title = beside ? 0 : room.title + room.under;
  const name = beside ? room.beside : 0;
  const aside = side_column(room, side, rows.length);
  if (side.length && !aside) return null;
  const width = room.width - (aside ? aside.width + GAP.across : 0);
  if (aside && (width - gaps(across, GAP.across)) / across < (room.least_beside ?? 0)) return null;
  const foot = strip_row(room, strip);
  const bands = [...(foot ? [foot] : []), ...below.map((pane) => wide_row(room, pane))];
  const column = (width - gaps(across, GAP.across)) / across - name;
  const flowing = { rows, across, scaled, weight_of, shares: shares_of(rows, weight_of, column) };
  const chrome = gaps(rows.length, GAP.down) + rows.length * title;
  const fixed = sum(flowing.shares.map((share) => share.fixed ?? 0));
  const counted = sum(flowing.shares.map((share) => share.of ?? 0));
  const taken = sum(bands.map((band) => band.height + GAP.down)) + chrome + fixed;
  const by_height = Math.min((room.height - taken) / counted, room.tallest ?? Infinity) / aspect;
  const most = Math.min(widest(flowing, width, name), by_height);
  const unit = Math.max(20, snapped(most, lead.wish, flow));
  const boxes = boxes_at(unit, flowing, aspect, beside);
  const height = taken + counted * unit * aspect;
  const narrow = boxes
    .flat()
    .filter(({ wish }) => wish.place === "picture")
    .map((box) => box.wish.least.width * Math.min(1, box.share) - box.width);
  const over = Math.max(0, (aside?.height ?? 0) - height, height - room.height - 1, ...narrow);
  const smallest = Math.min(...[...boxes.flat(), ...strip, ...side].map(judged_size));
  return { smallest, unit, over, rows: boxes, across, name, aside, bands, height, scaled };
}

/** How high each row is: so many units, or fixed where only grids stand in it, in columns so wide. */
function shares_of(rows, weight_of, column) {
  return rows.map((row) =>
    row.every(({ wish }) => wish.place === "small")
      ? { fixed: height_of_grids(row, { width: column, height: box_at(row, FLOW_SIDE).height }) }
      : { of: Math.max(...row.map(weight_of)) },
  );
}

/** How wide a picture of weight 1 may be so that every row fits; `name` stands beside each. */
function widest({ rows, across, scaled, weight_of }, width, name) {
  const units = rows.map((row) => {
    const count = scaled ? row.length : across;
    const all = sum(row.map(weight_of)) + (scaled ? 0 : across - row.length);
    return (width - gaps(count, GAP.across) - count * name) / all;
  });
  return Math.min(...units);
}

function boxes_at(unit, { rows, scaled, weight_of, shares }, aspect, beside) {
  return rows.map((row, n) =>
    row.map((pane) => {
      const share = weight_of(pane);
      const height = shares[n].fixed ?? unit * aspect * (scaled ? share : shares[n].of);
      const [wide, high] = [Math.floor(unit * share), Math.floor(height)];
      return { ...pane, share, width: wide, height: high, beside };
    }),
  );
}

/** What counts when arrangements are compared: how wide a picture is, or the cells of a grid; of large grids the whole. */
function judged_size({ wish, width, height, side_length, share = 1 }) {
  if (wish.place === "wide") return Infinity;
  if (wish.place === "small") {
    const side = side_length ?? side_in(wish, { width, height });
    const drawn = wish.shapes(side)[0];
    return Math.max(CELL * side, Math.min(drawn.width, drawn.height));
  }
  const drawn = Math.min(width, height / clamped(wish.aspect, ...ASPECTS));
  return drawn / (wish.scale ? share : Math.min(1, wish.weight));
}

/** A picture that is shown enlarged gets whole times its pixels: more room would stay empty, but for smaller pictures. */
function snapped(unit, { own_width = Infinity }, flow) {
  if (flow.some(({ wish }) => wish.own_width < own_width)) return unit;
  return unit >= own_width ? Math.floor(unit / own_width) * own_width : unit;
}

/** The largest cells of a pane's grids in a box. */
export function side_in(wish, box) {
  for (let side = 64; side > 4; side -= 1)
    if (wish.shapes(side).some((shape) => is_within(shape, box))) return side;
  return 4;
}

/** How high the grids of a row come out in boxes of one size, which may be too narrow for their height. */
function height_of_grids(row, box) {
  const heights = row.map(({ wish }) => {
    const shapes = wish.shapes(side_in(wish, box));
    return (shapes.find((shape) => is_within(shape, box)) ?? shapes[0]).height;
  });
  return Math.min(box.height, Math.max(...heights));
}

const is_within = ({ width, height }, box) => height <= box.height && width <= box.width;

/** The box that holds the grids of every pane of a row at cells of one side. */
function box_at(row, side) {
  const boxes = row.map(({ wish }) => wish.shapes(side)[0]);
  return {
    height: Math.max(...boxes.map(({ height }) => height)),
    width: sum(boxes.map(({ width }) => width)),
  };
}

/** Grids one beside the other below the pictures, their names beside them. */
function strip_row(room, strip) {
  if (!strip.length) return null;
  const boxes = strip.map((pane) => {
    const shape = pane.wish.shapes(pane.side_length)[0];
    return { ...pane, ...shape, beside: true, least_width: shape.width + room.beside };
  });
  const height = Math.max(...boxes.map((box) => box.height), room.title + 2 * room.under);
  const needed = sum(boxes.map(({ least_width }) => least_width)) + gaps(boxes.length, GAP.across);
  return { height: height + (needed > room.width ? 1e4 : 0), boxes };
}

/** A curve in a row of its own, as high as it wishes. */
function wide_row(room, pane) {
  const { usual, height_at } = pane.wish;
  if (height_at) {
    const own = height_at(room.width);
    const chrome = room.title + room.under;
    return { height: own + chrome, boxes: [{ ...pane, height: own, width: room.width }] };
  }
  const beside = room.width >= 640;
  const height = usual + (beside ? 0 : room.title);
  return { height, boxes: [{ ...pane, height: usual, width: room.width, beside }] };
}

/** Grids and curves one above the other at the side of the pictures; null where there is no room for them. */
function side_column(room, side, rows) {
  if (!side.length) return null;
  if (rows > 1 && side.length > rows) return null;
  const boxes = side.map((pane) => {
    if (pane.wish.place === "wide")
      return {
        ...pane,
        height: pane.wish.usual,
        width: Math.max(320, Math.floor(0.34 * room.width)),
      };
    const shapes = pane.wish.shapes(pane.side_length);
    const shape = shapes.at(-1);
    return { ...pane, ...shape, width: Math.max(shape.width, room.least_name ?? LEAST_TITLE) };
  });
  const width = Math.max(...boxes.map((box) => box.width));
  const height =
    sum(boxes.map((box) => box.height + room.title + room.under)) + gaps(boxes.length, GAP.down);
  return width > room.width / 2 ? null : { width, height, boxes };
}

// --- curves alone ----------------------------------------------------------------------------------

/** Curves one below the other, as high as the room lets them be. */
function in_rows(room, panes) {
  const beside = room.width >= 640;
  const curves = panes.filter(({ wish }) => wish.place === "wide");
  const chrome = beside ? 2 : room.title + 2;
  const grids = grids_row(
    room,
    panes.filter((pane) => !curves.includes(pane)),
    curves,
    chrome,
  );
  const taken = curves.length * chrome + (grids ? grids.height + GAP.down : 0);
  const weights = sum(curves.map(({ wish }) => wish.weight));
  const room_for = room.fill ? (room.height - taken) / weights : Infinity;
  const bands = curves.map((pane) => {
    const { weight, least, most, usual } = pane.wish;
    const height = Math.floor(
      room.fill ? clamped(room_for * weight, least.height, most.height) : usual,
    );
    return { height: height + chrome - 2, boxes: [{ ...pane, height, width: room.width, beside }] };
  });
  if (grids) bands.push(grids);
  const height = sum(bands.map((band) => band.height)) + 2 * bands.length;
  return {
    smallest: Math.min(bands[0].height, CELL * (grids?.side ?? LARGEST)),
    unit: 0,
    over: Math.max(0, height - room.height),
    rows: [],
    bands,
    height,
  };
}

/** Grids below the curves, with the largest cells that fit; their names beside them or above. */
function grids_row(room, grids, curves, chrome) {
  if (!grids.length) return null;
  const each = Math.floor((room.width - gaps(grids.length, GAP.across)) / grids.length);
  const taken = sum(curves.map(({ wish }) => wish.least.height + chrome)) + 2 * GAP.down;
  const at = (side, beside) => {
    const width = each - (beside ? room.beside : 0);
    const boxes = grids.map((pane) => {
      const shapes = pane.wish.shapes(side);
      const shape = shapes.find((shape) => shape.width <= width);
      return { ...pane, ...(shape ?? shapes.at(-1)), beside, fits: Boolean(shape) };
    });
    const highest = Math.max(...boxes.map((box) => box.height));
    const height = beside
      ? Math.max(highest, room.title + 2 * room.under)
      : highest + room.title + room.under;
    const low = room.fill ? height + taken <= room.height : highest <= LOW;
    return { height, boxes, side, fits: low && boxes.every((box) => box.fits) };
  };
  for (let side = room.fill ? LARGEST : BESIDE_CURVES; side >= READABLE; side -= 1)
    for (const beside of [true, false]) {
      const row = at(side, beside);
      if (row.fits) return row;
    }
  return at(READABLE, false);
}

// --- grids alone -----------------------------------------------------------------------------------

const LARGEST = 64;
const BESIDE_CURVES = 44; // the cells of grids that stand with curves, where the height is free
const LOW = 205; // the grids themselves are no higher then: the controls are to be seen as well
const ENOUGH = 40; // where the height is free
const SMALLEST = 4;
const READABLE = 15; // a cell prints its number from here on

/** Grids with cells of one size, in rows that are filled one after the other; the size is the largest that fits. */
function shelves(room, panes, { columns = 0 }) {
  const most = room.comfort ? ENOUGH : LARGEST;
  const plans = shape_choices(panes).map((way) => {
    const at = (side) => on_shelves(room, panes, side, way, columns);
    const side = largest((each) => at(each)?.height <= room.height, SMALLEST, most);
    const readable = largest((each) => at(each) !== null, READABLE); // else as wide as it goes
    const used = side || Math.min(readable, READABLE) || SMALLEST;
    const shelf = at(used) ?? on_shelves({ ...room, width: Infinity }, panes, used, way, 1);
    return { ...shelf, smallest: CELL * used, over: Math.max(0, shelf.height - room.height) };
  });
  return best_of(plans);
}

/** The largest side for which it is true, 0 where it never is; what fits at one side fits at all smaller ones. */
function largest(fits, least, most = LARGEST) {
  let [low, high] = [least - 1, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low < least ? 0 : low;
}

/** Which of its shapes each pane takes: all choices together where they are few, else the same for all. */
function shape_choices(panes) {
  const numbers = panes.map(({ wish }) => wish.shapes(LARGEST).length);
  const all = numbers.reduce((product, number) => product * number, 1);
  if (all > 250)
    return Array.from({ length: Math.max(...numbers) }, (_, i) =>
      numbers.map((n) => Math.min(i, n - 1)),
    );
  return Array.from({ length: all }, (_, code) =>
    numbers.map((number) => {
      const at = code % number;
      code = Math.floor(code / number);
      return at;
    }),
  );
}

function on_shelves(room, panes, side, way, columns) {
  const boxes = panes.map((pane, n) => {
    const { height, width } = pane.wish.shapes(side)[way[n]];
    return { ...pane, height, width: Math.max(width, LEAST_TITLE) };
  });
  const rows = [[]];
  for (const box of boxes) {
    if (box.width > room.width) return null;
    const row = rows.at(-1);
    const full = columns ? row.length === columns : false;
    const width = sum(row.map((each) => each.width)) + gaps(row.length + 1, GAP.across) + box.width;
    if (row.length && (full || width > room.width)) rows.push([box]);
    else row.push(box);
  }
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
  const flat = rows.map((row, n) =>
    row.map((box) => ({ ...box, share: box.width, height: heights[n] })),
  );
  const height =
    sum(heights) + rows.length * (room.title + room.under) + gaps(rows.length, GAP.down);
  return { rows: flat, across: 0, unit: side, bands: [], height };
}

// --- from a plan to places -------------------------------------------------------------------------

/** Give each box of a plan its grid columns and rows; widths are stretched so that rows are full. */
function placed(plan, room) {
  const { rows, across = 0, name = 0, aside = null, bands = [] } = plan;
  const main = room.width - (aside ? aside.width + GAP.across : 0);
  const spread = aside && rows.length === 1 ? aside.boxes.length : 1; // grid rows of each row of pictures
  const boxes = [];
  rows.forEach((row, n) => {
    const empty = plan.scaled
      ? 0
      : Math.max(0, (rows.length > 1 ? across : row.length) - row.length);
    const free = main - gaps(row.length + empty, GAP.across) - (row.length + empty) * name;
    const shares = sum(row.map(({ share }) => share)) + empty;
    let left = 0;
    for (const box of row) {
      const width = Math.floor((free * box.share) / shares);
      boxes.push({ ...box, left, outer: width + name, width, row: n * spread, rows: spread });
      left += width + name + GAP.across;
    }
  });
  let row = rows.length * spread;
  if (aside) {
    const step = rows.length === 1 ? 1 : Math.max(1, Math.floor(row / aside.boxes.length));
    aside.boxes.forEach((box, n) => {
      const last = n === aside.boxes.length - 1;
      const at = { row: n * step, rows: last ? row - n * step : step };
      boxes.push({
        ...box,
        ...at,
        left: main + GAP.across,
        outer: aside.width,
        width: aside.width,
      });
    });
  }
  for (const band of bands) {
    boxes.push(...band_places(band, room, row));
    row += 1;
  }
  return {
    width: room.width,
    smallest: plan.smallest,
    unit: plan.unit,
    over: plan.over ?? 0,
    height: plan.height,
    ...on_lines(boxes),
  };
}

/** The boxes of a row below the pictures, one after the other; the last one takes what is left. */
function band_places({ boxes }, room, row) {
  const each = Math.floor((room.width - gaps(boxes.length, GAP.across)) / boxes.length);
  return boxes.map((box, n) => {
    const width = box.beside ? each - room.beside : each;
    return { ...box, left: n * (each + GAP.across), outer: each, width, row, rows: 1 };
  });
}

/** The widths of the grid's columns so that each box begins and ends on a line, and where each stands. */
function on_lines(boxes) {
  const lines = [
    ...new Set(boxes.flatMap(({ left, outer }) => [left, left + outer]).concat(0)),
  ].sort((a, b) => a - b);
  const places = boxes.map(({ name, left, outer, row, rows, width, height, beside = false }) => {
    const column = lines.indexOf(left);
    return {
      name,
      column,
      columns: lines.indexOf(left + outer) - column,
      row,
      rows,
      width,
      height: Math.floor(height),
      beside,
    };
  });
  return { columns: lines.slice(1).map((line, n) => line - lines[n]), places };
}
