// The operators' desk: one document, asked for every few seconds with an operator's key.

import { get } from "./api.js";
import { h, notice } from "./dom.js";
import { ago, count, duration, short } from "./format.js";

const KEY = "oddsline-key"; // in sessionStorage: this tab's, gone with it
const EVERY_MS = 3000;
const BEHIND_MS = 2000;

const main = document.getElementById("main");
const badge = document.getElementById("freshness");
const position = document.getElementById("position");
let timer = null;

function say(phase, text) {
  badge.dataset.phase = phase;
  badge.lastElementChild.textContent = text;
}

function signIn(refusal = "") {
  clearTimeout(timer);
  sessionStorage.removeItem(KEY);
  say("offline", "Signed out");
  const field = h("input", { name: "key", type: "password", autocomplete: "off", required: true, spellcheck: "false", placeholder: "ol_…" });
  const form = h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, field.value.trim());
      look();
    },
  }, h("label", {}, "Admin key", field), h("button", { type: "submit" }, "Open the desk"), h("p", { role: "alert" }, refusal),
  h("p", { class: "quiet" }, "Make one with ", h("code", { class: "mono" }, "./oddsline keys create NAME --scope admin"), "."));
  main.replaceChildren(h("section", { class: "panel signin", "aria-label": "Sign in" }, h("header", {}, h("h1", {}, "Operations")), form));
  field.focus();
}

async function look() {
  clearTimeout(timer);
  const key = sessionStorage.getItem(KEY);
  if (!key) return signIn();
  try {
    const { data, as_of } = await get("ops/desk", {}, { headers: { "X-API-Key": key } });
    draw(data);
    position.textContent = `Everything up to change ${count(as_of.pos)}`;
    const behind = data.flow.lag_ms > BEHIND_MS;
    say(behind ? "stale" : "live", behind ? `${duration(data.flow.lag_ms)} behind` : "Live");
  } catch (error) {
    if (error.status === 401 || error.status === 403) return signIn(error.message);
    say("offline", "Not answered");
    if (!main.querySelector(".desk")) main.replaceChildren(notice("The desk cannot be shown", error.message, look));
  }
  timer = setTimeout(look, EVERY_MS);
}

function draw(desk) {
  const scrolled = [...main.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
  main.replaceChildren(h("h1", { class: "hidden" }, "Operations"), h("div", { class: "desk" },
    tiles(desk), alerts(desk.alerts), throughput(desk.flow), days(desk.days), checks(desk.checks), runs(desk.runs),
    transitions(desk.transitions), letters(desk.dead_letters)));
  [...main.querySelectorAll(".scroll")].forEach((one, n) => { one.scrollLeft = scrolled[n] ?? 0; });
}

function tiles({ flow, alerts: fired, checks: judged, days: week, dead_letters: waiting }) {
  const firing = fired.filter((one) => one.state === "firing").length;
  const failing = judged.filter((one) => !one.passed).length;
  const [tried, well, doubles] = ["attempts", "succeeded", "double_sends"].map((name) => week.reduce((sum, day) => sum + day[name], 0));
  const person = waiting.filter((one) => one.status === "manual_review").length;
  return h("dl", { class: "tiles" },
    tile("Fold lag", duration(flow.lag_ms), `${count(flow.landed_seq - flow.folded_seq)} rows behind`, flow.lag_ms > BEHIND_MS),
    tile("Alerts", count(firing), firing ? "firing" : "nothing fires", firing),
    tile("Checks", failing ? `${failing} fail` : "pass", `${judged.length} within a day`, failing),
    tile("Open gaps", count(flow.open_gaps), flow.oldest_gap_at ? `the oldest ${ago(flow.oldest_gap_at)}` : "nothing is missing", flow.open_gaps),
    tile("Transitions, 7 d", count(well), `of ${count(tried)} attempts; ${doubles} sent twice`, doubles),
    tile("Dead letters", count(waiting.length), person ? `${person} wait for a person` : "none waits for a person", person));
}

const tile = (name, value, detail, wrong) =>
  h("div", { class: "panel tile", "data-wrong": Boolean(wrong) }, h("dt", {}, name), h("dd", {}, value, h("small", {}, detail)));

const panel = (title, wide, ...content) =>
  h("section", { class: wide ? "panel wide" : "panel", "aria-label": title }, h("header", {}, h("h2", {}, title)), ...content);

function list(title, heads, rows, { wide = false, empty }) {
  if (!rows.length) return panel(title, wide, notice(empty));
  const table = h("table", {}, h("caption", { class: "hidden" }, title),
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows.map((cells) => h("tr", {}, cells))));
  return panel(title, wide, h("div", { class: "scroll" }, table));
}

const cell = (...content) => h("td", {}, ...content);
const long = (text) => h("td", { class: "long" }, text);
const mark = (text, tone) => cell(h("span", { class: "mark", "data-wrong": tone === "wrong", "data-warn": tone === "warn", "data-well": tone === "well" }, text));
const worded = (name) => name.replaceAll("_", " ");

const alerts = (rows) => list("Alerts", ["", "Rule", "What", "Since"], rows.map((one) => {
  const firing = one.state === "firing";
  return [mark(firing ? one.severity : "resolved", !firing ? "well" : one.severity === "critical" ? "wrong" : "warn"),
    cell(worded(one.rule)), long(one.summary), cell(ago(firing ? one.fired_at : one.resolved_at))];
}), { wide: true, empty: "Nothing fires, and nothing did within a day" });

const checks = (rows) => list("Checks", ["", "Check", "Lately", "Wrong rows", "When"], rows.map((one) => [
  mark(one.passed ? "pass" : "fail", one.passed ? "well" : one.severity === "critical" ? "wrong" : "warn"),
  cell(`${worded(one.suite)} · ${worded(one.name)}`),
  cell(h("span", { class: "lately", role: "img", "aria-label": `${one.lately.filter(Boolean).length} of the last ${one.lately.length} passed` },
    one.lately.map((passed) => h("i", { "data-wrong": !passed })))),
  cell(one.unexpected ?? "–"), cell(ago(one.checked_at))]), { empty: "No check ran within a day" });

const RAN = { success: "well", failure: "wrong", canceled: "warn" };
const runs = (rows) => list("Runs", ["", "Job", "Took", "Started"], (rows ?? []).map((one) => [
  mark(one.status, RAN[one.status]), cell(h("span", { title: one.run_id }, worded(one.job))),
  cell(one.seconds === null ? "–" : duration(one.seconds * 1000)), cell(ago(one.created_at))]),
{ empty: rows ? "No run yet" : "Dagster never started on this line" });

const MOVED = { done: "well", failed: "wrong", expired: "warn" };
const transitions = (rows) => list("Transitions", ["", "Action", "Market", "Attempts", "Error", "Moved"], rows.map((one) => [
  mark(one.state, MOVED[one.state]), cell(worded(one.action)),
  cell(one.market_id ? h("a", { class: "mono", href: `./#/market/${one.market_id}` }, short(one.market_id, 6, 4)) : "–"),
  cell(one.attempts), cell(one.error_name ?? "–"), cell(ago(one.updated_at))]), { empty: "Nothing was ever to be done on chain" });

const letters = (rows) => list("Dead letters", ["", "Kind", "Key", "Why", "Attempts", "Next"], rows.map((one) => [
  mark(worded(one.status), one.status === "manual_review" ? "wrong" : "warn"), cell(one.kind), cell(h("span", { class: "mono", title: one.key }, short(one.key, 10, 6))),
  long(one.reason), cell(one.attempts), cell(one.next_retry_at ? new Date(one.next_retry_at).toLocaleTimeString("en-GB") : "–")]),
{ empty: "No letter waits" });

const SVG = "http://www.w3.org/2000/svg";

/** Bars of equal width under a common height. */
function bars(values, label) {
  const most = Math.max(1, ...values);
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: `0 0 ${values.length} 1`, preserveAspectRatio: "none", class: "bars", role: "img", "aria-label": label };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  values.forEach((value, n) => {
    const bar = document.createElementNS(SVG, "rect");
    const tall = value ? Math.max(0.02, value / most) : 0;
    for (const [name, size] of [["x", n + 0.1], ["y", 1 - tall], ["width", 0.8], ["height", tall]]) bar.setAttribute(name, size);
    svg.append(bar);
  });
  return svg;
}

function throughput({ per_minute: values }) {
  const sum = values.reduce((one, other) => one + other, 0);
  return panel("Landed, by minute of the last hour", false, bars(values, `${sum} transactions in an hour, at most ${Math.max(...values)} a minute`));
}

function days(rows) {
  if (!rows.length) return panel("Transitions, by day", false, notice("None within a week"));
  return panel("Transitions, by day", false, bars(rows.map((day) => day.succeeded), rows.map((day) => `${day.day}: ${day.succeeded} of ${day.attempts}`).join("; ")));
}

look();
