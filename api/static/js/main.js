// The page: a bar that says how fresh everything is, and the view that the address names.

import { board } from "./board.js";
import { market } from "./market.js";
import { Stream } from "./stream.js";
import { duration } from "./format.js";

const here = new URL("ws", location.href.split("#")[0]);
here.protocol = here.protocol.replace("http", "ws");
here.search = "";
const stream = new Stream(here.href);

const badge = document.getElementById("freshness");
const position = document.getElementById("position");
/** Below this, being behind is nobody's concern. */
const BEHIND_MS = 2000;

function said({ phase, lagMs, retryAt }) {
  if (phase === "offline") return `Reconnecting in ${Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))} s`;
  if (phase === "stale") return `Stale · ${duration(lagMs)} old`;
  if (phase === "connecting") return "Connecting";
  return lagMs > BEHIND_MS ? `Live · ${duration(lagMs)} behind` : "Live";
}

function show(status) {
  badge.dataset.phase = document.body.dataset.phase = status.phase;
  const text = said(status);
  const label = badge.lastElementChild;
  if (label.textContent !== text) label.textContent = text;
  if (status.pos !== null) position.textContent = `Everything up to change ${status.pos.toLocaleString("en")}`;
}
stream.watch(show);
setInterval(() => stream.status.phase === "offline" && show(stream.status), 1000);

const main = document.getElementById("main");
let leave = () => {};

function route() {
  leave();
  main.replaceChildren();
  window.scrollTo(0, 0);
  const found = location.hash.match(/^#\/market\/([0-9a-zA-Z]{32,64})$/);
  for (const link of document.querySelectorAll("[data-nav]")) {
    if (found) link.removeAttribute("aria-current");
    else link.setAttribute("aria-current", "page");
  }
  document.title = found ? `Market ${found[1].slice(0, 8)} · Oddsline` : "Oddsline";
  leave = found ? market(main, stream, found[1]) : board(main, stream);
}
addEventListener("hashchange", () => {
  route();
  main.focus({ preventScroll: true });
});
route();
