// The view of stories: which grow, and how one grew, page by page and origin by origin.

import { get } from "/page/api.js";
import { failure, foreign, h, link, plural, replace, time } from "/page/dom.js";

const counts = (story) => h("p", { class: "counts" },
  h("span", {}, h("b", {}, story.origins), ` independent ${story.origins === 1 ? "origin" : "origins"}`),
  h("span", {}, h("b", {}, story.pages), story.pages === 1 ? " page" : " pages"),
  h("span", {}, h("b", {}, story.alerts), story.alerts === 1 ? " alert" : " alerts"),
  h("span", {}, "last ", time(story.last_at)));

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
      let origins = 0;
      replace(body, h("p", {}, h("a", { href: "#/stories" }, "← All stories")), h("article", { class: "card" },
        h("h2", {}, foreign(story.title || "(no title)")), counts(story),
        h("ol", { class: "timeline", "aria-label": "How the story grew" }, story.timeline.map((step) => {
          const grew = step.origins > origins && origins > 0;
          origins = Math.max(origins, step.origins);
          return h("li", { class: step.state === "opened" ? "opened" : grew ? "grew" : "" },
            h("span", { class: "small muted" }, time(step.at), " · ", foreign(step.source_name || step.source), " · ", step.state === "opened" ? "rang " : `${step.state} `, foreign(step.rule_title)),
            h("strong", {}, link(step.url, step.title || "(no title)")),
            h("span", { class: "small muted" }, `${plural(step.pages, "page")}, ${plural(step.origins, "origin")} so far`, grew && " — one more tells it independently"));
        }))));
      element.querySelector("h2")?.focus?.();
    } catch (error) { replace(body, h("p", {}, h("a", { href: "#/stories" }, "← All stories")), failure(error)); }
  }

  return { element, shown(id) { return id ? one(id) : list(); } };
}
