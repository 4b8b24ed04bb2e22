// The network in ONNX Runtime Web: WebAssembly on one thread, which needs no special headers of a server.

import * as ort from "./ort.wasm.bundle.min.mjs";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL("./ort-wasm-simd-threaded.wasm", import.meta.url).href };
ort.env.logLevel = "error";

/** Open the network that model.json describes; its bytes must be those that were exported. */
export async function openNetwork(record, folder) {
  const { file } = record.network;
  const answer = await fetch(new URL(file, folder));
  if (!answer.ok) throw new Error(`${file} could not be loaded (${answer.status}).`);
  const content = new Uint8Array(await answer.arrayBuffer());
  await check(content, record.files[file], file);
  const session = await ort.InferenceSession.create(content, { executionProviders: ["wasm"] });
  return async (feeds) => {
    const inputs = Object.entries(feeds).map(([name, { data, dims }]) => [
      name,
      new ort.Tensor("float32", data, dims),
    ]);
    const found = await session.run(Object.fromEntries(inputs), ["logits"]);
    return softmax(Array.from(found.logits.data), record.temperature);
  };
}

/** Browsers compute SHA-256 only on pages that came safely: by https, or from the device itself. */
async function check(content, { bytes, sha256 }, file) {
  let same = content.length === bytes;
  if (same && globalThis.crypto?.subtle) {
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    same = Array.from(sum, (value) => value.toString(16).padStart(2, "0")).join("") === sha256;
  }
  if (!same) throw new Error(`${file} is not the file that was exported. Copy the folder again.`);
}

function softmax(logits, temperature) {
  const scaled = logits.map((logit) => logit / temperature);
  const most = Math.max(...scaled);
  const shares = scaled.map((value) => Math.exp(value - most));
  const sum = shares.reduce((total, share) => total + share, 0);
  const probs = shares.map((share) => share / sum);
  if (!probs.every(Number.isFinite)) throw new Error("The network gave no finite answer.");
  return probs;
}
