// The view "Why not?": a pasted text or a URL, and what each rule says of it, clause by clause.

import { get, post } from "/page/api.js";
import { failure, foreign, h, plural, replace } from "/page/dom.js";

const EXAMPLE = "Niger signed a trade pact with France on Monday.\n\nA day later Russia sent teachers to Benin, and Mali built a road.";

// One clause: true or false in words and colour, where it stands, and how near it came.
function tree(verdict, hues) {
  const seen = [...new Set(verdict.seen.map((one) => `“${one.text}” (${one.sentence === 0 ? "title" : `sentence ${one.sentence}`})`))];
  return h("li", {},
    h("span", { class: `holds ${verdict.is_true ? "yes" : "no"}` }, verdict.is_true ? "✓ true " : "✗ false "), foreign(verdict.clause),
    seen.length > 0 && h("span", { class: "small muted" }, " — ", foreign(seen.slice(0, 4).join(", ") + (seen.length > 4 ? ` and ${seen.length - 4} more` : ""))),
    verdict.miss && h("div", { class: "small" }, foreign(verdict.miss)),
    verdict.parts.length > 0 && h("ul", {}, verdict.parts.map((part) => tree(part, hues))));
}

export function explanation(found) {
  return h("details", { class: "card", open: null }, h("summary", {},
    h("span", { class: `holds ${found.holds ? "yes" : "no"}` }, found.holds ? "✓ rings " : "✗ silent "), foreign(found.title || found.rule),
    !found.holds && found.misses.length > 0 && h("div", { class: "small muted" }, foreign(found.misses[0]))),
    h("p", { class: "small muted" }, h("code", {}, found.when)),
    found.misses.map((miss) => h("p", { class: "near" }, foreign(miss))),
    h("ul", { class: "clause-tree" }, [...found.filters, found.condition].map((verdict) => tree(verdict))),
    found.holds && h("p", { class: "small muted" }, `Alone and now it would end as: ${found.outcome.replaceAll("_", " ")}.`));
}

// The text with every actor marked; offsets count code points.
function marked(text, mentions, hues) {
  const points = Array.from(text);
  const parts = [];
  let at = 0;
  for (const mention of [...mentions].sort((a, b) => a.start - b.start)) {
    if (mention.start < at) continue;
    if (!hues.has(mention.actor)) hues.set(mention.actor, hues.size % 5);
    parts.push(points.slice(at, mention.start).join(""), h("mark", { "data-hue": hues.get(mention.actor), title: `${mention.actor}, by ${mention.kind}` }, points.slice(mention.start, mention.end).join("")));
    at = mention.end;
  }
  return [...parts, points.slice(at).join("")];
}

function article(found) {
  const hues = new Map();
  const inTitle = found.mentions.filter((one) => one.zone === "title"), inText = found.mentions.filter((one) => one.zone !== "title");
  return h("article", { class: "card stack" }, h("p", { class: "small muted" }, "What Tocsin reads: ", found.language || "language unknown", found.published && `, published ${found.published}`, `, ${plural(found.mentions.length, "mention")} of actors`),
    found.title && h("h2", { dir: "auto", class: "foreign" }, marked(found.title, inTitle, hues)),
    h("div", { class: "article", dir: "auto", tabindex: "0", role: "region", "aria-label": "Text of the article" }, marked(found.text, inText, hues)));
}

export function whyView() {
  const fields = {
    rule: h("select", {}, h("option", { value: "" }, "all rules")),
    url: h("input", { type: "url", placeholder: "https://…", autocomplete: "off" }),
    title: h("input", { placeholder: "optional", autocomplete: "off" }),
    text: h("textarea", { rows: "9", placeholder: EXAMPLE, "aria-label": "Text" }),
    is_page: h("input", { type: "checkbox" }),
  };
  const button = h("button", { type: "submit", class: "main" }, "Explain");
  const result = h("div", { class: "stack", "aria-live": "polite" });
  const form = h("form", { class: "card stack" },
    h("div", { class: "two" }, h("label", {}, "Rule", fields.rule), h("label", {}, "URL of a page (or paste a text below)", fields.url)),
    h("label", {}, "Title", fields.title), h("label", {}, "Text", fields.text),
    h("p", { class: "row" }, button, h("label", { class: "row" }, fields.is_page, " the text is a whole page with menus and all: clean it first"),
      h("button", { type: "button", class: "plain", onclick: () => { fields.text.value = EXAMPLE; fields.title.value = ""; fields.url.value = ""; form.requestSubmit(); } }, "Try an example")));
  const element = h("section", { class: "view", "aria-labelledby": "why-title" },
    h("header", {}, h("h1", { id: "why-title" }, "Why not?"), h("p", { class: "muted" }, "Silence has a reason. Give a text and see what every rule makes of it, and how near it came.")),
    form, h("div", { class: "gap" }), result);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    replace(result, h("p", { class: "muted" }, "Reading … (the first question takes a few seconds)"));
    try {
      const found = await post("/v1/rules/explain", {
        rule: fields.rule.value, url: fields.url.value.trim() || null, title: fields.title.value, text: fields.text.value, is_page: fields.is_page.checked,
      });
      const rang = found.rules.filter((one) => one.holds);
      const rules = found.rules.map(explanation);
      if (rules.length === 1 || rang.length) rules[0].open = true;
      replace(result,
        h("p", { class: `verdict ${rang.length ? "yes" : "no"}` }, rang.length ? `${plural(rang.length, "rule")} of ${found.rules.length} would ring.` : found.rules.length === 1 ? "It stays silent." : `It stays silent under all ${found.rules.length} rules; the nearest first.`),
        h("div", { class: "two" }, h("div", { class: "stack" }, rules), article(found.article)));
    } catch (error) { replace(result, failure(error)); }
    button.disabled = false;
  });

  let known = false;
  return {
    element,
    async shown(rule) {
      if (rule) fields.rule.value = rule;
      if (known) return;
      known = true;
      try {
        const { rules } = await get("/v1/rules");
        replace(fields.rule, h("option", { value: "" }, `all ${rules.length} rules`), rules.map((one) => h("option", { value: one.id }, one.title || one.id)));
        if (rule) fields.rule.value = rule;
      } catch (error) { known = false; replace(result, failure(error)); }
    },
  };
}
