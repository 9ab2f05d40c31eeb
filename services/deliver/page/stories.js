// The view of stories: which grow, and how one grew, page by page and origin by origin.

import { get } from "/page/api.js";
import { risingSteps } from "/page/charts.js";
import { failure, foreign, h, link, plural, replace, time } from "/page/dom.js";

const counts = (story) => h("p", { class: "counts" },
  h("span", {}, h("b", {}, story.origins), ` independent ${story.origins === 1 ? "origin" : "origins"}`),
  h("span", {}, h("b", {}, story.pages), story.pages === 1 ? " page" : " pages"),
  h("span", {}, h("b", {}, story.alerts), story.alerts === 1 ? " alert" : " alerts"),
  h("span", {}, "last ", time(story.last_at)));

const back = () => h("p", {}, h("a", { href: "#/stories" }, "← All stories"));

function timeline(story) {
  let origins = 0, told = "";
  return h("ol", { class: "timeline", "aria-label": "How the story grew" }, story.timeline.map((step) => {
    const grew = step.origins > origins && origins > 0;
    origins = Math.max(origins, step.origins);
    const quote = told;
    told = step.quote;
    return h("li", { class: step.state === "opened" ? "opened" : step.state === "retracted" ? "retracted" : grew ? "grew" : "" },
      h("span", { class: "small muted" }, time(step.at), " · ", foreign(step.source_name || step.source), " · ", step.state === "opened" ? "rang " : `${step.state} `, foreign(step.rule_title)),
      h("strong", {}, link(step.url, step.title || "(no title)")),
      step.quote && step.quote !== quote && h("blockquote", { class: "foreign", dir: "auto" }, step.quote),
      h("span", { class: "small muted" }, `${plural(step.pages, "page")}, ${plural(step.origins, "origin")} so far`, grew && h("b", { class: "ok" }, " — one more tells it independently")));
  }));
}

// What stands beside the timeline: how it grew, who tells it, whom it names, which rules it rang.
function aside(story) {
  const told = new Map();
  for (const step of story.timeline) {
    const name = step.source_name || step.source || "unknown";
    const seen = told.get(name) || { count: 0, url: step.url, first: step.at };
    told.set(name, { ...seen, count: seen.count + 1 });
  }
  const series = ["pages", "origins"].map((name) => ({ name, values: story.timeline.map((step) => [Date.parse(step.at), step[name]]) }));
  return h("aside", { class: "stack", "aria-label": "About the story" },
    story.timeline.length > 1 && h("section", { class: "card stack" }, h("h3", {}, "Growth"), risingSteps(series, { label: `Grew to ${plural(story.pages, "page")} of ${plural(story.origins, "independent origin")}` })),
    h("section", { class: "card stack" }, h("h3", {}, "Told by"), h("ul", { class: "lines" }, [...told].map(([name, { count, first }]) =>
      h("li", { class: "apart" }, foreign(name, "span"), h("span", { class: "small muted" }, `${plural(count, "step")}, first `, time(first)))))),
    h("section", { class: "card stack" }, h("h3", {}, "About"), h("p", { class: "row" }, story.actors.map((actor) => h("span", { class: "tag" }, actor))),
      h("p", { class: "small muted" }, "Rules: ", story.rules.map((rule, i) => [i > 0 && ", ", h("a", { href: `#/rules/${encodeURIComponent(rule)}` }, foreign(rule, "span"))])),
      h("p", { class: "small" }, h("a", { href: `/v1/export/stix?story=${encodeURIComponent(story.id)}` }, "As STIX 2.1"))));
}

export function storiesView() {
  const body = h("div", { class: "stack" });
  const element = h("section", { class: "view", "aria-labelledby": "stories-title" },
    h("header", {}, h("h1", { id: "stories-title" }, "Stories"),
      h("p", { class: "muted" }, "Copies and rewrites of one report are one story. Only independent origins make it stronger.")), body);

  async function list() {
    try {
      const { stories } = await get("/v1/stories", { limit: 100 });
      replace(body, stories.length ? stories.map((story) => h("a", { class: "card story", href: `#/stories/${encodeURIComponent(story.id)}` },
        h("h2", {}, foreign(story.title || "(no title)")), counts(story),
        h("p", { class: "row small muted" }, story.actors.map((actor) => h("span", { class: "tag" }, actor)), story.rules.map((rule) => h("span", {}, foreign(rule)))))) : h("div", { class: "empty" }, h("h2", {}, "No stories yet"), h("p", {}, "A story begins with its first alert.")));
    } catch (error) { replace(body, failure(error)); }
  }

  async function one(id) {
    try {
      const story = await get(`/v1/stories/${encodeURIComponent(id)}`);
      replace(body, back(), h("div", { class: "story-page" },
        h("article", { class: "card" }, h("h2", { tabindex: "-1" }, foreign(story.title || "(no title)")), counts(story), timeline(story)), aside(story)));
      body.querySelector("h2").focus({ preventScroll: true });
    } catch (error) { replace(body, back(), failure(error)); }
  }

  return { element, shown(id) { return id ? one(id) : list(); } };
}
