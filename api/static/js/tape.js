// The trade tape: newest first, bounded, each trade once.

import { h, notice } from "./dom.js";
import { amount, clock, short } from "./format.js";

const LENGTH = 80;

/** A tape; `named` says whether each trade names its market. */
export function tape(named) {
  const list = h("ol", { class: "tape live", "aria-label": "Trades, newest first", tabindex: "0" });
  const empty = notice("No trades yet", "The next one appears here by itself.");
  const holder = h("div", {}, list, empty);
  const seen = new Map();

  function line(trade) {
    const yes = trade.outcome === "YES";
    return h("li", { "data-trade": trade.trade_id },
      h("time", { class: "quiet", datetime: trade.traded_at }, clock(trade.traded_at)),
      h("span", { class: yes === (trade.side === "buy") ? "up" : "down" }, `${trade.side === "buy" ? "Buy" : "Sell"} ${trade.outcome}`),
      named ? h("a", { class: "mono quiet", href: `#/market/${trade.market_id}` }, short(trade.market_id))
        : h("span", { class: "mono quiet", title: trade.wallet }, short(trade.wallet)),
      h("span", { title: `${amount(trade.shares)} shares` }, `${amount(trade.amount)} SOL`));
  }

  return {
    element: holder,
    add(trade) {
      if (seen.has(trade.trade_id)) return;
      const item = line(trade);
      seen.set(trade.trade_id, item);
      list.prepend(item);
      empty.hidden = true;
      while (list.children.length > LENGTH) {
        seen.delete(list.lastElementChild.dataset.trade);
        list.lastElementChild.remove();
      }
    },
    /** Trades of a rolled-back slot did not happen. */
    retract(ids) {
      for (const id of ids) seen.get(id)?.classList.add("gone");
    },
    clear() {
      seen.clear();
      list.replaceChildren();
      empty.hidden = false;
    },
  };
}
