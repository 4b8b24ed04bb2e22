// Regions of a picture: growing, shrinking, filling and choosing them, as SciPy's ndimage does.
//
// A mask is { width, height, data }, data a Uint8Array of 0 and 1. Pixels touch at their sides.

const CROSS = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]];
const SQUARE = Array.from({ length: 25 }, (_, place) => [Math.floor(place / 5) - 2, (place % 5) - 2]);

/** A mask of what `is` says of each place. */
export function maskOf(width, height, is) {
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, place) => (is(place) ? 1 : 0)) };
}

/** How many pixels a mask holds. */
export function count(mask) {
  return mask.data.reduce((sum, value) => sum + value, 0);
}

/** The mask without what a square of five pixels does not fit into. */
export function openBySquare(mask) {
  return spread(shrink(mask, SQUARE), SQUARE);
}

/** The mask without links narrower than four pixels; its border's pixels go on beyond it. */
export function openByCross(mask) {
  const margin = 2;
  const wide = maskOf(mask.width + 2 * margin, mask.height + 2 * margin, (place) => {
    const row = clamp(Math.floor(place / (mask.width + 2 * margin)) - margin, mask.height);
    const column = clamp((place % (mask.width + 2 * margin)) - margin, mask.width);
    return mask.data[row * mask.width + column];
  });
  let opened = wide;
  for (const change of [shrink, shrink, spread, spread]) opened = change(opened, CROSS);
  return cut(opened, margin, margin, mask.width, mask.height);
}

/** The largest region; of several the one whose first pixel comes first. */
export function largest(mask) {
  const labels = label(mask);
  const sizes = [];
  for (const found of labels) if (found) sizes[found] = (sizes[found] ?? 0) + 1;
  let best = 0;
  for (let region = 1; region < sizes.length; region += 1) {
    if (!best || sizes[region] > sizes[best]) best = region;
  }
  return maskOf(mask.width, mask.height, (place) => best && labels[place] === best);
}

/** A region with its holes: all that the outside does not reach without stepping diagonally. */
export function fill(mask) {
  const width = mask.width + 2;
  const outside = maskOf(width, mask.height + 2, (place) => {
    const row = Math.floor(place / width) - 1;
    const column = (place % width) - 1;
    const within = row >= 0 && row < mask.height && column >= 0 && column < mask.width;
    return !within || !mask.data[row * mask.width + column];
  });
  const labels = label(outside);
  const whole = { ...outside, data: Uint8Array.from(labels, (found) => (found === labels[0] ? 0 : 1)) };
  return cut(whole, 1, 1, mask.width, mask.height);
}

/** A part of a mask. */
export function cut(mask, top, left, width, height) {
  return maskOf(width, height, (place) => {
    const row = top + Math.floor(place / width);
    return mask.data[row * mask.width + left + (place % width)];
  });
}

/** How many pixels of a mask lie in each row, and in each column. */
export function profiles(mask) {
  const rows = new Array(mask.height).fill(0);
  const columns = new Array(mask.width).fill(0);
  mask.data.forEach((value, place) => {
    rows[Math.floor(place / mask.width)] += value;
    columns[place % mask.width] += value;
  });
  return { rows, columns };
}

function clamp(value, length) {
  return Math.min(Math.max(value, 0), length - 1);
}

function shrink(mask, steps) {
  return neighbours(mask, steps, (found) => found.every(Boolean));
}

function spread(mask, steps) {
  return neighbours(mask, steps, (found) => found.some(Boolean));
}

/** Nothing lies beyond the border. */
function neighbours({ width, height, data }, steps, decide) {
  return maskOf(width, height, (place) => {
    const row = Math.floor(place / width);
    const column = place % width;
    return decide(
      steps.map(([down, right]) => {
        const [y, x] = [row + down, column + right];
        return y >= 0 && y < height && x >= 0 && x < width && data[y * width + x];
      }),
    );
  });
}

/** Regions numbered from 1 in the order of their first pixel, 0 elsewhere. */
function label({ width, height, data }) {
  const labels = new Int32Array(width * height);
  let regions = 0;
  for (let start = 0; start < data.length; start += 1) {
    if (!data[start] || labels[start]) continue;
    regions += 1;
    labels[start] = regions;
    const waiting = [start];
    while (waiting.length) {
      const place = waiting.pop();
      const column = place % width;
      const beside = [place - width, place + width];
      if (column > 0) beside.push(place - 1);
      if (column < width - 1) beside.push(place + 1);
      for (const next of beside) {
        if (next >= 0 && next < data.length && data[next] && !labels[next]) {
          labels[next] = regions;
          waiting.push(next);
        }
      }
    }
  }
  return labels;
}
