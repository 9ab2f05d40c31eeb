// Small charts, drawn by hand: bars over time, and lines that only rise. Each says in words what it shows.

import { h, svg } from "/page/dom.js";

const day = (at) => new Date(at).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

// Stacked bars: `parts` is a list of lists of numbers, `names` one name a layer (also its colour, by data-layer).
export function stackedBars(parts, { names, since, until, label, height = 64 }) {
  const width = 960, step = width / parts.length, most = Math.max(1, ...parts.map((part) => part.reduce((sum, one) => sum + one, 0)));
  const at = (i) => Date.parse(since) + ((Date.parse(until) - Date.parse(since)) * i) / parts.length;
  const bars = parts.map((part, i) => {
    let top = height;
    const layers = part.map((count, layer) => {
      const tall = (count / most) * (height - 4);
      top -= tall;
      return count > 0 && svg("rect", { "data-layer": names[layer], x: i * step + 1, y: top, width: Math.max(1, step - 2), height: tall, rx: 1.5 });
    });
    const words = part.map((count, layer) => count && `${count} ${names[layer]}`).filter(Boolean).join(", ") || "none";
    return svg("g", {}, svg("title", {}, `${day(at(i))}: ${words}`), svg("rect", { class: "hit", x: i * step, y: 0, width: step, height }), layers);
  });
  return svg("svg", { class: "stacked", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, bars,
    svg("line", { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }));
}

// Steps that rise: each series is { name, values: [[time in ms, number]] }.
export function risingSteps(series, { label }) {
  const width = 320, height = 120, left = 4, bottom = height - 16;
  const points = series.flatMap((one) => one.values);
  const first = Math.min(...points.map(([at]) => at)), newest = Math.max(...points.map(([at]) => at), first + 60000);
  const last = newest + (newest - first) / 8; // so that the last step is seen to stand
  const most = Math.max(1, ...points.map(([, count]) => count));
  const x = (at) => left + ((at - first) / (last - first)) * (width - 2 * left - 20), y = (count) => bottom - (count / most) * (bottom - 12);
  return h("figure", { class: "chart" }, svg("svg", { class: "rising", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    svg("line", { x1: 0, x2: width, y1: bottom, y2: bottom }),
    series.map(({ name, values }) => {
      const path = values.map(([at, count], i) => (i ? `H${x(at)}V${y(count)}` : `M${x(at)} ${y(count)}`)).join("") + `H${x(last)}`;
      const [, end] = values.at(-1);
      return [svg("path", { d: path, "data-series": name }), svg("text", { x: x(last) + 4, y: y(end) + 4, "data-series": name }, String(end))];
    }),
    svg("text", { x: 0, y: height - 3 }, day(first)), svg("text", { x: width, y: height - 3, "text-anchor": "end" }, day(newest))),
    h("figcaption", { class: "row small muted" }, series.map(({ name }) => h("span", { class: "key", "data-series": name }, name))));
}
