const SYMBOLS = { o: "circle", s: "square", "^": "triangle-up", D: "diamond", v: "triangle-down", P: "cross", X: "x", p: "pentagon" };
const SHAPES = {
  o: "M8 4.5a3.5 3.5 0 1 0 .01 0", s: "M5 5h6v6h-6z", "^": "M8 4l4 7h-8z", D: "M8 3.5l4.5 4.5-4.5 4.5-4.5-4.5z",
  v: "M8 12l4-7h-8z", P: "M6.7 4h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7v-2.6h2.7z", X: "M4 5.5l1.5-1.5 2.5 2.5 2.5-2.5 1.5 1.5-2.5 2.5 2.5 2.5-1.5 1.5-2.5-2.5-2.5 2.5-1.5-1.5 2.5-2.5z",
  p: "M8 4l4 3-1.5 4.8h-5l-1.5-4.8z",
};
const hidden = new Set();
const legendChanged = [];

function switchTo(entry, on) {
  if (on) hidden.delete(entry);
  else hidden.add(entry);
}

function showLegend() {
  document.querySelectorAll("#legend [data-entry]").forEach((chip) => chip.setAttribute("aria-pressed", !hidden.has(chip.dataset.entry)));
  legendChanged.forEach((tell) => tell());
}

function swatch(look) {
  const name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const mark = document.createElementNS(name, "path");
  mark.setAttribute("d", SHAPES[look.marker] || SHAPES.o);
  svg.style.color = colorOf(look);
  themeChanged.push(() => { svg.style.color = colorOf(look); });
  svg.append(mark);
  return svg;
}

function colorOf(look) {
  return isDark() ? look.dark || look.color : look.color;
}

/** One legend for the whole page: a click switches an entry on or off everywhere, a double click leaves it alone. */
function buildLegend({ looks, shown }) {
  const entries = Object.keys(looks);
  const first = new Set(shown);
  entries.filter((entry) => shown.length && !first.has(entry)).forEach((entry) => hidden.add(entry));
  const chips = entries.map((entry) =>
    make("button", {
      "data-entry": entry,
      title: "Click: on or off. Double click: this one alone.",
      onclick: () => { switchTo(entry, hidden.has(entry)); showLegend(); },
      ondblclick: () => { entries.forEach((other) => switchTo(other, other === entry)); showLegend(); },
    }, swatch(looks[entry]), entry));
  const every = (on) => () => { entries.forEach((entry) => switchTo(entry, on)); showLegend(); };
  const find = (event) => {
    const word = event.target.value.toLowerCase();
    chips.forEach((chip) => { chip.hidden = !chip.dataset.entry.toLowerCase().includes(word); });
  };
  const legend = document.getElementById("legend");
  legend.append(
    make("div", { class: "tools" }, make("button", { onclick: every(true) }, "all"), make("button", { onclick: every(false) }, "none"),
      ...(entries.length > 12 ? [make("input", { type: "search", placeholder: "find", "aria-label": "Find an optimizer", oninput: find })] : [])),
    make("div", { class: "chips" }, ...chips),
  );
  document.querySelectorAll(".dots [data-look]").forEach((place) => looks[place.dataset.look] && place.prepend(swatch(looks[place.dataset.look])));
  showLegend();
}
