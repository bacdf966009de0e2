const MARKED = 40;
const PAPER = 670;
const charts = new Map();
let library;

/** Plotly, unpacked when the first chart comes near. */
function plotly() {
  library ||= unpackText("library").then((text) => {
    document.head.append(make("script", {}, text));
    return window.Plotly;
  });
  return library;
}

const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const shade = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function plain(value, percent) {
  if (value == null) return "–";
  if (typeof value !== "number") return value;
  if (percent) return `${Number((100 * value).toPrecision(4))} %`;
  return Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/** What is said of each point of a line. */
function words(line, panel, key) {
  return line.y.map((y, i) => {
    const x = `${panel.x[key]}: ${plain(line.x[key][i])}`;
    const value = panel.rows ? "" : `${panel.y || "value"}: ${plain(y, panel.percent)}`;
    const range = line.low && line.low[i] != null && line.high[i] != null ? `95 % interval: ${plain(line.low[i], panel.percent)} to ${plain(line.high[i], panel.percent)}` : "";
    const runs = line.n && line.n[i] != null ? `${line.n[i]} ${line.n[i] === 1 ? "run" : "runs"}` : "";
    const head = `<b>${escaped(line.entry)}</b>${line.what ? `, ${escaped(line.what)}` : ""}`;
    return [head, escaped(x), escaped(value), range, runs, escaped((line.notes || [])[i] || "")].filter(Boolean).join("<br>");
  });
}

/** The line as it is on this scale: on a logarithmic one means and intervals are those of the logarithms. */
function scaled(line, log) {
  return log && line.log_y && line.log_y.some((y) => y > 0) ? { ...line, y: line.log_y, low: line.log_low, high: line.log_high } : line;
}

/** The traces of a line: its band, if it has one, and itself. */
function traces(line, panel, key, looks) {
  const look = looks[line.entry];
  const color = colorOf(look);
  const form = line.form || "line";
  const strong = line.strong === true;
  const n = line.y.length;
  const visible = !hidden.has(line.entry);
  const last = (mark, rest) => line.y.map((_, i) => (i === n - 1 ? mark : rest));
  const few = n <= MARKED && strong && form === "line";
  const open = line.ends === "open" ? "-open" : "";
  const symbol = (SYMBOLS[look.marker] || "circle") + open;
  const marker = line.ends === "cross"
    ? { symbol: last("x-thin", "circle"), size: last(8, 0), line: { width: last(2, 0), color }, color }
    : { symbol, color, size: form === "points" ? (strong ? 10 : 6) : 5, maxdisplayed: form === "line" ? 8 : 0, line: { width: form === "points" && strong ? 1.5 : 0.5, color: open ? color : shade(strong ? "--ink" : "--card") } };
  const own = {
    x: line.x[key], y: line.y, entry: line.entry, visible, type: "scatter", name: line.entry,
    mode: form === "points" ? "markers" : few || line.ends === "cross" ? "lines+markers" : "lines",
    line: { color, width: strong ? 2 : 1, dash: line.dashed ? "dash" : look.dash, shape: form === "steps" ? "hv" : "linear" },
    ...(panel.rows && line.low && line.low.length ? { error_x: { type: "data", symmetric: false, color, thickness: 1.5, width: 0,
      array: line.high.map((end, i) => (end == null ? null : end - line.x[key][i])), arrayminus: line.low.map((end, i) => (end == null ? null : line.x[key][i] - end)) } } : {}),
    marker, opacity: strong ? 1 : 0.65, text: words(line, panel, key), hovertemplate: "%{text}<extra></extra>", cliponaxis: form !== "points",
  };
  if (!line.band) return [own];
  const at = line.y.map((_, i) => i).filter((i) => line.low[i] != null && line.high[i] != null);
  const band = {
    x: [...at, ...at.toReversed()].map((i) => line.x[key][i]),
    y: [...at.map((i) => line.low[i]), ...at.toReversed().map((i) => line.high[i])],
    entry: line.entry, visible, type: "scatter", mode: "lines", fill: "toself", line: { width: 0 }, fillcolor: color, opacity: 0.15, hoverinfo: "skip",
  };
  return [band, own];
}

function axis(title, log, more = {}) {
  return {
    title: { text: escaped(title), standoff: 6 }, type: log ? "log" : "linear", gridcolor: shade("--line"), linecolor: shade("--soft"), zeroline: false,
    ticks: "outside", tickcolor: shade("--soft"), automargin: true, exponentformat: "power", ...(log ? { minor: { ticks: "outside", tickcolor: shade("--line") }, tickformat: "~g" } : {}), ...more,
  };
}

function within(values, log) {
  return values && (log ? (values[0] > 0 ? values.map(Math.log10) : undefined) : values);
}

/** Ticks of a logarithmic axis over so many decades: at 1, 2 and 5, at powers of ten, or, of a short one, wherever it suits. */
function logTicks(decades) {
  if (!(decades >= 0.7)) return null;
  return decades < 2.3 ? "D2" : Math.ceil(decades / 6);
}

/** Give logarithmic axes the ticks that suit what is shown of them. */
function suitTicks(place) {
  const better = {};
  for (const name of ["xaxis", "yaxis"]) {
    const { type, range, tickvals } = place._fullLayout[name];
    const dtick = logTicks(range[1] - range[0]);
    if (type === "log" && !tickvals && (place.layout[name].dtick ?? null) !== dtick) better[`${name}.dtick`] = dtick;
  }
  if (Object.keys(better).length) window.Plotly.relayout(place, better);
}

/** The names of the rows that are switched on; the others would be empty lines. */
function shownRows(panel) {
  return panel.rows.filter((entry) => !hidden.has(entry));
}

function layout(panel, state) {
  const rows = panel.rows && shownRows(panel);
  const y = rows
    ? { type: "category", categoryorder: "array", categoryarray: rows.toReversed(), range: [-0.6, rows.length - 0.4], gridcolor: shade("--line"), automargin: true }
    : axis(panel.y || "", state.log, { range: within(panel.y_range, state.log), ...(panel.percent ? { tickformat: ".3~%" } : {}) });
  const end = panel.end && (panel.log_x ? [-0.02, Math.log10(panel.end) + 0.02] : [-0.02 * panel.end, panel.end]);
  const x = axis(panel.x[state.key], panel.log_x, { range: end, tickvals: panel.x_ticks });
  return {
    title: panel.title ? { text: escaped(panel.title), font: { size: 14 }, x: 0.02, xanchor: "left" } : undefined,
    height: rows ? 110 + 20 * rows.length : 290, margin: { l: 48, r: 14, t: panel.title ? 34 : 12, b: 40 },
    xaxis: x, yaxis: y, showlegend: false, hovermode: "closest", dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: "system-ui, sans-serif", size: 12, color: shade("--ink") },
    hoverlabel: { bgcolor: shade("--card"), bordercolor: shade("--soft"), font: { color: shade("--ink") }, align: "left" },
  };
}

/** Draw a chart's panels into their places, or draw them again. */
async function draw(chart) {
  const [Plotly, { looks }] = [await plotly(), await unpack("data-charts")];
  for (const [i, panel] of chart.data.panels.entries()) {
    const state = { key: chart.key in panel.x ? chart.key : Object.keys(panel.x)[0], log: chart.log ?? Boolean(panel.log_y) };
    const drawn = panel.lines.flatMap((line) => traces(scaled(line, state.log), panel, state.key, looks));
    await Plotly.react(chart.places[i], drawn, layout(panel, state), { displayModeBar: false, responsive: true, doubleClick: "reset+autosize" });
    suitTicks(chart.places[i]);
    if (!chart.places[i].dataset.suited) chart.places[i].on("plotly_relayout", () => suitTicks(chart.places[i]));
    chart.places[i].dataset.suited = "true";
  }
  chart.element.dataset.drawn = "true";
}

/** Buttons above a chart: what is on the x axis, a logarithmic or a linear y axis, and all of it again. */
function tools(chart) {
  const { panels } = chart.data;
  const keys = Object.assign({}, ...panels.map((panel) => panel.x));
  const bar = make("div", { class: "tools" });
  if (Object.keys(keys).length > 1 && !panels[0].rows && Object.keys(panels[0].x).length > 1) {
    const choose = make("select", { onchange: (event) => { chart.key = event.target.value; draw(chart); } },
      ...Object.entries(keys).map(([key, label]) => make("option", { value: key }, label)));
    bar.append(make("label", {}, "x axis ", choose));
  }
  if (panels.some((panel) => !panel.rows && panel.lines.some((line) => line.form !== "steps"))) {
    const choose = make("select", { onchange: (event) => { chart.log = { as: undefined, log: true, linear: false }[event.target.value]; draw(chart); } },
      make("option", { value: "as" }, panels.some((panel) => panel.log_y) ? "as suits each task" : "linear"), make("option", { value: "log" }, "logarithmic"),
      ...(panels.some((panel) => panel.log_y) ? [make("option", { value: "linear" }, "linear")] : []));
    bar.append(make("label", {}, "y axis ", choose));
  }
  bar.append(make("button", { onclick: () => all(chart) }, "all data"), make("button", { onclick: () => draw(chart) }, "reset"));
  return bar;
}

async function all(chart) {
  const Plotly = await plotly();
  for (const place of chart.places) await Plotly.relayout(place, { "xaxis.autorange": true, "yaxis.autorange": true });
}

/** Lay the charts that are drawn out again. */
function fit(how) {
  for (const chart of charts.values()) for (const place of chart.places) if (place.data) window.Plotly.relayout(place, how(chart));
}

async function switchLines() {
  const drawn = [...charts.values()].filter((chart) => chart.element.dataset.drawn);
  if (!drawn.length) return;
  const Plotly = await plotly();
  for (const chart of drawn) {
    if (chart.data.panels.some((panel) => panel.rows)) await draw(chart);
    else for (const place of chart.places) Plotly.restyle(place, { visible: place.data.map((trace) => !hidden.has(trace.entry)) });
  }
}

async function startCharts() {
  const places = [...document.querySelectorAll("[data-chart]")];
  const data = await unpack("data-charts");
  buildLegend(data);
  const legend = document.getElementById("legend");
  const inView = new Set();
  const near = new IntersectionObserver((seen) => seen.forEach(({ target, isIntersecting }) => {
    const chart = charts.get(target.dataset.chart);
    if (isIntersecting && !target.dataset.drawn) draw(chart);
  }), { rootMargin: "800px" });
  const visible = new IntersectionObserver((seen) => {
    seen.forEach(({ target, isIntersecting }) => (isIntersecting ? inView.add(target) : inView.delete(target)));
    legend.classList.toggle("shown", inView.size > 0);
  });
  for (const element of places) {
    const chart = { element, data: data.charts[element.dataset.chart] };
    chart.places = chart.data.panels.map(() => make("div", { class: "panel" }));
    charts.set(element.dataset.chart, chart);
    element.replaceChildren(...chart.places);
    element.before(tools(chart));
    near.observe(element);
    visible.observe(element);
  }
  legendChanged.push(switchLines);
  themeChanged.push(() => [...charts.values()].filter((chart) => chart.element.dataset.drawn).forEach(draw));
  addEventListener("beforeprint", () => fit((chart) => ({ width: PAPER / (chart.places.length > 1 ? 2 : 1) })));
  addEventListener("afterprint", () => fit(() => ({ width: undefined, autosize: true })));
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 200));
  const rest = [...charts.values()];
  const next = async () => {
    const chart = rest.shift();
    if (!chart) { document.body.dataset.ready = "true"; return; }
    if (!chart.element.dataset.drawn) await draw(chart);
    idle(next);
  };
  idle(next);
}

startCharts();
