// The topological input: a picture averaged to a small grey grid, the births and deaths of its dark and bright
// spots, and these on a fixed grid as a persistence image. The same numbers as core/topology gives.

const LUMA = [299, 587, 114];
const CROSS = [[-1, 0], [0, -1], [0, 1], [1, 0]];
const AROUND = [...CROSS, [-1, -1], [-1, 1], [1, -1], [1, 1]];

/** Float32Array of bins x bins numbers; `spec` is `topology` of model.json. */
export function computeTopology(frame, spec) {
  const grey = computeGrey(frame, spec.side);
  const spots = persistence(grey, spec.side, AROUND);
  // Bright spots inside dark loops are dark spots of the negative, cut off from its border.
  const closed = closeNegative(grey, spec.side);
  const loops = persistence(closed, spec.side + 2, CROSS).map(([birth, death]) => [-death, -birth]);
  const [first, second] = [spots, loops].map((points) => persistenceImage(points, spec));
  return Float32Array.from(first, (value, place) => value / spec.scale + second[place] / spec.scale);
}

/** side x side luma in [0, 1], averaged by area. Sums are of whole numbers, so nothing is rounded. */
function computeGrey({ width, height, data }, side) {
  const columns = overlaps(width, side);
  const sums = new Float64Array(side * side);
  const rows = overlaps(height, side);
  for (let row = 0; row < side; row += 1) {
    const line = new Float64Array(width);
    for (const [from, share] of rows[row]) {
      for (let column = 0, at = from * width * 3; column < width; column += 1, at += 3) {
        line[column] += share * (data[at] * LUMA[0] + data[at + 1] * LUMA[1] + data[at + 2] * LUMA[2]);
      }
    }
    columns.forEach((cell, column) => {
      for (const [from, share] of cell) sums[row * side + column] += share * line[from];
    });
  }
  const whole = 255 * 1000 * height * width;
  return sums.map((sum) => sum / whole);
}

/** For each cell: the pixels that it shares, and how much of each, in parts of 1 / (side * length). */
function overlaps(length, side) {
  return Array.from({ length: side }, (_, cell) => {
    const shared = [];
    const last = Math.min(Math.ceil(((cell + 1) * length) / side), length);
    for (let pixel = Math.floor((cell * length) / side); pixel < last; pixel += 1) {
      const end = Math.min((cell + 1) * length, (pixel + 1) * side);
      shared.push([pixel, end - Math.max(cell * length, pixel * side)]);
    }
    return shared;
  });
}

function closeNegative(grey, side) {
  const lowest = -Math.max(...grey) - 1;
  const closed = new Float64Array((side + 2) ** 2).fill(lowest);
  grey.forEach((value, place) => {
    closed[(Math.floor(place / side) + 1) * (side + 2) + (place % side) + 1] = -value;
  });
  return closed;
}

/** Births and deaths of dark spots, but for the one that never dies: pixels are let in from the darkest, and
 *  of two spots that meet the younger dies. */
function persistence(values, side, steps) {
  const parent = new Int32Array(values.length).fill(-1);
  const points = [];
  const root = (start) => {
    let place = start;
    while (parent[place] !== place) {
      parent[place] = parent[parent[place]];
      place = parent[place];
    }
    return place;
  };
  const order = Array.from(values.keys()).sort((one, other) => values[one] - values[other]);
  for (const place of order) {
    parent[place] = place;
    for (const [down, right] of steps) {
      const row = Math.floor(place / side) + down;
      const column = (place % side) + right;
      const next = row * side + column;
      if (row < 0 || row >= side || column < 0 || column >= side || parent[next] < 0) continue;
      const [one, other] = [root(place), root(next)];
      if (one === other) continue;
      const [older, younger] = values[one] <= values[other] ? [one, other] : [other, one];
      if (values[younger] < values[place]) points.push([values[younger], values[place]]);
      parent[younger] = older;
    }
  }
  return points;
}

/** Points counted on the grid, weighted by persistence, smoothed; row 0 lasts longest. */
function persistenceImage(points, { bins, birth_range: births, persistence_range: lasts, sigma }) {
  const step = [births, lasts].map(([low, high]) => (high - low) / (bins - 1));
  const cell = (value, [low, high], width) => Math.trunc((Math.min(Math.max(value, low), high) - low) / width);
  const grid = new Float64Array(bins * bins); // birth by persistence
  for (const [birth, death] of points) {
    const last = cell(death - birth, lasts, step[1]);
    grid[cell(birth, births, step[0]) * bins + last] += lasts[0] + last * step[1] + step[1] / 2;
  }
  const across = smooth(grid, bins, bins, 1, gaussian(sigma[0] / step[0]));
  const smoothed = smooth(across, bins, 1, bins, gaussian(sigma[1] / step[1]));
  const area = step[0] * step[1];
  return Float64Array.from({ length: bins * bins }, (_, place) => {
    const [row, column] = [Math.floor(place / bins), place % bins];
    return smoothed[column * bins + bins - 1 - row] / area;
  });
}

function gaussian(width) {
  const reach = Math.trunc(4 * width + 0.5);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, place) =>
    Math.exp((-0.5 / width ** 2) * (place - reach) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Along lines whose places are `stride` apart, nothing lying beyond the grid. */
function smooth(values, bins, stride, between, weights) {
  const reach = (weights.length - 1) / 2;
  const out = new Float64Array(values.length);
  for (let line = 0; line < bins; line += 1) {
    for (let place = 0; place < bins; place += 1) {
      let sum = 0;
      for (let offset = -reach; offset <= reach; offset += 1) {
        const from = place + offset;
        if (from >= 0 && from < bins) sum += values[line * between + from * stride] * weights[offset + reach];
      }
      out[line * between + place * stride] = sum;
    }
  }
  return out;
}
