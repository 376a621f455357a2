// A chart of YES prices in percent; candles live, bucket by bucket.

import { AreaSeries, CandlestickSeries, ColorType, HistogramSeries, createChart } from "../vendor/lightweight-charts.mjs";
import { chartPrice } from "./format.js";

/** Candles in sight at first. */
const SHOWN = 60;
const SECONDS = { "1s": 1, "1m": 60, "5m": 300, "1h": 3600, "1d": 86400 };
const dark = matchMedia("(prefers-color-scheme: dark)");

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function look(colour = token) {
  return {
    layout: { background: { type: ColorType.Solid, color: "transparent" }, textColor: colour("--ink-3"), fontSize: 11,
      fontFamily: colour("--sans"), attributionLogo: false },
    grid: { vertLines: { visible: false }, horzLines: { color: colour("--line") } },
    crosshair: { vertLine: { color: colour("--line-strong"), labelBackgroundColor: colour("--ink-2") },
      horzLine: { color: colour("--line-strong"), labelBackgroundColor: colour("--ink-2") } },
  };
}

/** A chart in `holder`; `kind` is "area" (trade by trade) or "candles" (with volume below). */
export function priceChart(holder, kind) {
  const chart = createChart(holder, {
    ...look(), autoSize: true,
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.1, bottom: kind === "candles" ? 0.26 : 0.06 } },
    timeScale: { borderVisible: false, timeVisible: true, secondsVisible: kind === "area", rightOffset: 2 },
    localization: { priceFormatter: (price) => `${price.toFixed(1)}%` },
    handleScroll: { vertTouchDrag: false },
  });
  const main = chart.addSeries(kind === "area" ? AreaSeries : CandlestickSeries, { priceLineVisible: false });
  const volume = kind === "candles"
    ? chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false })
    : null;
  if (volume) chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  let bars = new Map(), last = null, interval = "1m";

  const paint = () => {
    chart.applyOptions(look());
    const [up, down, ink] = [token("--up"), token("--down"), token("--accent")];
    if (kind === "area") main.applyOptions({ lineColor: ink, lineWidth: 2, topColor: ink + "2e", bottomColor: ink + "00" });
    else main.applyOptions({ upColor: up, downColor: down, borderVisible: false, wickUpColor: up, wickDownColor: down });
    volume?.applyOptions({ color: token("--line-strong") });
  };
  const point = (bar) => (kind === "area" ? { time: bar.time, value: bar.close } : bar);
  paint();
  dark.addEventListener("change", paint);

  return {
    /** Show these candles, oldest first. */
    set(candles, chosen) {
      interval = chosen;
      bars = new Map(candles.map((c) => {
        const time = Date.parse(c.bucket) / 1000;
        return [time, { time, open: chartPrice(c.open), high: chartPrice(c.high), low: chartPrice(c.low), close: chartPrice(c.close), volume: Number(c.volume) / 1e9 }];
      }));
      const all = [...bars.values()];
      last = all.at(-1)?.time ?? null;
      main.setData(all.map(point));
      volume?.setData(all.map((bar) => ({ time: bar.time, value: bar.volume })));
      // The newest stand at the right, however few there are.
      chart.timeScale().setVisibleLogicalRange({ from: all.length - SHOWN, to: all.length + 1 });
    },
    /** Show the prices that these trades left, oldest first; of one second's, the last. */
    line(trades) {
      interval = "1s";
      bars = new Map();
      for (const trade of trades) {
        const time = Math.floor(Date.parse(trade.traded_at) / 1000), close = chartPrice(trade.price_yes);
        bars.set(time, { time, open: close, high: close, low: close, close, volume: 0 });
      }
      const all = [...bars.values()].sort((a, b) => a.time - b.time);
      last = all.at(-1)?.time ?? null;
      main.setData(all.map(point));
      chart.timeScale().fitContent();
    },
    /** A trade that happened now; its candle is made of its own bucket's trades alone. */
    add(trade) {
      const time = Math.floor(Date.parse(trade.traded_at) / 1000 / SECONDS[interval]) * SECONDS[interval];
      if (last !== null && time < last) return; // the next read has it
      const price = chartPrice(trade.price_yes);
      const bar = bars.get(time) ?? { time, open: price, high: price, low: price, close: price, volume: 0 };
      Object.assign(bar, { high: Math.max(bar.high, price), low: Math.min(bar.low, price), close: price, volume: bar.volume + Number(trade.amount) / 1e9 });
      bars.set(time, bar);
      last = time;
      main.update(point(bar));
      volume?.update({ time, value: bar.volume });
    },
    close() {
      dark.removeEventListener("change", paint);
      chart.remove();
    },
  };
}
