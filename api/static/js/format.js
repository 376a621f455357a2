// Exact integers as the API sends them, in words for people. Nine decimals everywhere.

const NINE = 1_000_000_000n;

/** An amount of 9 decimals with thousands separators and at most `digits` decimals. */
export function amount(text, digits = 2) {
  if (text === null || text === undefined) return "–";
  const value = BigInt(text);
  const unit = 10n ** BigInt(9 - digits);
  const rounded = ((value < 0n ? -value : value) + unit / 2n) / unit;
  const whole = rounded / 10n ** BigInt(digits);
  const rest = digits ? "." + String(rounded % 10n ** BigInt(digits)).padStart(digits, "0") : "";
  return (value < 0n ? "−" : "") + whole.toLocaleString("en") + rest;
}

/** A large amount in few characters: 1.2k, 3.40M. */
export function brief(text) {
  if (text === null || text === undefined) return "–";
  const whole = Number(BigInt(text) / NINE);
  if (whole < 1000) return amount(text);
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(whole);
}

/** A price as a percentage: a prediction market's price is a probability. */
export const percent = (text) => (text === null || text === undefined ? "–" : amount(String(BigInt(text) * 100n), 1) + "%");

/** A price as a number for the chart, in percent. */
export const chartPrice = (text) => Number(text) / 1e7;

export const short = (text, head = 4, tail = 4) =>
  text && text.length > head + tail + 1 ? `${text.slice(0, head)}…${text.slice(-tail)}` : text ?? "–";

export const count = (n) => (n === null || n === undefined ? "–" : n.toLocaleString("en"));

export const clock = (iso) => new Date(iso).toLocaleTimeString("en-GB");

export const moment = (iso) =>
  new Date(iso).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

/** How long ago, roughly. The chain's clock may be a little ahead of this one: that is "now". */
export function ago(iso, now = Date.now()) {
  if (!iso) return "–";
  const s = Math.round((now - Date.parse(iso)) / 1000);
  if (s < -60) return moment(iso);
  if (s < 5) return "now";
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

/** A number of milliseconds as a person would say it. */
export const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`);
