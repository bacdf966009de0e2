const STEP = 100;

/** The list of all runs: filtered by a link to a cell, by choice or by words, sorted by any column. */
class RunList {
  constructor(data) {
    Object.assign(this, { data, shown: STEP, sort: null, chosen: {} });
    this.place = document.getElementById("run-list");
    const choices = ["task", "optimizer", ...(data.columns.includes("where") ? ["where"] : []), "phase", "status"];
    this.selects = Object.fromEntries(choices.map((name) => [name, this.select(name)]));
    this.words = make("input", { type: "search", placeholder: "find in all columns", "aria-label": "Find runs", oninput: () => this.again() });
    this.count = make("span", { class: "count", role: "status" });
    this.body = make("tbody");
    this.heads = data.columns.map((name, i) => make("th", { scope: "col", class: data.numeric.includes(name) ? "n" : null }, make("button", { class: "sort", onclick: () => this.turn(i) }, data.headings[i])));
    this.more = make("button", { class: "more", onclick: () => { this.shown += STEP; this.show(); } });
    const table = make("table", { class: "runs" }, make("thead", {}, make("tr", {}, ...this.heads)), this.body);
    const scroll = make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All runs" }, table);
    this.place.replaceChildren(
      make("div", { class: "tools" }, ...Object.entries(this.selects).map(([name, select]) => make("label", {}, `${name} `, select)), this.words,
        make("button", { onclick: () => this.only({}) }, "all runs"), this.count),
      scroll, this.more);
    this.again();
  }

  select(name) {
    const column = this.data.columns.indexOf(name);
    const values = [...new Set(this.data.rows.map((row) => row[column]))];
    return make("select", { onchange: (event) => { this.chosen[name] = event.target.value; this.again(); } },
      make("option", { value: "" }, "all"), ...values.map((value) => make("option", { value }, value)));
  }

  only(chosen) {
    this.chosen = { ...chosen };
    this.words.value = "";
    Object.entries(this.selects).forEach(([name, select]) => { select.value = chosen[name] ?? ""; });
    this.again();
  }

  turn(column) {
    const same = this.sort && this.sort.column === column;
    this.sort = { column, sign: same ? -this.sort.sign : 1 };
    this.heads.forEach((head, i) => (i === column ? head.setAttribute("aria-sort", this.sort.sign > 0 ? "ascending" : "descending") : head.removeAttribute("aria-sort")));
    this.again();
  }

  again() {
    const words = this.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const tests = Object.entries(this.chosen).filter(([, value]) => value).map(([name, value]) => [this.data.columns.indexOf(name), value]);
    this.rows = this.data.rows.filter((row) => tests.every(([column, value]) => row[column] === value)
      && (!words.length || words.every((word) => row.join(" ").toLowerCase().includes(word))));
    if (this.sort) {
      const { column, sign } = this.sort;
      this.rows = this.rows.toSorted((a, b) => compareCells(a[column], b[column], sign));
    }
    this.shown = STEP;
    this.show();
  }

  show() {
    const { columns } = this.data;
    const [status, run, lr] = ["status", "run", "lr"].map((name) => columns.indexOf(name));
    const chosen = new Set(this.data.chosen);
    const visible = this.rows.slice(0, this.shown);
    this.body.replaceChildren(...visible.map((row) => make("tr", {}, ...row.map((text, i) => {
      if (i === run) return make("td", {}, make("a", { href: `#run-${text}` }, text));
      return make("td", { class: this.data.numeric.includes(columns[i]) ? "n" : null }, i === lr && chosen.has(row[run]) ? make("strong", {}, text) : text);
    }))));
    const by = new Map();
    this.rows.forEach((row) => by.set(row[status], (by.get(row[status]) ?? 0) + 1));
    const counts = [...by].map(([name, n]) => `${n.toLocaleString("en")} ${name}`).join(", ");
    this.count.textContent = `${visible.length.toLocaleString("en")} of ${this.rows.length.toLocaleString("en")} shown${counts && `: ${counts}`}`;
    this.more.hidden = this.shown >= this.rows.length;
    this.more.textContent = `Show ${Math.min(STEP, this.rows.length - this.shown)} more`;
  }
}

const runView = document.getElementById("run-view");
let runList;

/** One run in a window of its own: what it was, how it went, and how to repeat it. */
async function openRun(id) {
  const { views, curves, forms } = await unpack("data-details");
  if (!(id in views)) return;
  const { title, form, texts, ends = {} } = views[id];
  let at = 0;
  const groups = forms[form].map(([heading, names]) => make("section", {}, make("h3", {}, heading), make("dl", { class: "environment" },
    ...names.flatMap((name) => [make("dt", {}, name), make("dd", {}, texts[at++])]))));
  const place = make("div", { class: "panels" });
  const blocks = Object.entries(ends).map(([heading, text]) => make("section", {}, make("h3", {}, heading), make("pre", { tabindex: 0 }, text)));
  const close = make("button", { class: "close", onclick: () => runView.close(), "aria-label": "Close" }, "×");
  runView.replaceChildren(make("header", {}, make("h2", {}, title), close), place, ...groups, ...blocks);
  if (!runView.open) runView.showModal();
  runView.scrollTop = 0;
  const curve = curves[id];
  if (!curve) return;
  const steps = curve[0];
  const { looks } = await unpack("data-charts");
  const entry = runList.data.rows.find((row) => row[0] === id)[runList.data.columns.indexOf("optimizer")];
  const line = (y, what, more) => ({ entry, x: { step: steps }, y, what, strong: true, ...more });
  const has = (y) => y.filter((value) => value != null).length > 1;
  const panels = [
    { title: "losses", x: { step: "steps" }, y: "loss", lines: [line(curve[2], "validation loss"), ...(has(curve[1]) ? [line(curve[1], "training loss", { dashed: true })] : [])] },
    ...(curve[3] ? [{ title: views[id].metric, x: { step: "steps" }, y: "", lines: [line(curve[3], views[id].metric)] }] : []),
  ].filter((panel) => has(panel.lines[0].y));
  const chart = { element: place, data: { panels }, places: panels.map(() => make("div", { class: "panel" })) };
  place.append(...chart.places);
  const off = hidden.has(entry);
  hidden.delete(entry);
  if (looks[entry]) await draw(chart);
  if (off) hidden.add(entry);
}

runView.addEventListener("close", () => { if (location.hash.startsWith("#run-")) history.replaceState(null, "", location.pathname + location.search); });
runView.addEventListener("click", (event) => { if (event.target === runView) runView.close(); });

async function follow() {
  const [, kind, id] = location.hash.match(/^#(run|cell)-(.+)$/) || [];
  if (!kind && runView.open) runView.close();
  if (kind) runList ||= new RunList(await unpack("data-runs"));
  if (kind === "cell") {
    if (runView.open) runView.close();
    runList.only(runList.data.cells[`cell-${id}`]);
    document.getElementById("all-runs").scrollIntoView();
  }
  if (kind === "run") openRun(id);
}

addEventListener("hashchange", follow);
follow();
new IntersectionObserver(async (seen, observer) => {
  if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
  observer.disconnect();
  const data = await unpack("data-runs");
  runList ||= new RunList(data);
}, { rootMargin: "600px" }).observe(document.getElementById("run-list"));
