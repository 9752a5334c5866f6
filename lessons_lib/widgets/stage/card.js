// Where the microscope's card stands: beside the pictures where there is room, else below or above what
// it explains. All are places on the page, {left, top, right, bottom} in CSS pixels.

const GAPS = [8, 1]; // around the card; where it is tight, the smaller one
const NARROW = { least: 290, most: 400 }; // width of a card beside the pictures

/** How wide a card beside the pictures can be, and where it begins: {left, width}, or null. */
export function room_beside(lab, pictures) {
  const left = Math.max(...pictures.map(({ right }) => right)) + GAPS[0];
  const width = Math.min(NARROW.most, lab.right - GAPS[0] - left);
  return width >= NARROW.least ? { left, width } : null;
}

/**
 * Where a card of `height` and full width begins so that none of `free` is covered, and as little as
 * possible of `pictures`: in the first of the rooms that is high enough; where nothing is free there, it
 * covers something rather than stand where nobody sees it.
 */
export function card_top(height, rooms, pictures, free) {
  const room =
    rooms.find(({ top, bottom }) => bottom - top >= height + 2 * GAPS[0]) ?? rooms.at(-1);
  const lowest = Math.max(...pictures.map(({ bottom }) => bottom));
  let below = 0;
  for (const gap of GAPS) {
    below = Math.min(lowest + gap, room.bottom - gap - height);
    const places = [
      below,
      Math.max(Math.min(...pictures.map(({ top }) => top)) - gap - height, room.top + gap),
      ...free.flatMap(({ top, bottom }) => [bottom + gap, top - gap - height]),
    ];
    const fitting = places.filter(
      (top) =>
        top >= room.top + gap &&
        top + height + gap <= room.bottom &&
        free.every((each) => top >= each.bottom + gap || top + height + gap <= each.top),
    );
    if (fitting.length) return least(fitting, (top) => covered_of(pictures, top, top + height));
  }
  return below;
}

/** The first of the places with the smallest cost. */
function least(places, cost) {
  return places.reduce((best, place) => (cost(place) < cost(best) ? place : best));
}

function covered_of(pictures, start, end) {
  const parts = pictures.map(({ top, bottom }) => Math.min(bottom, end) - Math.max(top, start));
  return Math.max(0, ...parts);
}
