// The catalogue narrows as one types; every act has a key. No library, no network.
"use strict";
const search = document.getElementById("search");
const count = document.getElementById("count");
const nothing = document.getElementById("nothing");
const entries = [...document.querySelectorAll("tr.entry")];
const purposes = [...document.querySelectorAll("[data-purpose]")];
const texts = new Map(entries.map((row) => [row, row.dataset.text.toLowerCase()]));

const shown = () => entries.filter((row) => !row.hidden);

function narrow() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const purpose = purposes.find((one) => one.ariaPressed === "true").dataset.purpose;
  for (const row of entries) {
    const fits = words.every((word) => texts.get(row).includes(word));
    row.hidden = !fits || (purpose && !row.dataset.purposes.split(" ").includes(purpose));
  }
  for (const group of document.querySelectorAll("table.catalogue tbody")) {
    group.hidden = ![...group.querySelectorAll("tr.entry")].some((row) => !row.hidden);
  }
  const n = shown().length;
  count.textContent = count.textContent.replace(/^\d+/, n);
  nothing.hidden = n > 0;
}

function step(by) {
  const rows = shown();
  const at = rows.indexOf(document.activeElement);
  const to = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (to) to.focus();
}

function unfold(row) {
  const sources = row.querySelector(".sources");
  sources.hidden = !sources.hidden;
}

search.addEventListener("input", narrow);
purposes.forEach((button) =>
  button.addEventListener("click", () => {
    purposes.forEach((other) => (other.ariaPressed = String(other === button)));
    narrow();
  }),
);
entries.forEach((row) =>
  row.addEventListener("click", () => {
    row.focus();
    unfold(row);
  }),
);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    search.value = "";
    search.blur();
    narrow();
  } else if (event.target === search) {
    if (event.key === "ArrowDown" || event.key === "Enter") step(1);
  } else if (event.key === "/") {
    event.preventDefault();
    search.focus();
  } else if (event.key === "j" || event.key === "ArrowDown") {
    event.preventDefault();
    step(1);
  } else if (event.key === "k" || event.key === "ArrowUp") {
    event.preventDefault();
    step(-1);
  } else if (event.key === "Enter" && event.target.classList.contains("entry")) {
    unfold(event.target);
  }
});
