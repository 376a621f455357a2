// How a market's votes stand: the proposal's, and the dispute's where there was one.

import { h } from "./dom.js";
import { count } from "./format.js";

const WORDS = { proposal: ["Proposal", "for", "against"], dispute: ["Dispute", "agree", "disagree"] };

/** Read the tallies and draw them into `place`. */
export async function votes(place, id, market, read) {
  const kinds = market.was_disputed || market.state === "DISPUTED" ? ["proposal", "dispute"] : ["proposal"];
  const tallies = await Promise.all(kinds.map((kind) => read(`votes/${id}`, { kind })));
  place.replaceChildren(h("div", { class: "votes live" }, tallies.map(({ data }) => poll(data))));
}

function poll(tally) {
  const [title, yes, no] = WORDS[tally.kind];
  // What the chain was told counts; until then, what would be.
  const told = tally.aggregated_in_favour !== null;
  const [inFavour, against] = told ? [tally.aggregated_in_favour, tally.aggregated_against ?? 0] : [tally.in_favour, tally.against];
  const voters = inFavour + against;
  const share = voters ? (100 * inFavour) / voters : 0;
  const scale = h("div", { class: "scale", role: "img", "aria-label": `${share.toFixed(0)} % ${yes}` }, h("i", {}));
  scale.firstChild.style.width = `${share}%`;
  if (tally.threshold_bps !== null) {
    const mark = h("s", { title: `needs ${tally.threshold_bps / 100} %` });
    mark.style.left = `${tally.threshold_bps / 100}%`;
    scale.append(mark);
  }
  const needs = [`quorum ${count(tally.quorum)}`, tally.threshold_bps === null ? null : `needs ${tally.threshold_bps / 100} %`,
    told ? "counted on chain" : tally.reached ? "reached" : voters ? "open" : "no votes yet"].filter(Boolean).join(" · ");
  return h("div", {}, h("div", { class: "row" }, h("span", {}, title), h("span", {}, `${count(inFavour)} ${yes}, ${count(against)} ${no}`)),
    scale, h("p", { class: "quiet" }, needs));
}
