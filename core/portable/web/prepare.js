// From a decoded picture to the network's inputs; `spec` is `preparation` of model.json.

import { cutOut, findFrame } from "./frame.js";
import { resize } from "./resize.js";
import { computeTopology } from "./topology.js";

/** { box, feeds }: what the network sees of the picture, and its inputs by name as { dims, data }. */
export function prepare(picture, spec) {
  const box = findFrame(picture, spec.crop);
  const frame = cutOut(picture, box);
  const small = resize(frame, spec.width, spec.height, spec.interpolation);
  const area = spec.width * spec.height;
  const image = new Float32Array(3 * area);
  for (let place = 0; place < area; place += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      image[channel * area + place] = small.data[3 * place + channel] / spec.divide_by;
    }
  }
  const feeds = { image: { dims: [1, 3, spec.height, spec.width], data: image } };
  if (spec.topology) {
    const data = computeTopology(frame, spec.topology);
    feeds.topology = { dims: [1, data.length], data };
  }
  return { box, feeds };
}
