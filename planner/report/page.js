"use strict";

function sortable(table) {
  const body = table.tBodies[0];
  const first = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, at) => row.cells[at].dataset.value ?? row.cells[at].textContent;
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    return a.localeCompare(b, document.documentElement.lang, { numeric: true });
  };
  const sort = (at) => {
    const next = { none: "ascending", ascending: "descending", descending: "none" }[heads[at].ariaSort];
    for (const head of heads) head.ariaSort = "none";
    heads[at].ariaSort = next;
    const sign = next === "descending" ? -1 : 1;
    const missing = (row) => value(row, at) === "";
    const rows = next === "none" ? first : [...first].sort((a, b) =>
      missing(a) || missing(b) ? missing(a) - missing(b) : sign * compare(value(a, at), value(b, at)));
    body.append(...rows);
  };
  heads.forEach((head, at) => {
    // The words stay outside the button: a browser that repeats headings on each printed page leaves buttons out.
    const button = document.createElement("button");
    button.type = "button";
    button.ariaLabel = `Sort by ${head.textContent}`;
    head.addEventListener("click", () => sort(at));
    head.append(button);
    head.ariaSort = "none";
  });
}

async function draw(chart) {
  const spec = JSON.parse(chart.querySelector("script").textContent);
  const place = document.createElement("div");
  chart.append(place);
  await vegaEmbed(place, spec, { mode: "vega-lite", renderer: "svg", actions: false, ast: true });
  chart.classList.add("live");
}

for (const table of document.querySelectorAll("table.sortable")) sortable(table);
const drawn = [...document.querySelectorAll(".chart")].map(draw);
Promise.all(drawn).then(() => { document.documentElement.dataset.drawn = drawn.length; });
