// The list of rules, and their editor: checked while you type, every act with a key.
"use strict";
const CHECK_MS = 350;
const text = document.getElementById("text");
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

document.querySelectorAll(".bar i").forEach((bar) => { bar.style.width = `${bar.dataset.share}%`; });
if (text) editor();
else list();

function list() {
  const rows = all("tr.rule");
  let chosen = -1;
  const choose = (at) => {
    chosen = Math.min(Math.max(at, 0), rows.length - 1);
    rows.forEach((row, i) => row.classList.toggle("chosen", i === chosen));
    if (rows[chosen]) rows[chosen].scrollIntoView({ block: "nearest" });
  };
  const toggle = (row) => {
    const more = row.nextElementSibling;
    more.hidden = !more.hidden;
    row.setAttribute("aria-expanded", String(!more.hidden));
  };
  const keys = {
    j: () => choose(chosen + 1),
    k: () => choose(chosen - 1),
    Enter: () => rows[chosen] && toggle(rows[chosen]),
    e: () => location.assign(`/console/rules/edit${rows[chosen] ? `#${rows[chosen].dataset.line}` : ""}`),
    Escape: () => location.assign("/console"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (event.key === "Enter" && event.target.closest?.("a, button")) return;
    event.preventDefault();
    keys[event.key]();
  });
  rows.forEach((row, i) => row.addEventListener("click", () => { choose(i); toggle(row); }));
}

function editor() {
  const token = find('meta[name="form-token"]').content;
  const bench = find(".workbench");
  const gutter = find(".gutter");
  const save = document.getElementById("save");
  let saved = text.value;
  let timer = null;
  let asked = 0;

  const send = (path, fields) => fetch(`/console/rules/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, text: text.value, ...fields }),
    credentials: "same-origin",
  });

  const pane = (name) => find(`[data-pane="${name}"]`);

  function show(name) {
    all("[data-pane]").forEach((each) => { each.hidden = each.dataset.pane !== name; });
    all("[data-tab]").forEach((tab) => {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    });
    bench.classList.toggle("broad", name === "would_have" || name === "versions_saved");
  }

  function number() {
    const worst = {};
    all(".faults li").forEach((fault) => {
      if (worst[fault.dataset.line] !== "error") worst[fault.dataset.line] = fault.className;
    });
    const n = text.value.split("\n").length;
    gutter.replaceChildren(...Array.from({ length: n }, (_, i) => {
      const line = document.createElement("span");
      line.textContent = i + 1;
      line.className = worst[i + 1] || "";
      return line;
    }));
    gutter.scrollTop = text.scrollTop;
  }

  function goTo(line, column = 1) {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start + column - 1, start + (lines[line - 1] || "").length);
    const height = text.scrollHeight / lines.length;
    text.scrollTop = Math.max((line - 6) * height, 0);
    gutter.scrollTop = text.scrollTop;
  }

  async function check() {
    const mine = ++asked;
    const answer = await send("check", {});
    if (answer.ok && mine === asked) pane("findings").innerHTML = await answer.text();
    if (save) save.disabled = Boolean(find(".faults .error"));
    number();
  }

  function edited() {
    number();
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_MS);
  }

  function put(piece) {
    text.focus();
    text.setRangeText(piece, text.selectionStart, text.selectionEnd, "end");
    edited();
  }

  async function tryIt() {
    show("would_have");
    pane("would_have").textContent = bench.dataset.working;
    const answer = await send("backtest", { days: document.getElementById("days").value });
    pane("would_have").innerHTML = await answer.text();
  }

  async function store() {
    if (!save || save.disabled) return show("findings");
    const note = document.getElementById("note").value;
    const answer = await send("save", { note, etag: save.dataset.etag });
    const told = await answer.json();
    if (!answer.ok) {
      show("findings");
      const line = document.createElement("p");
      line.className = "warning";
      line.textContent = told.detail;
      pane("findings").prepend(line);
      return;
    }
    save.dataset.etag = told.etag;
    saved = text.value;
    document.getElementById("note").value = "";
    document.getElementById("version").textContent = save.dataset.saved.replace("#", told.number);
  }

  async function compare(version) {
    const answer = await send("compare", { number: version });
    document.getElementById("compared").innerHTML = await answer.text();
  }

  function addPack(name) {
    const rules = document.getElementById(`pack-${name}`).textContent.split("\nrules:\n")[1];
    const now = text.value.replace(/rules:\s*\[\]\s*$/, "rules:\n").trimEnd();
    text.value = `${now || "rules:"}\n${rules.trimEnd()}\n`;
    show("findings");
    edited();
    goTo(now.split("\n").length + 1);
  }

  text.addEventListener("input", edited);
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      put("  ");
    }
  });
  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.metaKey;
    if (held && event.key === "s") { event.preventDefault(); store(); }
    else if (held && event.key === "Enter") { event.preventDefault(); tryIt(); }
    else if (event.key === "Escape") {
      if (event.target.matches("input, textarea")) event.target.blur();
      else location.assign("/console/rules");
    } else if (event.key === "Enter" && event.target.matches(".faults li")) event.target.click();
  });
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-tab]")) { event.preventDefault(); show(on("[data-tab]").dataset.tab); }
    else if (on(".faults li")) goTo(Number(on(".faults li").dataset.line), Number(on(".faults li").dataset.column));
    else if (on("[data-insert]")) put(on("[data-insert]").dataset.insert);
    else if (on("[data-pack]")) { event.preventDefault(); addPack(on("[data-pack]").dataset.pack); }
    else if (on("[data-compare]")) compare(on("[data-compare]").dataset.compare);
    else if (on("[data-take]")) { text.value = document.getElementById("taken").content.textContent; edited(); }
    else if (on("#try")) tryIt();
    else if (on("#save")) store();
  });
  document.getElementById("find").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);
    all(".fields li").forEach((each) => { each.hidden = !words.every((word) => each.dataset.find.includes(word)); });
  });
  window.addEventListener("beforeunload", (event) => { if (text.value !== saved) event.preventDefault(); });
  if (save) save.disabled = Boolean(find(".faults .error"));
  number();
  if (location.hash.length > 1) goTo(Number(location.hash.slice(1)));
}
