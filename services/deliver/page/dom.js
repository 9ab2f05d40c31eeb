// Builds elements from plain data. Foreign text only ever becomes a text node: there is no way in for markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

export const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

// Text from elsewhere: kept apart, so that its direction marks cannot reorder what stands beside it.
export const foreign = (text, name = "bdi", attributes = {}) => h(name, { dir: "auto", class: "foreign", ...attributes }, text ?? "");

export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A link only where it leads to the web; anything else (javascript:, data:, file:) stays text.
export function link(url, text, attributes = {}) {
  let parsed = null;
  try { parsed = new URL(url); } catch { /* no URL */ }
  if (!parsed || !["http:", "https:"].includes(parsed.protocol)) return foreign(text, "span", attributes);
  return foreign(text, "a", { href: parsed.href, target: "_blank", rel: "noopener noreferrer nofollow", ...attributes });
}

export const plural = (count, one, many = one + "s") => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export function ago(iso, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) return "";
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return plural(Math.floor(seconds / 86400), "day") + " ago";
}

export function time(iso) {
  const at = new Date(iso);
  const words = Number.isNaN(at.getTime()) ? String(iso ?? "") : at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: iso, title: words, "data-ago": iso }, ago(iso) || words);
}

export function keepTimesTrue() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time[data-ago]")) element.textContent = ago(element.dataset.ago);
  }, 30000);
}

export function say(text) { document.getElementById("said").textContent = text; }

export function failure(error) {
  const mistakes = (error.errors || []).map((one) => `\n${one.where}: ${one.message}`);
  return h("p", { class: "error", role: "alert" }, error.message + mistakes.join(""));
}
