// Elements without markup in strings: whatever the API says becomes text, never HTML.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set text and, where a direction is given, let it be seen for a moment that it moved. */
export function write(element, text, direction = 0) {
  if (element.textContent === text) return;
  element.textContent = text;
  element.classList.remove("flash-up", "flash-down");
  if (!direction) return;
  void element.offsetWidth; // restarts the animation
  element.classList.add(direction > 0 ? "flash-up" : "flash-down");
}

/** What stands where data would: loading, nothing, or an error that can be tried again. */
export function notice(title, detail, retry) {
  return h("div", { class: "state" }, h("strong", {}, title), detail ?? "",
    retry ? h("div", {}, h("button", { type: "button", onclick: retry }, "Try again")) : null);
}

export const bones = (n) =>
  h("div", { "aria-hidden": "true" }, Array.from({ length: n }, () => h("i", { class: "bone" })));

/** A row of buttons of which one is chosen. */
export function choices(label, options, chosen, choose) {
  const group = h("div", { class: "choices", role: "group", "aria-label": label });
  for (const [value, text] of options) {
    group.append(h("button", {
      type: "button", "aria-pressed": String(value === chosen),
      onclick: (event) => {
        for (const other of group.children) other.setAttribute("aria-pressed", String(other === event.currentTarget));
        choose(value);
      },
    }, text));
  }
  return group;
}

const SVG = "http://www.w3.org/2000/svg";

/** A market's mark, drawn from its id: ids are told apart faster by shape than by digits. */
export function glyph(id) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", "0 0 7 7"], ["class", "glyph"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  for (let n = 0; n < 15; n++) {
    if (parseInt(id[n], 16) % 2) continue;
    const column = Math.floor(n / 5);
    for (const x of new Set([column, 4 - column])) {
      const dot = document.createElementNS(SVG, "rect");
      for (const [name, value] of [["x", x + 1], ["y", (n % 5) + 1], ["width", 1.02], ["height", 1.02]]) dot.setAttribute(name, value);
      svg.append(dot);
    }
  }
  return svg;
}

const OPEN = new Set(["ACTIVE"]);
const CONTESTED = new Set(["RESOLVING", "DISPUTED"]);

/** A market's state; how it ended where it did. */
export function pill(state, outcome) {
  const text = !state ? "unknown" : state[0] + state.slice(1).toLowerCase() + (outcome ? ` · ${outcome}` : "");
  return h("span", { class: "pill", "data-open": OPEN.has(state), "data-contested": CONTESTED.has(state) }, text);
}
