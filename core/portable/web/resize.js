// Pillow's resize of 8-bit pictures, to the last bit: two passes, weights of 22 fixed-point bits, rounded
// to whole values between the passes (libImaging/Resample.c).
//
// A picture is { width, height, channels, data }, data a Uint8Array, row by row, channels together.

const PRECISION_BITS = 32 - 8 - 2;

const FILTERS = {
  box: { support: 0.5, weigh: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weigh: (x) => Math.max(1 - Math.abs(x), 0) },
};

/** A picture of width x height; the filter widens when it shrinks. */
export function resize(picture, width, height, filter) {
  const rows = (found) => (found.width === width ? found : resizeRows(found, width, FILTERS[filter]));
  const columns = (found) => (found.height === height ? found : resizeColumns(found, height, FILTERS[filter]));
  // The order matters by a grey value, as values are rounded between the passes. Pillow 13 takes the columns
  // first where the picture loses more than twice as much of its height as of its width.
  const [lostRows, lostColumns] = [picture.height - height, picture.width - width];
  return lostRows > 0 && lostRows > 2 * lostColumns ? rows(columns(picture)) : columns(rows(picture));
}

/** Luma of a picture with three channels, as Pillow's mode "L". */
export function toGrey(picture) {
  const data = new Uint8Array(picture.width * picture.height);
  for (let place = 0, from = 0; place < data.length; place += 1, from += 3) {
    const luma = picture.data[from] * 19595 + picture.data[from + 1] * 38470 + picture.data[from + 2] * 7471;
    data[place] = (luma + 0x8000) >> 16;
  }
  return { width: picture.width, height: picture.height, channels: 1, data };
}

/** For each of `to` places: the first of `from` that it draws on, and the weights of those from there. */
function computeWeights(from, to, { support, weigh }) {
  const scale = from / to;
  const widened = Math.max(scale, 1);
  const reach = support * widened;
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const last = Math.min(Math.trunc(centre + reach + 0.5), from);
    const shares = new Float64Array(last - first);
    let sum = 0;
    for (let offset = 0; offset < shares.length; offset += 1) {
      shares[offset] = weigh((offset + first - centre + 0.5) * (1 / widened));
      sum += shares[offset];
    }
    const weights = Int32Array.from(shares, (share) =>
      Math.trunc(0.5 + (sum === 0 ? share : share / sum) * (1 << PRECISION_BITS)),
    );
    return { first, weights };
  });
}

function resizeRows({ width, height, channels, data }, to, filter) {
  const plan = computeWeights(width, to, filter);
  const out = new Uint8Array(to * height * channels);
  let place = 0;
  for (let row = 0; row < height; row += 1) {
    for (const { first, weights } of plan) {
      const start = (row * width + first) * channels;
      for (let channel = 0; channel < channels; channel += 1, place += 1) {
        let sum = 1 << (PRECISION_BITS - 1);
        for (let offset = 0, at = start + channel; offset < weights.length; offset += 1, at += channels) {
          sum += data[at] * weights[offset];
        }
        out[place] = clip(sum);
      }
    }
  }
  return { width: to, height, channels, data: out };
}

function resizeColumns({ width, channels, height, data }, to, filter) {
  const stride = width * channels;
  const out = new Uint8Array(stride * to);
  const sums = new Float64Array(stride);
  computeWeights(height, to, filter).forEach(({ first, weights }, row) => {
    sums.fill(1 << (PRECISION_BITS - 1));
    for (let offset = 0; offset < weights.length; offset += 1) {
      const start = (first + offset) * stride;
      const weight = weights[offset];
      for (let at = 0; at < stride; at += 1) sums[at] += data[start + at] * weight;
    }
    for (let at = 0; at < stride; at += 1) out[row * stride + at] = clip(sums[at]);
  });
  return { width, height: to, channels, data: out };
}

function clip(sum) {
  return Math.min(Math.max(Math.floor(sum / (1 << PRECISION_BITS)), 0), 255);
}
