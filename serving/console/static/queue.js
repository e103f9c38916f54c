// The queue fills by itself; every act has a key. No library, no network beyond this server.
"use strict";
const queue = document.getElementById("queue");
const token = document.querySelector('meta[name="form-token"]').content;
const REFRESH_MS = 2000;
let chosen = null;
let lastDecided = null;

const rows = () => [...document.querySelectorAll("tr.case")];

function choose(row) {
  rows().forEach((other) => other.classList.toggle("chosen", other === row));
  chosen = row ? row.dataset.review : null;
  if (row) row.scrollIntoView({ block: "nearest" });
}

function current() {
  return rows().find((row) => row.dataset.review === chosen);
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  choose(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

async function refresh() {
  if (!queue || document.hidden) return;
  try {
    const answer = await fetch(queue.dataset.source, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const before = chosen;
    queue.innerHTML = await answer.text();
    const row = rows().find((one) => one.dataset.review === before);
    if (row) choose(row);
  } catch (error) {
    console.warn("refresh failed", error);
  }
}

async function act(reviewId, path, fields) {
  const body = new URLSearchParams({ token, ...fields });
  return fetch(`/console/reviews/${reviewId}/${path}`, { method: "POST", body, credentials: "same-origin" });
}

async function decide(reviewId, verdict) {
  const row = rows().find((one) => one.dataset.review === reviewId);
  if (row) {
    row.classList.add("leaving");
    if (row.dataset.review === chosen) step(1);
  }
  const answer = await act(reviewId, "decide", { verdict });
  lastDecided = answer.ok ? reviewId : null;
  if (queue) refresh();
  else location.reload();
}

async function undo(reviewId) {
  if (!reviewId) return;
  await act(reviewId, "undo", {});
  lastDecided = null;
  if (queue) refresh();
  else location.reload();
}

function subject() {
  const head = document.querySelector(".order-head[data-review]");
  return head ? head.dataset.review : chosen;
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  Enter: () => current() && location.assign(current().dataset.href),
  Escape: () => document.getElementById("back") && location.assign("/console"),
  1: () => subject() && decide(subject(), "release"),
  2: () => subject() && decide(subject(), "hold"),
  z: () => undo(document.querySelector(".order-head") ? subject() : lastDecided),
  r: () => refresh(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select") || event.isComposing;
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  if (event.key === "Enter" && event.target.matches("a, button, summary")) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("click", (event) => {
  const verdict = event.target.closest("[data-verdict]");
  if (verdict) return void decide(subject(), verdict.dataset.verdict);
  if (event.target.closest("[data-undo]")) return void undo(subject());
  const row = event.target.closest("tr.case");
  if (row && !event.target.closest("a")) location.assign(row.dataset.href);
});

document.querySelectorAll(".bar i").forEach((bar) => { bar.style.width = `${bar.dataset.share}%`; });
if (queue) {
  step(1);
  setInterval(refresh, REFRESH_MS);
}
