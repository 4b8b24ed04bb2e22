// One line chart with a point per network that can be moved. Positions only; every value comes from Python.
const SVG = "http://www.w3.org/2000/svg";
const FRAME = { width: 340, height: 290, left: 44, right: 20, top: 10, bottom: 40 };

function svgElement(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.appendChild(element);
  return element;
}

function drawSymbol(symbol, radius) {
  if (symbol === "square") return `M${-radius},${-radius}h${2 * radius}v${2 * radius}h${-2 * radius}z`;
  if (symbol === "triangle-up") return `M0,${-1.25 * radius}L${1.25 * radius},${radius}H${-1.25 * radius}z`;
  if (symbol === "diamond") return `M0,${-1.35 * radius}L${1.35 * radius},0L0,${1.35 * radius}L${-1.35 * radius},0z`;
  return `M${-radius},0a${radius},${radius} 0 1,0 ${2 * radius},0a${radius},${radius} 0 1,0 ${-2 * radius},0z`;
}

const DASHES = { solid: "", dash: "7 4", dashdot: "8 3 2 3", dot: "2 3" };

class Chart {
  constructor(figure, spec, roles, onPick) {
    this.spec = spec;
    this.roles = roles;
    this.svg = svgElement("svg", { viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, role: "img", "aria-label": spec.alt }, figure);
    this.drawAxes();
    const clip = `clip-${spec.key}`;
    const inner = svgElement("clipPath", { id: clip }, svgElement("defs", {}, this.svg));
    svgElement("rect", {
      x: FRAME.left, y: FRAME.top, width: FRAME.width - FRAME.left - FRAME.right, height: FRAME.height - FRAME.top - FRAME.bottom,
    }, inner);
    const lines = svgElement("g", { "clip-path": `url(#${clip})` }, this.svg);
    for (const line of spec.references) {
      svgElement("path", { class: "reference", d: this.path(line.x, line.y), "stroke-dasharray": line.dash }, lines);
    }
    for (const role of [...roles].reverse()) {
      const curve = role[spec.key];
      svgElement("path", {
        class: "series", d: this.path(curve.x, curve.y), stroke: role.color, "stroke-dasharray": DASHES[role.dash],
      }, lines);
    }
    // The later, the smaller: where points coincide, each one still shows.
    const step = 4.2 / Math.max(roles.length, 3);
    this.points = new Map([...roles].reverse().map((role, at) => [role.role, svgElement("path", {
      class: "point", d: drawSymbol(role.symbol, 7.2 - step * at), fill: role.color, visibility: "hidden",
    }, this.svg)]));
    this.listen(onPick);
  }

  place(value, [low, high], from, to) {
    return from + ((value - low) / (high - low)) * (to - from);
  }

  position(x, y) {
    return [
      this.place(x, this.spec.xRange, FRAME.left, FRAME.width - FRAME.right),
      this.place(y, this.spec.yRange, FRAME.height - FRAME.bottom, FRAME.top),
    ];
  }

  path(x, y) {
    let pen = "M";
    let d = "";
    for (let i = 0; i < x.length; i += 1) {
      if (y[i] === null) { pen = "M"; continue; }
      const [left, top] = this.position(x[i], y[i]);
      d += `${pen}${left.toFixed(1)},${top.toFixed(1)}`;
      pen = "L";
    }
    return d;
  }

  drawAxes() {
    const { xRange, yRange, xTicks, yTicks } = this.spec;
    for (const tick of xTicks) {
      const [x] = this.position(tick.at, yRange[0]);
      svgElement("path", { class: "grid", d: `M${x},${FRAME.top}V${FRAME.height - FRAME.bottom}` }, this.svg);
      svgElement("text", { x, y: FRAME.height - FRAME.bottom + 15, "text-anchor": "middle" }, this.svg).textContent = tick.text;
    }
    for (const tick of yTicks) {
      const [, y] = this.position(xRange[0], tick.at);
      svgElement("path", { class: "grid", d: `M${FRAME.left},${y}H${FRAME.width - FRAME.right}` }, this.svg);
      svgElement("text", { x: FRAME.left - 6, y: y + 4, "text-anchor": "end" }, this.svg).textContent = tick.text;
    }
    svgElement("path", { class: "axis", d: `M${FRAME.left},${FRAME.top}V${FRAME.height - FRAME.bottom}H${FRAME.width - FRAME.right}` }, this.svg);
    svgElement("text", {
      x: (FRAME.left + FRAME.width - FRAME.right) / 2, y: FRAME.height - 6, "text-anchor": "middle",
    }, this.svg).textContent = this.spec.xTitle;
  }

  // Press or drag on the drawing: the nearest point of any curve is picked.
  listen(onPick) {
    const pick = (event, done) => {
      const box = this.svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * FRAME.width;
      const y = ((event.clientY - box.top) / box.height) * FRAME.height;
      let best = { far: Infinity };
      for (const role of this.roles) {
        const curve = role[this.spec.key];
        for (let i = 0; i < curve.x.length; i += 1) {
          if (curve.y[i] === null) continue;
          const [left, top] = this.position(curve.x[i], curve.y[i]);
          const far = (left - x) ** 2 + (top - y) ** 2;
          if (far < best.far) best = { far, threshold: curve.threshold[i] };
        }
      }
      if (best.far < Infinity) onPick(best.threshold, done);
    };
    this.svg.addEventListener("pointerdown", (event) => {
      this.svg.setPointerCapture(event.pointerId);
      pick(event, false);
    });
    this.svg.addEventListener("pointermove", (event) => { if (event.buttons & 1) pick(event, false); });
    this.svg.addEventListener("pointerup", (event) => pick(event, true));
  }

  move(role, x, y) {
    const point = this.points.get(role);
    const [xLow, xHigh] = this.spec.xRange;
    const [yLow, yHigh] = this.spec.yRange;
    if (x === null || y === null || x < xLow || x > xHigh || y < yLow || y > yHigh) {
      point.setAttribute("visibility", "hidden");
      return;
    }
    const [left, top] = this.position(x, y);
    point.setAttribute("visibility", "visible");
    point.setAttribute("transform", `translate(${left.toFixed(2)},${top.toFixed(2)})`);
  }
}
