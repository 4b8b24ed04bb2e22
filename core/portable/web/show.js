// Filling the page: what the network is, what it says of a picture, and what must stand beside that.

const FIGURES = { roc_auc: "ROC-AUC", sensitivity: "Sensitivity", specificity: "Specificity", ece: "ECE" };
const LONGEST_SIDE = 900; // of the preview, in pixels

const at = (id) => document.getElementById(id);

/** What is known before a picture: title, figures, limits. */
export function describe(record) {
  document.title = `${record.title}: ${record.role.replace("_", " ")} (research use only)`;
  at("title").textContent = record.title;
  at("subtitle").textContent = `${record.network.title}, ${millions(record.network.parameters)} parameters. It runs in this browser.`;
  at("caution").textContent = record.caution;
  at("caution").hidden = !record.caution;
  list("limits", [...record.limits, `Not known to the network: ${lower(record.unknowns)}`]);
  list("missing", record.not_included);
  tabulate(record.held_out);
  at("measured").textContent =
    "Measured with TwinLens on held-out cases, sensitivity and specificity at the threshold of " +
    `${percent(record.operating_point.threshold)}; in brackets, 95 % limits.`;
  const { window } = record.preparation;
  if (window) {
    at("accepts").textContent =
      `PNG or JPEG of a slice that already shows the window of training (centre ${window.centre} HU, ` +
      `width ${window.width} HU). The picture stays on this device.`;
  }
  at("about").textContent =
    `Exported by TwinLens from the pair “${record.pair}”. ${record.intended_use} ` +
    `Trained on: ${trainingData(record.sources)}. ONNX Runtime Web is Microsoft's (MIT licence).`;
}

/** The picture, with the part that the network sees. */
export function showPicture(record, { bitmap, box }, title, origin) {
  const canvas = at("preview");
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(Math.round(bitmap.width * scale), 1);
  canvas.height = Math.max(Math.round(bitmap.height * scale), 1);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const whole = box.width === bitmap.width && box.height === bitmap.height;
  if (!whole) {
    const sides = [box.left, box.top, box.width, box.height].map((side) => side * scale);
    for (const [colour, width] of [["#000000", 5], ["#f0e442", 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(...sides);
    }
  }
  canvas.setAttribute("aria-label", `${record.image_name}: ${title}`);
  const seen = whole ? "The network sees all of it" : "The network sees what lies within the yellow box";
  const { width, height } = record.preparation;
  at("caption").textContent =
    `${title} (${bitmap.width} × ${bitmap.height} pixels). ${seen}, at ${width} × ${height}. ${origin}`;
  at("shown").hidden = false;
  bitmap.close();
}

/** The answer; replaces an earlier one or a problem. */
export function showAnswer(record, { probs, notes, times }) {
  const positive = Math.min(record.classes.reduce((sum, entry, place) => sum + (entry.positive ? probs[place] : 0), 0), 1);
  const { threshold } = record.operating_point;
  const flagged = positive >= threshold;
  at("problem").hidden = at("waiting").hidden = true;
  at("reading").hidden = false;
  at("reading").dataset.probs = JSON.stringify(probs);
  at("reading").dataset.times = JSON.stringify(times);
  at("verdict").className = flagged ? "flagged" : "";
  at("verdict").textContent = flagged ? `⚑ Flagged for ${record.positive_name}` : `○ Not flagged for ${record.positive_name}`;
  at("relation").textContent =
    `${capital(record.positive_name)}: ${percent(positive)}, ${flagged ? "at or above" : "below"} the threshold of ${percent(threshold)}.`;
  drawMeter(positive, threshold, record.positive_name);
  at("warning").textContent = flagged ? record.flagged_words : record.unflagged_words;
  at("unchecked").textContent =
    `Not checked on this page: whether the picture is a ${record.image_name} at all, and whether it is good enough to read.`;
  at("classes").replaceChildren(...record.classes.map((entry, place) => classRow(entry, probs[place])));
  at("point").textContent = record.operating_point_words;
  at("notes").textContent = notes.join(" ");
  at("notes").hidden = !notes.length;
  const total = times.decode + times.prepare + times.network;
  at("time").textContent =
    `Read in ${Math.round(total)} ms on this device: decoded in ${Math.round(times.decode)}, ` +
    `prepared in ${Math.round(times.prepare)}, network ${Math.round(times.network)}.`;
}

/** A refusal in place of an answer: no earlier answer may stand beside another picture's name. */
export function showProblem(words) {
  at("problem").textContent = words;
  at("problem").hidden = false;
  at("waiting").hidden = false;
  at("reading").hidden = at("shown").hidden = true;
  delete at("reading").dataset.probs;
}

function drawMeter(positive, threshold, name) {
  const bar = element("div", { className: "bar positive" });
  bar.style.width = `${100 * positive}%`;
  const mark = element("div", { className: "mark" });
  mark.style.left = `${100 * threshold}%`;
  mark.style.setProperty("--at", threshold);
  mark.dataset.label = `threshold ${percent(threshold)}`;
  at("meter").setAttribute("aria-label", `${name} ${percent(positive)}, threshold ${percent(threshold)}`);
  at("meter").replaceChildren(bar, mark);
}

function classRow({ name, explanation, positive }, prob) {
  const row = element("div", { className: "row" });
  row.append(
    element("span", { className: "name", textContent: name }),
    element("span", { className: "number", textContent: percent(prob) }),
  );
  const track = element("div", { className: "track", ariaHidden: "true" });
  const bar = element("div", { className: positive ? "bar positive" : "bar" });
  bar.style.width = `${100 * prob}%`;
  track.append(bar);
  const item = element("li", { className: positive ? "is-positive" : "", title: explanation });
  item.append(row, track);
  return item;
}

function tabulate(sets) {
  const names = Object.keys(FIGURES).filter((name) => sets.some(({ metrics }) => name in metrics));
  const head = element("tr");
  head.append(...["Held-out cases", ...names.map((name) => FIGURES[name])].map((textContent) => element("th", { scope: "col", textContent })));
  const rows = sets.map(({ title, n, positives, metrics }) => {
    const row = element("tr");
    const cells = [`${title}: n = ${n}, ${positives} positive`, ...names.map((name) => figure(metrics[name]))];
    row.append(
      ...cells.map((textContent, place) => {
        const cell = element("td", { textContent });
        if (place) cell.dataset.label = FIGURES[names[place - 1]];
        return cell;
      }),
    );
    return row;
  });
  at("figures").replaceChildren(head, ...rows);
}

function figure(entry) {
  if (!entry || entry.value === null) return "undefined";
  const [value, low, high] = [entry.value, entry.low, entry.high].map((number) => number?.toFixed(3));
  return low === undefined || high === undefined ? `${value} (no limits)` : `${value} (${low}–${high})`;
}

function trainingData(sources) {
  const used = sources.filter(({ used_for: purpose }) => purpose === "training");
  return used.map(({ title, n, licence }) => `${title} (${n.toLocaleString("en")} images, ${licence})`).join("; ");
}

/** A share as per cent with one decimal; what rounds to 0 or 100 but is not, says so. */
function percent(share) {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share > 0.9995 && share < 1) return "> 99.9 %";
  return `${(100 * share).toFixed(1)} %`;
}

function list(id, sentences) {
  at(id).replaceChildren(...sentences.map((textContent) => element("li", { textContent })));
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

function millions(count) {
  return `${(count / 1e6).toFixed(1)} million`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lower(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
