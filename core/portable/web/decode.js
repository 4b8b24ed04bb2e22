// The bytes of a PNG or JPEG become upright 8-bit colours, or a refusal in words. The header is read before
// the browser decodes anything, so that what would be read wrongly is refused and not guessed.

const GREY = 128; // lies under what is transparent, as in TwinLens

/** A refusal: what is wrong, and what to do. */
export class Refusal extends Error {}

/** { picture, bitmap, notes } of a Blob; `limits` is `pictures` of model.json. */
export async function decode(blob, limits) {
  if (blob.size > limits.max_bytes) {
    const allowed = Math.round(limits.max_bytes / 2 ** 20);
    throw new Refusal(`The file is larger than ${allowed} MB. Save the picture as a JPEG, or make it smaller.`);
  }
  const header = readHeader(new DataView(await blob.arrayBuffer()));
  checkSize(header, limits);
  const bitmap = await createImageBitmap(blob, {
    colorSpaceConversion: header.profile ? "default" : "none",
    premultiplyAlpha: "none",
    imageOrientation: "from-image",
  }).catch(() => {
    throw new Refusal("The picture is damaged and cannot be decoded. Export it again, or choose the original file.");
  });
  const { picture, transparent } = readPixels(bitmap);
  if (isConstant(picture.data)) throw new Refusal("Every pixel has the same colour. Choose a photograph.");
  const notes = [];
  if (header.profile) {
    notes.push("The picture has a colour profile, which this browser applied; TwinLens may convert it a little differently.");
  }
  if (transparent) notes.push("Transparent parts were laid on grey; a browser keeps their colours less exactly than TwinLens.");
  return { picture, bitmap, notes };
}

function checkSize({ width, height }, limits) {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const size = `The picture has ${width} × ${height} pixels`;
  if (width * height > limits.max_pixels) {
    throw new Refusal(`${size}, ${limits.max_pixels / 1e6} million are allowed. Make it smaller.`);
  }
  if (short < limits.min_side) {
    throw new Refusal(`${size}, the shorter side needs at least ${limits.min_side}. Choose a larger picture.`);
  }
  if (long > limits.max_aspect * short) {
    throw new Refusal(`${size}, longer than ${limits.max_aspect} times its width. Cut it to what matters in it.`);
  }
}

function readHeader(view) {
  try {
    if (view.getUint32(0) === 0x89504e47) return readPng(view);
    if (view.getUint16(0) === 0xffd8) return readJpeg(view);
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal("The file is cut off. Copy it again.");
    throw error;
  }
  throw new Refusal("This is no PNG or JPEG picture. Save it as one of these; DICOM files are read by TwinLens only.");
}

function readPng(view) {
  if (view.getUint8(24) > 8) throw deep();
  const header = { width: view.getUint32(16), height: view.getUint32(20), profile: false };
  for (let at = 8; at + 8 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const name = view.getUint32(at + 4);
    if (name === 0x69434350) header.profile = true; // iCCP
    if (name === 0x49444154) break; // IDAT
  }
  return header;
}

function readJpeg(view) {
  let profile = false;
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    while (view.getUint8(at + 1) === 0xff) at += 1;
    const marker = view.getUint16(at);
    if (marker === 0xffe2 && view.getUint32(at + 4) === 0x4943435f) profile = true; // ICC_
    // Start of a frame: all of FFC0 to FFCF but the tables of Huffman and arithmetic codes.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      if (view.getUint8(at + 4) > 8) throw deep();
      if (view.getUint8(at + 9) === 4) {
        throw new Refusal("The picture is in print colours (CMYK). Save it in RGB.");
      }
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5), profile };
    }
    if (marker < 0xff00 || marker === 0xffda || marker === 0xffd9) {
      throw new Refusal("The JPEG is damaged. Export it again, or choose the original file.");
    }
  }
}

function deep() {
  return new Refusal("The picture has more than 8 bits a channel, which a browser would cut. Save it with 8 bits.");
}

function readPixels(bitmap) {
  const { width, height } = bitmap;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Refusal("This browser cannot hold a picture of this size. Make it smaller.");
  context.drawImage(bitmap, 0, 0);
  const { data: stored } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  let transparent = false;
  for (let from = 0, to = 0; from < stored.length; from += 4, to += 3) {
    const opacity = stored[from + 3];
    transparent ||= opacity < 255;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = stored[from + channel];
      data[to + channel] =
        opacity === 255 ? value : Math.round((value * opacity + GREY * (255 - opacity)) / 255);
    }
  }
  return { picture: { width, height, channels: 3, data }, transparent };
}

function isConstant(data) {
  for (let place = 3; place < data.length; place += 1) if (data[place] !== data[place - 3]) return false;
  return true;
}
