// The page: a picture is chosen, prepared, read by the network in this browser, and the answer is shown.
// Everything it says comes from model.json; text from files and names is only ever set as text.

import { decode, Refusal } from "./decode.js";
import { openNetwork } from "./network.js";
import { prepare } from "./prepare.js";
import { describe, showAnswer, showPicture, showProblem } from "./show.js";

const FOLDER = new URL("../", import.meta.url);
const at = (id) => document.getElementById(id);

let latest = 0; // a slow picture must not overwrite the answer to a later one

start().catch((error) => {
  at("call").textContent = "The network could not be loaded";
  showProblem(error.message);
});

async function start() {
  const record = await fetchJson("model.json");
  describe(record);
  const known = await fetchJson("selftest.json");
  const run = await openNetwork(record, FOLDER);
  const read = async (blob) => {
    const begun = performance.now();
    const { picture, bitmap, notes } = await decode(blob, record.pictures);
    const decoded = performance.now();
    const { box, feeds } = prepare(picture, record.preparation);
    const prepared = performance.now();
    const probs = await run(feeds);
    const done = performance.now();
    const times = { decode: decoded - begun, prepare: prepared - decoded, network: done - prepared };
    return { box, bitmap, notes, probs, times };
  };
  listen(record, read);
  offerSamples(record, known, read);
  at("selftest").addEventListener("click", () => test(known, read));
  for (const id of ["file", "selftest"]) at(id).disabled = false;
  at("call").textContent = "Choose a picture, or drop one here";
  keep().catch((error) => console.info(`The page is not kept for use without a connection: ${error.message}`));
}

async function fetchJson(name) {
  const answer = await fetch(new URL(name, FOLDER));
  if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status}). Copy the folder again.`);
  return answer.json();
}

function listen(record, read) {
  at("file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = ""; // so that the same picture can be chosen again
    if (file) answer(record, read, file, file.name);
  });
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      at("drop").classList.toggle("over", name === "dragenter" || name === "dragover");
      const [file] = name === "drop" ? event.dataTransfer.files : [];
      if (file) answer(record, read, file, file.name);
    });
  }
}

function offerSamples(record, known, read) {
  for (const sample of known.cases) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sample.title });
    button.addEventListener("click", async () => answer(record, read, await load(sample), sample.title, sample.origin));
    at("samples").append(button);
  }
  at("samples").hidden = false;
}

async function load(sample) {
  const found = await fetch(new URL(sample.file, FOLDER));
  if (!found.ok) throw new Error(`${sample.file} could not be loaded (${found.status}).`);
  return found.blob();
}

async function answer(record, read, blob, title, origin = "") {
  latest += 1;
  const mine = latest;
  at("answer").setAttribute("aria-busy", "true");
  at("call").textContent = "Reading …";
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  try {
    const found = await read(blob);
    if (mine !== latest) return;
    showPicture(record, found, title, origin);
    showAnswer(record, found);
  } catch (error) {
    if (mine !== latest) return;
    showProblem(error instanceof Refusal ? `${title}: ${error.message}` : `The picture was not read: ${error.message}`);
  } finally {
    if (mine === latest) {
      at("answer").removeAttribute("aria-busy");
      at("call").textContent = "Choose another picture, or drop one here";
      reveal();
    }
  }
}

/** Where the page is one column, what is said of a picture lies below it. */
function reveal() {
  if (!matchMedia("(max-width: 52rem)").matches) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  at("answer-heading").scrollIntoView({ block: "start", behavior: still ? "instant" : "smooth" });
}

async function test(known, read) {
  const [button, words] = [at("selftest"), at("verified")];
  button.disabled = true;
  words.className = "";
  let worst = 0;
  try {
    for (const [place, sample] of known.cases.entries()) {
      words.textContent = `Picture ${place + 1} of ${known.cases.length} …`;
      const { probs, box } = await read(await load(sample));
      const { top, left, height, width } = box;
      if ([top, left, height, width].some((edge, side) => edge !== sample.frame[side])) worst = Infinity;
      worst = Math.max(worst, ...probs.map((prob, place) => Math.abs(prob - sample.probs[place])));
    }
    const passed = worst <= known.tolerance;
    words.className = passed ? "passed" : "failed";
    words.textContent =
      `${passed ? "Passed" : "Failed"}: ${known.cases.length} pictures; the largest difference of a probability is ` +
      `${worst.toExponential(1)}, ${known.tolerance} is allowed. ` +
      (passed ? "" : "Do not use this page in this browser: it may alter pictures to protect against tracking.");
  } catch (error) {
    words.className = "failed";
    words.textContent = `Failed: ${error.message}`;
  }
  button.disabled = false;
}

/** Keep every file of the page, so that it opens without a connection; only where the browser allows it. */
async function keep() {
  const kept = "serviceWorker" in navigator && (await navigator.serviceWorker.register(new URL("worker.js", FOLDER)));
  if (!kept) return;
  await navigator.serviceWorker.ready;
  document.documentElement.dataset.kept = "yes";
}
