// The board: every market with its odds, the chosen one's price, the tape of all that are shown.

import { get } from "./api.js";
import { priceChart } from "./chart.js";
import { bones, choices, glyph, h, notice, pill, write } from "./dom.js";
import { ago, brief, count, percent, short } from "./format.js";
import { tape } from "./tape.js";

const PAGE = 50;
/** The API lets one connection follow 200 markets. */
const MOST = 200;
const SORTS = [["last_trade_at", "Last trade"], ["volume", "Volume"], ["created_at", "Newest"]];
/** Trades behind the chosen market's line. */
const TRADES = 200;
/** How far back in the stream of changes the tape begins. */
const TAPE_BACK = 400;

export function board(root, stream) {
  const rows = new Map();
  const ending = new AbortController();
  const { signal } = ending;
  let sort = SORTS[0][0], cursor = null, chosen = null, round = 0;

  const body = h("tbody", {});
  const table = h("table", { class: "markets live" }, h("caption", { class: "hidden" }, "Markets"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Market"), h("th", { scope: "col" }, "State"), h("th", { scope: "col", class: "num" }, "YES"),
      h("th", { scope: "col", class: "num" }, "Volume, SOL"), h("th", { scope: "col", class: "num" }, "Trades"), h("th", { scope: "col", class: "num" }, "Last trade"))), body);
  const below = h("div", {});
  const more = h("div", { class: "state", hidden: true }, h("button", { type: "button", onclick: () => load() }, "Show more markets"));
  const trades = tape(true);
  const focus = focused(stream);
  root.append(h("div", { class: "board" },
    h("section", { class: "panel", "aria-label": "Markets" },
      h("header", {}, h("h1", { class: "hidden" }, "Markets"), h("h2", {}, "Markets"), choices("Order by", SORTS, sort, reorder)), table, below, more),
    h("div", { class: "side" }, focus.element,
      h("section", { class: "panel", "aria-label": "Trades" }, h("header", {}, h("h2", {}, "Trades")), trades.element))));

  function reorder(by) {
    sort = by;
    cursor = null;
    for (const row of rows.values()) row.leave();
    rows.clear();
    body.replaceChildren();
    load();
  }

  async function load() {
    const mine = ++round;
    more.hidden = true;
    below.replaceChildren(bones(rows.size ? 2 : 8));
    try {
      const page = await get("markets", { sort, limit: PAGE, cursor }, { signal });
      if (mine !== round) return;
      below.replaceChildren();
      cursor = page.next_cursor;
      for (const market of page.data) add(market);
      more.hidden = !cursor || rows.size >= MOST;
      if (!rows.size) below.replaceChildren(notice("No markets yet", "They appear here as soon as they are created on chain."));
      if (!chosen && page.data.length) choose(page.data.find((m) => m.trade_count) ?? page.data[0]);
      if (!trades.begun) begin(page.as_of.pos);
    } catch (error) {
      if (!signal.aborted) below.replaceChildren(notice("The markets cannot be shown", error.message, () => load()));
    }
  }

  function add(market) {
    if (rows.has(market.market_id)) return;
    const row = marketRow(market, () => choose(row.market));
    rows.set(market.market_id, row);
    body.append(row.element);
    const stop = stream.follow(market.market_id, (message) => hear(row, message));
    row.leave = stop;
    row.mark(chosen === market.market_id);
  }

  function hear(row, message) {
    row.hear(message);
    if (message.type === "trade:executed") trades.add(message.data);
    if (message.type === "retract") trades.retract(message.trade_ids);
    if (row.market.market_id === chosen) focus.hear(message, row.market);
  }

  function choose(market) {
    chosen = market.market_id;
    for (const [id, row] of rows) row.mark(id === chosen);
    focus.show(market);
  }

  /** What happened just before: the same messages that sockets were told. */
  async function begin(pos) {
    trades.begun = true;
    const page = await get("changes", { after: Math.max(0, pos - TAPE_BACK), limit: TAPE_BACK }, { signal }).catch(() => null);
    for (const change of page?.data ?? []) if (change.type === "trade:executed") trades.add(change.data);
  }

  const ticking = setInterval(() => rows.forEach((row) => row.tick()), 1000);
  load();
  return () => {
    ending.abort();
    clearInterval(ticking);
    for (const row of rows.values()) row.leave();
    focus.close();
  };
}

function marketRow(market, choose) {
  const bar = h("i", {}), odds = h("b", {}), volume = h("td", { class: "num" }), traded = h("td", { class: "num" }), last = h("td", { class: "num quiet" });
  const state = h("td", {});
  const element = h("tr", {
    tabindex: "0", "aria-selected": "false", onclick: choose,
    onkeydown: (event) => {
      if (event.key === "Enter" && event.target === element) location.hash = `#/market/${market.market_id}`;
      if (event.key === " " && event.target === element) { event.preventDefault(); choose(); }
    },
  },
  h("td", {}, h("span", { class: "name" }, glyph(market.market_id), h("a", { class: "mono", href: `#/market/${market.market_id}`, title: market.market_id }, short(market.market_id, 6, 4)))),
  state, h("td", { class: "num" }, h("span", { class: "odds" }, h("span", { class: "track", "aria-hidden": "true" }, bar), odds)), volume, traded, last);

  const row = {
    element, market,
    mark: (on) => element.setAttribute("aria-selected", String(on)),
    tick: () => write(last, ago(row.market.last_trade_at)),
    hear(message) {
      const { type, data } = message;
      if (type === "subscribed" && message.snapshot) draw(message.snapshot);
      else if (type === "price:update") draw({ ...row.market, ...data });
      else if (type === "trade:executed") draw({ ...row.market, trade_count: row.market.trade_count + 1, last_trade_at: data.traded_at });
      else if (type === "state:change") draw({ ...row.market, state: data.to });
      else if (type === "retract" && message.state) draw({ ...row.market, ...message.state });
    },
  };
  function draw(next) {
    const moved = Math.sign(Number(next.price_yes ?? 0) - Number(row.market.price_yes ?? next.price_yes ?? 0));
    row.market = next;
    write(odds, percent(next.price_yes), moved);
    bar.style.width = next.price_yes === null ? "0" : `${Number(next.price_yes) / 1e7}%`;
    write(volume, brief(next.volume));
    write(traded, count(next.trade_count));
    state.replaceChildren(pill(next.state, next.final_outcome));
    row.tick();
  }
  draw(market);
  return row;
}

/** The chosen market: its price, large, and how it came there. */
function focused() {
  const name = h("a", { class: "mono" }), price = h("span", { class: "price live" }, "–"), change = h("span", { class: "quiet" });
  const holder = h("div", { class: "chart", role: "img", "aria-label": "YES price over time" });
  const over = h("div", {}, bones(4));
  const element = h("section", { class: "panel", "aria-label": "Chosen market" },
    h("div", { class: "focus-head" }, h("div", { class: "row" }, h("span", {}, "YES in ", name), change), price), h("div", { class: "chart" }, holder, over));
  const chart = priceChart(holder, "area");
  let shown = null, reading = null, first = null;

  function draw(market, moved = 0) {
    write(price, percent(market.price_yes), moved);
    const points = first === null || market.price_yes === null ? null : Number(market.price_yes) / 1e7 - first;
    write(change, points === null ? "" : `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)} points`);
  }
  return {
    element,
    async show(market) {
      shown = market;
      first = null;
      name.textContent = short(market.market_id, 6, 4);
      name.href = `#/market/${market.market_id}`;
      draw(market);
      reading?.abort();
      reading = new AbortController();
      const { signal } = reading;
      try {
        const page = await get(`trades/${market.market_id}`, { limit: TRADES }, { signal });
        chart.line(page.data.reverse());
        first = page.data.length ? Number(page.data[0].price_yes) / 1e7 : null;
        over.replaceChildren(...(page.data.length ? [] : [notice("Not traded yet", "The price line begins with the first trade.")]));
        draw(shown);
      } catch (error) {
        if (!signal.aborted) over.replaceChildren(notice("No chart", error.message, () => this.show(shown)));
      }
    },
    hear(message, market) {
      if (message.type === "trade:executed") { chart.add(message.data); over.replaceChildren(); }
      if (message.type === "resync" || message.type === "retract") { this.show(market); return; }
      const moved = Math.sign(Number(market.price_yes ?? 0) - Number(shown?.price_yes ?? market.price_yes ?? 0));
      shown = market;
      draw(market, moved);
    },
    close() { reading?.abort(); chart.close(); },
  };
}
