"use strict";

const unpacked = new Map();

/** The text inside a compressed script element. */
async function unpackText(id) {
  const packed = atob(document.getElementById(id).textContent.trim());
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/** The data inside a compressed script element, unpacked once. */
function unpack(id) {
  if (!unpacked.has(id)) unpacked.set(id, unpackText(id).then(JSON.parse));
  return unpacked.get(id);
}

/** An element with attributes and children; texts are never markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Offer a file that the page carries; what it does not carry stays a link to a file beside the page. */
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-file]");
  if (!link) return;
  event.preventDefault();
  const name = link.dataset.file;
  const content = (await unpack("data-files"))[name];
  const address = URL.createObjectURL(new Blob([content], { type: name.endsWith(".svg") ? "image/svg+xml" : "text/csv" }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
});
