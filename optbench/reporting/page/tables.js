const LONG = 20;
const UNITS = { "µs": 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 };
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** The number at the head of a text, with its power of ten and its unit; NaN for words. */
function numberIn(text) {
  const clean = text.replace(/[\u202f\u00a0]/g, "").replace(/^\((.*)\)/, "$1").trim();
  if (clean === "never") return Infinity;
  const head = parseFloat(clean.replace("−", "-"));
  const power = text.match(/×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/);
  const digits = power && [...power[1]].map((d) => (d === "⁻" ? "-" : SUPERSCRIPTS.indexOf(d))).join("");
  const unit = text.match(/ (µs|ms|s|min|h|bytes|kB|MB|GB)$/);
  return head * (power ? 10 ** Number(digits) : 1) * (unit ? UNITS[unit[1]] : 1);
}

/** Numbers ascend first, then words; dashes and empty cells come last in either direction. */
function compareCells(a, b, sign) {
  const [x, y] = [numberIn(a), numberIn(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return sign * (x === y ? 0 : x < y ? -1 : 1);
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1);
  return sign * a.localeCompare(b, "en", { numeric: true });
}

function sortBy(table, column, sign) {
  const body = table.tBodies[0];
  const text = (row) => row.cells[column].textContent.trim();
  const rows = [...body.rows].map((row) => [text(row), row]);
  rows.sort((a, b) => compareCells(a[0], b[0], sign));
  body.append(...rows.map(([, row]) => row));
  [...table.tHead.rows[0].cells].forEach((head, i) =>
    i === column ? head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending") : head.removeAttribute("aria-sort"),
  );
}

/** Headings sort; long tables have a filter, and a button that says how many rows it shows. */
function enhance(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const turn = () => sortBy(table, column, head.getAttribute("aria-sort") === "ascending" ? -1 : 1);
    const button = make("button", { class: "sort", onclick: turn }, ...head.childNodes);
    head.append(button);
  });
  const rows = [...table.tBodies[0].rows];
  if (rows.length <= LONG) return;
  const scroll = table.closest(".scroll");
  const title = table.dataset.title;
  let all = false;
  const more = make("button", { class: "more", onclick: () => { all = !all; show(); } });
  const filter = make("input", { type: "search", placeholder: "filter rows", "aria-label": `Filter the rows of ${title}`, oninput: () => show() });
  function show() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (row) => words.every((word) => row.textContent.toLowerCase().includes(word));
    let n = 0;
    let hits = 0;
    for (const row of table.tBodies[0].rows) {
      const hit = fits(row);
      hits += hit;
      row.classList.toggle("cut", !(hit && (all || n < LONG)));
      n += hit;
    }
    more.hidden = hits <= LONG;
    more.textContent = all ? `Show ${LONG} of ${hits} rows` : `Show all ${hits} rows`;
  }
  const sorted = new MutationObserver(show);
  sorted.observe(table.tBodies[0], { childList: true });
  scroll.before(make("p", { class: "filter" }, filter));
  scroll.after(more);
  show();
}

document.querySelectorAll("table.sortable").forEach(enhance);
