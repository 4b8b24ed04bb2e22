// The part of a picture that the network sees: all of it, the lit disc of a fundus photograph, or the body in
// a CT slice. The same boxes as core/modalities/field_of_view.py and body.py find.

import { count, cut, fill, largest, maskOf, openByCross, openBySquare, profiles } from "./masks.js";
import { resize, toGrey } from "./resize.js";

const CROPS = { none: whole, field_of_view: findFieldOfView, body: findBody };

/** { top, left, width, height } in pixels of the picture. */
export function findFrame(picture, crop) {
  return CROPS[crop](picture);
}

/** The box cut out of a picture. */
export function cutOut({ width, channels, data }, box) {
  const row = box.width * channels;
  const out = new Uint8Array(row * box.height);
  for (let down = 0; down < box.height; down += 1) {
    const start = ((box.top + down) * width + box.left) * channels;
    out.set(data.subarray(start, start + row), down * row);
  }
  return { width: box.width, height: box.height, channels, data: out };
}

function whole({ width, height }) {
  return { top: 0, left: 0, width, height };
}

function findFieldOfView(picture) {
  const { width, height } = picture;
  const scale = Math.min(1, 256 / Math.max(height, width));
  const [across, down] = [Math.max(round(width * scale), 1), Math.max(round(height * scale), 1)];
  const small = resize(picture, across, down, "box");
  const brightest = new Float32Array(across * down);
  for (let place = 0; place < brightest.length; place += 1) {
    brightest[place] = Math.max(...small.data.subarray(3 * place, 3 * place + 3));
  }
  const bright = meanOfThree(meanOfThree(brightest, across, down, across, 1), down, across, 1, across);
  const level = Math.fround(Math.max(8, 0.12 * percentile(bright, 0.95)));
  const lit = maskOf(across, down, (place) => bright[place] > level);
  const region = fill(largest(Math.min(across, down) >= 16 ? openByCross(lit) : lit));
  const share = count(region) / (across * down);
  if (share < 0.08 || share === 1) return whole(picture);
  const { rows, columns } = profiles(region);
  const [first, last] = extent(rows);
  const [start, stop] = extent(columns);
  const [top, bottom] = [round((first / down) * height), round((last / down) * height)];
  const [left, right] = [round((start / across) * width), round((stop / across) * width)];
  return { top, left, width: Math.max(right - left, 1), height: Math.max(bottom - top, 1) };
}

function findBody(picture) {
  const { width, height } = picture;
  const longer = Math.max(height, width);
  const scale = 192 / longer;
  const [across, down] = [Math.max(round(width * scale), 1), Math.max(round(height * scale), 1)];
  const small = resize(toGrey(picture), across, down, "box");
  const body = largest(openBySquare(maskOf(across, down, (place) => small.data[place] > 110)));
  const { rows, columns } = profiles(body);
  const [first, start] = [rows.findIndex(Boolean), columns.findIndex(Boolean)];
  if (first < 0) return whole(picture);
  const [last, stop] = [rows.findLastIndex(Boolean) + 1, columns.findLastIndex(Boolean) + 1];
  if (count(fill(cut(body, first, start, stop - start, last - first))) < 0.08 * across * down) {
    return whole(picture);
  }
  const margin = 0.02 * longer;
  const top = Math.max(round(first / scale - margin), 0);
  const left = Math.max(round(start / scale - margin), 0);
  const bottom = Math.min(round(last / scale + margin), height);
  const right = Math.min(round(stop / scale + margin), width);
  return { top, left, width: right - left, height: bottom - top };
}

/** Python's round: halves to the even number. */
function round(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Running mean of three along lines `stride` apart, the ends repeated, summed in the order of SciPy. */
function meanOfThree(values, length, lines, between, stride) {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line += 1) {
    const at = (place) => values[line * between + Math.min(Math.max(place, 0), length - 1) * stride];
    let mean = (at(-1) + at(0) + at(1)) / 3;
    out[line * between] = mean;
    for (let place = 1; place < length; place += 1) {
      mean += (at(place + 1) - at(place - 2)) / 3;
      out[line * between + place * stride] = mean;
    }
  }
  return out;
}

/** Linear between the two nearest of the sorted values, as NumPy computes it for float32. */
function percentile(values, share) {
  const sorted = Float32Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
  const step = Math.fround(high - low);
  const weight = place - below;
  return weight < 0.5 ? low + step * weight : high - step * (1 - weight);
}

/** First, and last plus one, of the lines in which a region runs over 4 % of its longest. */
function extent(lengths) {
  const least = 0.04 * Math.max(...lengths);
  const enough = (length) => length >= least;
  return [lengths.findIndex(enough), lengths.findLastIndex(enough) + 1];
}
