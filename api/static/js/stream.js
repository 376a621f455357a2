// One WebSocket for the page: snapshot, then every message once, over any number of breaks.
// asyncapi.yaml describes the protocol; `prev_seq` must be the last that was applied.

const BACKOFF_MS = [500, 15_000];
/** This many heartbeats may be missing before the line counts as cut. */
const MISSED_BEATS = 3;

export class Stream {
  #url; #socket = null; #wait = BACKOFF_MS[0]; #followed = new Map(); #watchers = new Set();
  #silence = 0; #beatMs = 5000; #closed = false;
  status = { phase: "connecting", lagMs: null, retryAt: null, pos: null };

  constructor(url) {
    this.#url = url;
    this.#connect();
  }

  /** Call `told` with each snapshot and message of a market; returns how to stop. */
  follow(marketId, told) {
    let market = this.#followed.get(marketId);
    if (!market) this.#followed.set(marketId, (market = { after: null, waiting: false, listeners: new Set() }));
    else market.after = null; // a newcomer needs the snapshot
    market.listeners.add(told);
    this.#subscribe(marketId);
    return () => {
      market.listeners.delete(told);
      if (market.listeners.size || this.#followed.get(marketId) !== market) return;
      this.#followed.delete(marketId);
      this.#say({ type: "unsubscribe:market", market_id: marketId });
    };
  }

  /** Call `seen` with the status now and whenever it changes. */
  watch(seen) {
    this.#watchers.add(seen);
    seen(this.status);
    return () => this.#watchers.delete(seen);
  }

  #set(change) {
    this.status = { ...this.status, ...change };
    for (const seen of this.#watchers) seen(this.status);
  }

  #connect() {
    const socket = (this.#socket = new WebSocket(this.#url));
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => this.#lost(event);
    this.#listen();
  }

  #say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #subscribe(marketId) {
    const market = this.#followed.get(marketId);
    const { after } = market;
    market.waiting = true; // what still comes under the old subscription is told again
    this.#say({ type: "subscribe:market", market_id: marketId, id: marketId, ...(after ? { after } : {}) });
  }

  #hear(message) {
    this.#listen();
    if (message.type === "welcome") {
      this.#wait = BACKOFF_MS[0];
      this.#beatMs = message.heartbeat_ms;
      this.#set({ phase: "live", retryAt: null });
      for (const marketId of this.#followed.keys()) this.#subscribe(marketId);
    } else if (message.type === "heartbeat") {
      this.#set({ phase: message.stale ? "stale" : "live", lagMs: message.lag_ms, pos: message.pos });
    } else if (message.market_id) {
      this.#apply(message);
    } else if (message.type === "error") {
      this.#followed.delete(message.id); // unknown, or one market too many
    }
  }

  #apply(message) {
    const market = this.#followed.get(message.market_id);
    if (!market || message.type === "unsubscribed") return;
    if (message.type === "subscribed") market.waiting = false;
    else if (market.waiting) return;
    else if (message.prev_seq !== market.after?.seq) return this.#subscribe(message.market_id); // a gap
    market.after = { epoch: message.epoch, seq: message.seq };
    if (message.type === "resync") {
      market.after = null; // what came late was not told one by one: the snapshot has it
      this.#subscribe(message.market_id);
    }
    for (const told of market.listeners) told(message);
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const socket = this.#socket;
      socket.onclose = null;
      socket.close();
      this.#lost({ code: 1006, reason: "" });
    }, this.#beatMs * MISSED_BEATS);
  }

  #lost({ code, reason }) {
    clearTimeout(this.#silence);
    if (this.#closed) return;
    let wait = this.#wait * (0.5 + Math.random());
    if (code === 1012) wait = retryAfter(reason) ?? wait;
    if (code === 4029) wait = BACKOFF_MS[1];
    this.#wait = Math.min(this.#wait * 2, BACKOFF_MS[1]);
    this.#set({ phase: "offline", retryAt: Date.now() + wait });
    setTimeout(() => this.#connect(), wait);
  }
}

function retryAfter(reason) {
  try {
    return JSON.parse(reason).retry_after_ms;
  } catch {
    return null;
  }
}
