// One market: candles, its life, its votes, its trades and what it is.

import { get } from "./api.js";
import { priceChart } from "./chart.js";
import { bones, choices, glyph, h, notice, pill, write } from "./dom.js";
import { ago, amount, brief, count, moment, percent, short } from "./format.js";
import { tape } from "./tape.js";
import { votes } from "./votes.js";

const INTERVALS = [["1m", "1 min"], ["5m", "5 min"], ["1h", "1 h"], ["1d", "1 d"]];
const FACTS = [
  ["Address", "market_address", short], ["Creator", "creator", short], ["Liquidity b", "b_parameter", (v) => amount(v)],
  ["Initial liquidity", "initial_liquidity", (v) => `${amount(v)} SOL`], ["YES shares", "shares_yes", (v) => amount(v)],
  ["NO shares", "shares_no", (v) => amount(v)], ["Resolver", "resolver", short], ["Proposed outcome", "proposed_outcome", (v) => v],
];

export function market(root, stream, id) {
  const ending = new AbortController();
  const { signal } = ending;
  root.append(bones(10));
  let stop = () => {};
  get(`markets/${id}`, {}, { signal }).then(
    ({ data }) => { stop = view(root, stream, data, signal); },
    (error) => signal.aborted || root.replaceChildren(error.status === 404
      ? notice("There is no such market", "It may not have been created yet, or the address is of another program.")
      : notice("The market cannot be shown", error.message, () => location.reload())));
  return () => { ending.abort(); stop(); };
}

function view(root, stream, first, signal) {
  const id = first.market_id;
  let now = first, interval = "1m";
  const price = h("dd", { class: "live" }, "–"), no = h("dd", { class: "live" }, "–"), volume = h("dd", { class: "live" }, "–"), traded = h("dd", { class: "live" }, "–");
  const state = h("span", {}), under = h("p", { class: "under" }), facts = h("dl", { class: "facts live" });
  const holder = h("div", { class: "chart tall", role: "img", "aria-label": "YES price candles" }), over = h("div", {});
  const life = h("ol", { class: "life" }), polls = h("div", {}, bones(3)), trades = tape(false);
  const figure = (title, value, big) => h("div", { class: big ? "big" : "" }, h("dt", {}, title), value);
  const panel = (title, content, extra) => h("section", { class: "panel", "aria-label": title }, h("header", {}, h("h2", {}, title), extra ?? null), content);

  root.replaceChildren(
    h("div", { class: "market-head" },
      h("div", {}, h("h1", {}, glyph(id), h("span", { class: "mono" }, short(id, 8, 6)), state), under),
      h("dl", { class: "figures" }, figure("YES", price, true), figure("NO", no), figure("Volume, SOL", volume), figure("Trades", traded))),
    h("div", { class: "market" },
      h("div", { class: "column" },
        panel("Price of YES", h("div", { class: "chart tall" }, holder, over), choices("Candle", INTERVALS, interval, (chosen) => { interval = chosen; candles(); })),
        panel("Trades", trades.element)),
      h("div", { class: "column" }, panel("Votes", polls), panel("Life", life), panel("Facts", facts))));
  const chart = priceChart(holder, "candles");

  function draw(next, flash = true) {
    const moved = flash ? Math.sign(Number(next.price_yes ?? 0) - Number(now.price_yes ?? next.price_yes ?? 0)) : 0;
    now = next;
    write(price, percent(now.price_yes), moved);
    write(no, percent(now.price_no));
    write(volume, brief(now.volume));
    write(traded, count(now.trade_count));
    state.replaceChildren(pill(now.state, now.final_outcome));
    facts.replaceChildren(...FACTS.filter(([, name]) => now[name] !== null).flatMap(([title, name, say]) =>
      [h("dt", {}, title), h("dd", { class: say === short ? "mono" : "", title: now[name] }, say(now[name]))]));
    tick();
  }
  const copy = h("button", { type: "button", class: "copy mono", onclick: () => navigator.clipboard?.writeText(id).then(() => write(copy, "copied"), () => {}) }, "copy id");
  const since = h("span", {});
  under.append(copy, since);
  const tick = () => write(since, now.last_trade_at ? ` · last trade ${ago(now.last_trade_at)}${ago(now.last_trade_at) === "now" ? "" : " ago"}` : " · not traded yet");

  const read = (path, params) => get(path, params, { signal });
  const failed = (place) => (error) => signal.aborted || place.replaceChildren(notice("Not available", error.message));
  function candles() {
    read(`markets/${id}/candles`, { interval, limit: 1500 }).then((page) => {
      chart.set(page.data, interval);
      over.replaceChildren(...(page.data.length ? [] : [notice("Not traded yet", "Candles begin with the first trade.")]));
    }, failed(over));
  }
  function steps() {
    read(`markets/${id}/transitions`).then(({ data }) => life.replaceChildren(...data.map((step) =>
      h("li", {}, h("b", {}, step.to_state[0] + step.to_state.slice(1).toLowerCase()),
        h("div", { class: "quiet" }, h("time", { datetime: step.at }, moment(step.at)), ` · ${step.event} · `,
          h("span", { class: "mono", title: step.signature }, short(step.signature)))))), failed(life));
  }
  const polled = () => votes(polls, id, now, read).catch(failed(polls));
  function tapes() {
    read(`trades/${id}`, { limit: 60 }).then(({ data }) => data.reverse().forEach(trades.add), failed(trades.element));
  }

  function hear(message) {
    const { type, data } = message;
    if (type === "subscribed" && message.snapshot) draw(message.snapshot);
    if (type === "resync" || message.reset) { candles(); steps(); polled(); trades.clear(); tapes(); }
    else if (type === "price:update") draw({ ...now, ...data });
    else if (type === "trade:executed") {
      draw({ ...now, trade_count: now.trade_count + 1, last_trade_at: data.traded_at });
      chart.add(data);
      over.replaceChildren();
      trades.add(data);
    } else if (type === "state:change") {
      draw({ ...now, state: data.to });
      steps();
      polled();
      read(`markets/${id}`).then((answer) => draw(answer.data), () => {});
    } else if (type === "market:update") {
      draw({ ...now, ...data });
      polled();
    } else if (type === "retract") {
      trades.retract(message.trade_ids);
      if (message.state) draw({ ...now, ...message.state });
      candles();
    }
  }

  draw(first, false);
  candles(); steps(); polled(); tapes();
  const leave = stream.follow(id, hear);
  const ticking = setInterval(tick, 1000);
  // Ballots come without a word in the stream.
  const polling = setInterval(() => document.visibilityState === "visible" && ["PROPOSED", "DISPUTED"].includes(now.state) && polled(), 10_000);
  return () => { leave(); clearInterval(ticking); clearInterval(polling); chart.close(); };
}
