// Where the microscope's card stands: beside the pictures where there is room, else below or above what
// it explains. All are places on the page, {left, top, right, bottom} in CSS pixels.

const GAPS = [8, 1]; // around the card; where it is tight, the smaller one
const NARROW = { least: 290, most: 400 }; // width of a card beside the pictures

/** How wide a card beside the pictures of a stage can be, and where it begins: {left, width}, or null. */
export function room_beside(stage, pictures) {
  const left = Math.max(...pictures.map(({ right }) => right)) + GAPS[0];
  const width = Math.min(NARROW.most, stage.right - GAPS[0] - left);
  return width >= NARROW.least ? { left, width } : null;
}

/**
 * Where a card of `height` and full width begins so that none of `free` is covered, and as little as
 * possible of `pictures`: in the first of the rooms that is high enough. `free` is in the order of its
 * importance: where not all can be free, the first ones are; where not even the first can, the card
 * covers it rather than stand where nobody sees it.
 */
export function card_top(height, rooms, pictures, free) {
  const high_enough = ({ top, bottom }) => bottom - top >= height + 2 * GAPS[0];
  const room = rooms.find(high_enough) ?? rooms.at(-1);
  for (let count = free.length; count > 0; count -= 1) {
    for (const gap of GAPS) {
      const found = places_in(room, height, gap, pictures, free.slice(0, count));
      if (found.length) return least(found, (top) => covered_of(pictures, top, top + height));
    }
  }
  return below_in(room, height, GAPS.at(-1), pictures);
}

/** Where a card fits into a room without covering what is to be free: below the pictures, above, between. */
function places_in(room, height, gap, pictures, free) {
  const highest = Math.min(...pictures.map(({ top }) => top));
  const places = [
    below_in(room, height, gap, pictures),
    Math.max(highest - gap - height, room.top + gap),
    ...free.flatMap(({ top, bottom }) => [bottom + gap, top - gap - height]),
  ];
  return places.filter(
    (top) =>
      top >= room.top + gap &&
      top + height + gap <= room.bottom &&
      free.every((each) => top >= each.bottom + gap || top + height + gap <= each.top),
  );
}

/** Below all pictures, or as low as the room goes. */
function below_in({ bottom }, height, gap, pictures) {
  const lowest = Math.max(...pictures.map((each) => each.bottom));
  return Math.min(lowest + gap, bottom - gap - height);
}

/** The first of the places with the smallest cost. */
function least(places, cost) {
  return places.reduce((best, place) => (cost(place) < cost(best) ? place : best));
}

function covered_of(pictures, start, end) {
  const parts = pictures.map(({ top, bottom }) => Math.min(bottom, end) - Math.max(top, start));
  return Math.max(0, ...parts);
}
