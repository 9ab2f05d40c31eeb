// The view of actors: who stands beside whom in stories, over time; the same as a table for those who do not see it.

import { get } from "/page/api.js";
import { stackedBars } from "/page/charts.js";
import { failure, foreign, h, plural, replace, svg } from "/page/dom.js";

const WIDTH = 900, HEIGHT = 560, ROUNDS = 260;
const SPANS = [[24, "a day"], [24 * 7, "a week"], [24 * 30, "a month"], [24 * 366, "a year"]];
const STEPS = 24, PLAY_EVERY = 350;

// Springs along links, repulsion between all: small graphs need no library. The start is a circle, so that the same
// data always gives the same picture.
function layout(nodes, links) {
  const at = nodes.map((_, i) => ({ x: WIDTH / 2 + 200 * Math.cos((2 * Math.PI * i) / nodes.length), y: HEIGHT / 2 + 200 * Math.sin((2 * Math.PI * i) / nodes.length) }));
  const index = new Map(nodes.map((node, i) => [node.id, i]));
  for (let round = 0; round < ROUNDS; round++) {
    const heat = 12 * (1 - round / ROUNDS);
    const force = at.map((p) => ({ x: (WIDTH / 2 - p.x) * 0.012, y: (HEIGHT / 2 - p.y) * 0.02 }));
    for (let i = 0; i < at.length; i++) for (let j = i + 1; j < at.length; j++) {
      const dx = at[i].x - at[j].x || 0.1, dy = at[i].y - at[j].y || 0.1, squared = Math.max(100, dx * dx + dy * dy);
      const push = 26000 / squared, length = Math.sqrt(squared);
      force[i].x += (dx / length) * push; force[i].y += (dy / length) * push;
      force[j].x -= (dx / length) * push; force[j].y -= (dy / length) * push;
    }
    for (const { source, target, stories } of links) {
      const i = index.get(source), j = index.get(target);
      const dx = at[j].x - at[i].x, dy = at[j].y - at[i].y, length = Math.hypot(dx, dy) || 1;
      const pull = (length - 170) * 0.014 * Math.min(2, 1 + Math.log(stories));
      force[i].x += (dx / length) * pull; force[i].y += (dy / length) * pull;
      force[j].x -= (dx / length) * pull; force[j].y -= (dy / length) * pull;
    }
    at.forEach((p, i) => {
      const length = Math.hypot(force[i].x, force[i].y) || 1, step = Math.min(heat, length * 4);
      p.x = Math.min(WIDTH - 60, Math.max(60, p.x + (force[i].x / length) * step));
      p.y = Math.min(HEIGHT - 30, Math.max(30, p.y + (force[i].y / length) * step));
    });
  }
  return new Map(nodes.map((node, i) => [node.id, at[i]]));
}

// The part of the plane that is drawn on, in the shape of the screen.
function frame(points) {
  const xs = points.map((p) => p.x), ys = points.map((p) => p.y), margin = 70;
  const x = Math.min(...xs) - margin, y = Math.min(...ys) - margin;
  const width = Math.max(Math.max(...xs) + margin - x, 480), height = Math.max(Math.max(...ys) + margin - y, 300);
  return `${x} ${y} ${width} ${height}`;
}

// Everyone who is watched, by any of their names; the catalogue is read when it is first asked for.
function whom() {
  const input = h("input", { type: "search", placeholder: "any name: Bamako, junta, Wagner …", autocomplete: "off" });
  const found = h("div", { class: "stack", "aria-live": "polite" });
  let typing = null, asked = 0;
  async function look() {
    const mine = ++asked;
    if (!input.value.trim()) { replace(found); return; }
    if (!found.firstElementChild) replace(found, h("p", { class: "muted small" }, "Looking … (the first time takes a few seconds)"));
    try {
      const { actors, total } = await get("/v1/catalogue/actors", { q: input.value.trim(), limit: 12 });
      if (mine !== asked) return;
      replace(found, h("p", { class: "small muted" }, `${plural(total, "actor")} of that name`), h("ul", { class: "lines" }, actors.map((actor) => h("li", {},
        h("strong", {}, actor.name), " ", h("code", {}, actor.id), h("span", { class: "small muted" }, ` ${actor.kind.replaceAll("_", " ")} · ${plural(actor.alerts, "alert")}`),
        h("div", { class: "small muted" }, actor.aliases.slice(0, 14).map((one) => one.text).join(", "), actor.aliases.length > 14 && ` and ${actor.aliases.length - 14} more names`)))));
    } catch (error) { if (mine === asked) replace(found, failure(error)); }
  }
  input.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(look, 250); });
  return h("section", { class: "card stack whom" }, h("h2", {}, "Whom Tocsin watches"), h("label", {}, "Find an actor by any of its names", input), found);
}

export function actorsView({ onChoose }) {
  const hours = h("select", {}, SPANS.map(([value, text]) => h("option", { value }, text)));
  hours.value = String(24 * 7);
  const slider = h("input", { type: "range", min: "1", max: String(STEPS), value: String(STEPS), "aria-describedby": "until" });
  const until = h("output", { id: "until", class: "small muted" });
  const play = h("button", { type: "button" }, "Play");
  const body = h("div", { class: "stack" }), strip = h("span", { "aria-hidden": "true" });
  const element = h("section", { class: "view", "aria-labelledby": "actors-title" },
    h("header", {}, h("h1", { id: "actors-title" }, "Actors"), h("p", { class: "muted" }, "A line joins two actors that stand together in a story’s proof; copies of a report draw it no thicker.")),
    h("div", { class: "card row times" }, h("label", {}, "The last", hours), play, h("label", { class: "grow" }, "Up to", h("span", { class: "over" }, strip, slider)), until), body, whom());
  let graph = null, lines = [], timer = null;

  const upTo = () => new Date(Date.parse(graph.since) + ((Date.parse(graph.until) - Date.parse(graph.since)) * slider.value) / STEPS);

  function draw() {
    if (!graph) return;
    until.textContent = upTo().toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    for (const { link, line } of lines) {
      const seen = link.over_time.slice(0, slider.value).reduce((sum, one) => sum + one, 0);
      line.setAttribute("stroke-width", seen ? Math.min(9, 1 + 1.2 * Math.log2(1 + seen)) : 0);
    }
  }

  function light(id) {
    for (const { link, line } of lines) line.classList.toggle("faded", Boolean(id) && link.source !== id && link.target !== id);
    const near = new Set([id, ...lines.filter(({ link }) => link.source === id || link.target === id).flatMap(({ link }) => [link.source, link.target])]);
    for (const node of element.querySelectorAll(".actor")) node.classList.toggle("faded", Boolean(id) && !near.has(node.dataset.id));
  }

  function picture() {
    const places = layout(graph.nodes, graph.links);
    lines = graph.links.map((link) => {
      const a = places.get(link.source), b = places.get(link.target);
      return { link, line: svg("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y }) };
    });
    return svg("svg", { class: "graph", viewBox: frame([...places.values()]), role: "group", "aria-label": "Graph of actors; the table below says the same" },
      lines.map(({ line }) => line),
      graph.nodes.map((node) => {
        const { x, y } = places.get(node.id), radius = 8 + 3.5 * Math.log2(1 + node.stories);
        const choose = () => onChoose(node.id);
        return svg("g", { class: `actor${node.id === node.id.toUpperCase() ? " state" : ""}`, "data-id": node.id, tabindex: "0", role: "link", "aria-label": `${node.name}: ${plural(node.stories, "story", "stories")}`,
          onclick: choose, onkeydown: (key) => key.key === "Enter" && choose(), onmouseenter: () => light(node.id), onmouseleave: () => light(null), onfocus: () => light(node.id), onblur: () => light(null) },
          svg("circle", { cx: x, cy: y, r: radius }), svg("text", { x, y: y + radius + 13, "text-anchor": "middle" }, node.name));
      }));
  }

  async function load() {
    try {
      graph = await get("/v1/actors/graph", { hours: hours.value, steps: STEPS });
      const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
      replace(body, graph.nodes.length ? [h("div", { class: "card" }, picture()),
        h("details", { class: "card" }, h("summary", {}, "As a table"), h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Actor"), h("th", { scope: "col" }, "With"), h("th", { scope: "col", class: "number" }, "Stories"))),
          h("tbody", {}, graph.links.map((link) => h("tr", {}, h("td", {}, foreign(names.get(link.source))), h("td", {}, foreign(names.get(link.target))), h("td", { class: "number" }, link.stories))))))]
        : h("div", { class: "empty" }, h("h2", {}, "Nobody yet"), h("p", {}, "No alert rang in this time.")));
      const busy = Array.from({ length: STEPS }, (_, i) => [graph.links.reduce((sum, link) => sum + link.over_time[i], 0)]);
      replace(strip, stackedBars(busy, { names: ["together"], since: graph.since, until: graph.until, label: "", height: 26 }));
      draw();
    } catch (error) { replace(body, failure(error)); }
  }

  function stop() { clearInterval(timer); timer = null; play.textContent = "Play"; }

  play.addEventListener("click", () => {
    if (timer) { stop(); return; }
    play.textContent = "Stop";
    slider.value = "1";
    draw();
    timer = setInterval(() => {
      slider.value = String(Number(slider.value) + 1);
      draw();
      if (Number(slider.value) === STEPS || !element.isConnected) stop();
    }, PLAY_EVERY);
  });
  slider.addEventListener("input", draw);
  hours.addEventListener("change", load);
  return { element, shown: load };
}
