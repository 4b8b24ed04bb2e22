// The table and the two-by-two counts: cells are made once, then only their text changes.
const NUMBER = { percent: (v) => (v * 100).toFixed(1), count: (v) => showCount(v) };

// 9.4, 870, 1,219, −15: thousands parted, a true minus sign, nothing like "-0.0".
function showCount(value) {
  const size = Math.abs(value);
  const digits = size < 9.95 ? 1 : 0;
  const text = size.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 && Number(size.toFixed(digits)) ? `\u2212${text}` : text;
}

function makeElement(name, parent, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  parent?.appendChild(element);
  return element;
}

function drawMark(role, parent) {
  const mark = svgElement("svg", { class: "mark", viewBox: "-17 -8 34 16", "aria-hidden": "true" }, parent);
  svgElement("path", { d: "M-17,0H17", stroke: role.color, "stroke-width": 2.5, "stroke-dasharray": DASHES[role.dash] }, mark);
  svgElement("path", { d: drawSymbol(role.symbol, 5.5), fill: role.color }, mark);
}

class Readout {
  constructor(table, data) {
    this.data = data;
    table.querySelector("caption").textContent = data.words.caption;
    table.classList.toggle("many", data.roles.length > 3);
    const head = table.querySelector("thead");
    const body = table.querySelector("tbody");
    head.replaceChildren();
    body.replaceChildren();
    const titles = makeElement("tr", head);
    makeElement("td", titles);
    for (const role of data.roles) {
      const cell = makeElement("th", titles);
      cell.scope = "col";
      drawMark(role, cell);
      cell.append(role.title);
    }
    this.cells = new Map();
    for (const row of [{ key: "threshold", title: data.words.threshold, help: data.words.thresholdHelp }, ...data.rows]) {
      const line = makeElement("tr", body);
      const title = makeElement("th", line, row.title);
      title.scope = "row";
      makeElement("small", title, row.help);
      for (const role of data.roles) {
        const cell = makeElement("td", line);
        cell.dataset.cell = `${role.role}.${row.key}`;
        this.cells.set(cell.dataset.cell, { cell, value: makeElement("b", cell), limits: makeElement("small", cell) });
      }
    }
  }

  write(role, key, value, limits, isWords) {
    const parts = this.cells.get(`${role}.${key}`);
    parts.cell.classList.toggle("words", Boolean(isWords));
    parts.value.hidden = Boolean(isWords);
    parts.value.textContent = value;
    parts.limits.textContent = limits;
  }

  update(role, state) {
    if (state.reason) {
      this.write(role, "threshold", "", state.reason, true);
      for (const row of this.data.rows) this.write(role, row.key, "", "", true);
      return;
    }
    this.write(role, "threshold", `${(state.threshold * 100).toFixed(1)}\u00a0%`, state.note ?? "");
    for (const row of this.data.rows) {
      const [value, low, high] = state.cells[row.key];
      const format = NUMBER[row.unit];
      if (value === null) this.write(role, row.key, "", row.undefined, true);
      else {
        const limits = low === null ? row.noLimits : `${format(low)} to ${format(high)}`;
        this.write(role, row.key, row.unit === "percent" ? `${format(value)}\u00a0%` : format(value), limits);
      }
    }
  }
}

class Confusions {
  constructor(parent, data) {
    this.cells = new Map();
    parent.replaceChildren();
    for (const role of data.roles) {
      const table = makeElement("table", parent);
      const caption = makeElement("caption", table);
      drawMark(role, caption);
      caption.append(role.title);
      const head = makeElement("tr", makeElement("thead", table));
      makeElement("td", head);
      for (const title of [data.words.positives, data.words.negatives]) makeElement("th", head, title).scope = "col";
      const body = makeElement("tbody", table);
      const kinds = [[data.words.flagged, ["tp", "fp"]], [data.words.unflagged, ["fn", "tn"]]];
      for (const [title, keys] of kinds) {
        const line = makeElement("tr", body);
        makeElement("th", line, title).scope = "row";
        for (const key of keys) {
          const cell = makeElement("td", line);
          cell.dataset.count = `${role.role}.${key}`;
          const wrong = key === "fn" || key === "fp";
          this.cells.set(cell.dataset.count, {
            cell, wrong, of: key === "tp" || key === "fn" ? role.positives : role.negatives,
            value: makeElement("b", cell), share: makeElement("small", cell, ""), title: data.words[key],
          });
        }
      }
    }
  }

  update(role, counts) {
    for (const [key, count] of Object.entries(counts)) {
      const part = this.cells.get(`${role}.${key}`);
      const share = part.of && count !== null ? count / part.of : 0;
      part.value.textContent = count === null ? "–" : String(count);
      part.share.textContent = part.title;
      const ink = part.wrong ? "213, 94, 0" : "0, 114, 178";
      part.cell.style.background = `rgba(${ink}, ${(0.06 + 0.34 * share).toFixed(3)})`;
    }
  }
}
