// The threshold explorer: one choice (a threshold for all networks, or an aim) moves everything at once.
// Nothing is computed here: each position of the slider is a row that Python has computed.
const EXPLORERS = new WeakMap();

class Explorer {
  constructor(root, data, send) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.choice = data.choice;
    this.listen();
    this.load(data, send);
  }

  load(data, send) {
    this.data = data;
    this.send = send;
    this.find("label").textContent = data.words.typed;
    this.slider = this.find(".slider");
    this.slider.max = data.grid.length - 1;
    this.slider.setAttribute("aria-label", data.words.slider);
    this.drawTicks();
    this.drawAims();
    this.readout = new Readout(this.find(".readout"), data);
    this.confusions = new Confusions(this.find(".confusions"), data);
    this.drawCharts();
    this.show(this.choice);
  }

  listen() {
    const slider = this.find(".slider");
    slider.addEventListener("input", () => this.show({ kind: "threshold", index: Number(slider.value) }));
    slider.addEventListener("change", () => this.settle());
    const typed = this.find("#threshold");
    typed.addEventListener("change", () => {
      const share = Number(typed.value) / 100;
      if (typed.value !== "" && share >= 0 && share <= 1) this.pick(share, true);
      else this.show(this.choice);
    });
  }

  drawTicks() {
    const ticks = this.find(".ticks");
    ticks.replaceChildren();
    const last = this.data.grid.length - 1;
    for (const tick of this.data.ticks) {
      makeElement("span", ticks, tick.text).style.left = `${(tick.index / last) * 100}%`;
    }
  }

  drawAims() {
    const group = this.find(".aims");
    group.setAttribute("aria-label", this.data.words.aims);
    group.replaceChildren();
    for (const aim of this.data.aims) {
      const button = makeElement("button", group, aim.title);
      button.type = "button";
      button.title = aim.help;
      button.dataset.aim = aim.name;
      button.addEventListener("click", () => {
        this.show({ kind: "aim", name: aim.name });
        this.settle();
      });
    }
  }

  drawCharts() {
    const parent = this.find(".charts");
    parent.replaceChildren();
    this.charts = this.data.charts.map((spec) => {
      const figure = makeElement("figure", parent);
      const caption = makeElement("figcaption", figure, spec.title);
      makeElement("small", caption, spec.help);
      return new Chart(figure, spec, this.data.roles, (threshold, done) => this.pick(threshold, done));
    });
  }

  pick(threshold, done) {
    const { grid } = this.data;
    let index = 0;
    for (let i = 1; i < grid.length; i += 1) {
      if (Math.abs(grid[i] - threshold) < Math.abs(grid[index] - threshold)) index = i;
    }
    this.show({ kind: "threshold", index });
    if (done) this.settle();
  }

  settle() {
    if (JSON.stringify(this.sent ?? this.data.choice) === JSON.stringify(this.choice)) return;
    this.sent = this.choice;
    this.send(this.choice);
  }

  stateOf(role) {
    if (this.choice.kind === "aim") return role.aims[this.choice.name];
    const { index } = this.choice;
    const cells = {};
    for (const [key, columns] of Object.entries(role.grid)) cells[key] = columns.map((column) => column[index]);
    const counts = Object.fromEntries(Object.entries(role.counts).map(([key, column]) => [key, column[index]]));
    return { threshold: this.data.grid[index], cells, counts };
  }

  show(choice) {
    this.choice = choice;
    let shown = null;
    for (const role of this.data.roles) {
      const state = this.stateOf(role);
      this.readout.update(role.role, state);
      this.confusions.update(role.role, state.counts ?? { tp: null, fp: null, fn: null, tn: null });
      for (const chart of this.charts) {
        if (state.reason) chart.move(role.role, null, null);
        else chart.move(role.role, ...chart.spec.at.map((key) => (key === "threshold" ? state.threshold : state.cells[key][0])));
      }
      if (!state.reason && (shown === null || role.role === "student")) shown = state.threshold;
    }
    this.write(shown);
  }

  write(threshold) {
    const { choice, data } = this;
    const aim = choice.kind === "aim" ? data.aims.find((entry) => entry.name === choice.name) : null;
    if (threshold !== null) {
      this.find("#threshold").value = (threshold * 100).toFixed(1);
      if (aim) {
        let nearest = 0;
        data.grid.forEach((value, i) => {
          if (Math.abs(value - threshold) < Math.abs(data.grid[nearest] - threshold)) nearest = i;
        });
        this.slider.value = nearest;
      } else this.slider.value = choice.index;
      this.slider.setAttribute("aria-valuetext", `${(threshold * 100).toFixed(1)}\u00a0%`);
    }
    this.find(".said").textContent = aim ? aim.help : data.words.same;
    for (const button of this.root.querySelectorAll(".aims button")) {
      button.setAttribute("aria-pressed", String(aim?.name === button.dataset.aim));
    }
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".explorer");
  const send = (choice) => setStateValue("choice", choice);
  const known = EXPLORERS.get(root);
  if (known) {
    if (known.data.version !== data.version) known.load(data, send);
  } else EXPLORERS.set(root, new Explorer(root, data, send));
}
