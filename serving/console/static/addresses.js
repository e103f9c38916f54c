// One key settles an address and brings the next. No library, no network beyond this server.
"use strict";
const desk = document.getElementById("desk");
const told = document.getElementById("told");
const token = document.querySelector('meta[name="form-token"]').content;
const REFRESH_MS = 3000;
let lastSettled = null;
let isBusy = false;
let before = "";

const card = () => desk.querySelector(".case-card");
const rows = () => [...desk.querySelectorAll(".waiting li")];
const shown = () => (card() ? card().dataset.case : null);

async function show(wanted) {
  const asked = new URLSearchParams({ state: desk.dataset.state });
  if (wanted) asked.set("case", wanted);
  const answer = await fetch(`/console/addresses/desk?${asked}`, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const text = await answer.text();
  if (text === before) return;
  before = text;
  desk.innerHTML = text;
  keepInSight(desk.querySelector('.waiting li[aria-current="true"]'));
}

// Moves the list only: on a narrow screen it stands below the card, which must stay where it is.
function keepInSight(row) {
  if (!row) return;
  const list = row.parentElement;
  const top = row.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  const bottom = top + row.offsetHeight;
  if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

function neighbour(by) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.case === shown());
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  return next ? next.dataset.case : null;
}

function tell(text) {
  told.textContent = text;
  told.hidden = false;
  setTimeout(() => { told.hidden = true; }, 4000);
}

async function send(caseId, act, fields) {
  const body = new URLSearchParams({ token, ...fields });
  return fetch(`/console/addresses/${caseId}/${act}`, { method: "POST", body, credentials: "same-origin" });
}

async function choose(choice) {
  const now = card();
  if (isBusy || !now || now.dataset.state !== "open") return;
  if (!now.querySelector(`[data-choice="${choice}"]`)) return;
  isBusy = true;
  try {
    const next = neighbour(1) === now.dataset.case ? neighbour(-1) : neighbour(1);
    const answer = await send(now.dataset.case, "choose", { choice, version: now.dataset.version });
    if (answer.ok) lastSettled = now.dataset.case;
    else tell(desk.dataset.conflict);
    await show(answer.ok ? next : now.dataset.case);
  } finally {
    isBusy = false;
  }
}

async function undo() {
  const now = card();
  const caseId = now && now.dataset.state === "settled" ? now.dataset.case : lastSettled;
  if (isBusy || !caseId) return;
  isBusy = true;
  try {
    const answer = await send(caseId, "undo", {});
    if (answer.ok) lastSettled = null;
    await show(caseId);
  } finally {
    isBusy = false;
  }
}

const KEYS = {
  0: () => choose("0"),
  1: () => choose("1"),
  2: () => choose("2"),
  3: () => choose("3"),
  j: () => show(neighbour(1)),
  k: () => show(neighbour(-1)),
  z: undo,
  r: () => show(shown()),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select") || event.isComposing;
  if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-choice]");
  if (choice) return void choose(choice.dataset.choice);
  if (event.target.closest("[data-undo]")) return void undo();
  const row = event.target.closest(".waiting li");
  if (row) {
    event.preventDefault();
    show(row.dataset.case);
  }
});

setInterval(() => { if (!document.hidden && !isBusy) show(shown()); }, REFRESH_MS);
