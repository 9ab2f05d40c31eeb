// An alert as a card: what rang, for which story, with the sentences that prove it and the clause each span satisfies.

import { foreign, h, link, plural, time } from "/page/dom.js";

const HUES = 5;
const SHOWN = 3;

// The clauses of an alert in the order of their first appearance; each keeps one colour throughout the card.
function clausesOf(alert) {
  const found = new Map();
  for (const evidence of alert.evidence || []) {
    for (const span of evidence.spans || []) {
      const [kind, name] = span.actor ? ["actor", span.actor] : span.topic ? ["topic", span.topic] : ["phrase", span.phrase || span.text];
      const key = `${kind}:${name}`;
      if (!found.has(key)) found.set(key, { key, kind, name: span.name || name, hue: found.size % HUES, texts: new Map() });
      const texts = found.get(key).texts;
      texts.set(span.text, (texts.get(span.text) || 0) + 1);
    }
  }
  return found;
}

function clauseOf(span, clauses) {
  return clauses.get(span.actor ? `actor:${span.actor}` : span.topic ? `topic:${span.topic}` : `phrase:${span.phrase || span.text}`);
}

// Offsets count code points; JavaScript's strings do not, so the quote is cut up as a list of code points. Spans may lie
// inside each other ("French" in "French troops"): each stretch shows the shortest one, and belongs to all of them.
export function marked(evidence, clauses) {
  const points = Array.from(evidence.quote);
  const spans = (evidence.spans || []).map((span) => ({ clause: clauseOf(span, clauses), kind: span.kind, start: span.start - evidence.start, end: span.end - evidence.start }));
  const cuts = [...new Set([0, points.length, ...spans.flatMap(({ start, end }) => [start, end])])].filter((at) => at >= 0 && at <= points.length).sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, i) => {
    const text = points.slice(start, cuts[i + 1]).join("");
    const over = spans.filter((span) => span.start <= start && span.end >= cuts[i + 1]).sort((a, b) => (a.end - a.start) - (b.end - b.start));
    if (!over.length) return text;
    const words = over.map(({ clause, kind }) => `${clause.name}${kind ? `, by ${kind}` : ""}`).join("; ");
    return h("mark", { "data-hue": over[0].clause.hue, "data-clause": over.map(({ clause }) => clause.key).join(" "), title: words }, text);
  });
}

function quotes(alert, clauses, all) {
  const shown = all ? alert.evidence : alert.evidence.slice(0, SHOWN);
  return h("ul", { class: "quotes" }, shown.map((evidence) =>
    h("li", {}, h("blockquote", { dir: "auto", class: "foreign" }, marked(evidence, clauses),
      h("span", { class: "zone" }, evidence.zone)))));
}

function legend(clauses, card) {
  const light = (key) => {
    const list = card.querySelector(".quotes");
    list.classList.toggle("dim", Boolean(key));
    for (const mark of list.querySelectorAll("mark")) mark.classList.toggle("lit", mark.dataset.clause.split(" ").includes(key));
  };
  return h("div", { class: "clauses" }, "Satisfied:", [...clauses.values()].map((clause) => {
    const texts = [...clause.texts].map(([text, count]) => (count > 1 ? `${text} ×${count}` : text)).join(", ");
    return h("button", {
      type: "button", class: "clause", "data-hue": clause.hue, title: `${clause.kind}: ${texts}`,
      onmouseenter: () => light(clause.key), onmouseleave: () => light(null), onfocus: () => light(clause.key), onblur: () => light(null),
    }, h("i", { "aria-hidden": "true" }), foreign(clause.name), h("span", { class: "unseen" }, `${clause.kind}, named as ${texts}`));
  }));
}

function published(article) {
  if (!article.published) return h("span", { class: "stale" }, "date unknown");
  const words = `published ${article.published.value.replace("T", " ").slice(0, 16)}`;
  return h("span", { class: article.is_stale ? "stale" : "", title: `found in ${article.published.source}` }, article.is_stale ? `${words} (old news)` : words);
}

function proof(alert) {
  const { page, article, versions } = alert;
  const rows = [
    ["Why", alert.because],
    ["Page", page.url ? link(page.url, page.url) : page.id],
    ["SHA-256 of the page", h("code", {}, page.sha256)],
    ["Places", alert.evidence.map((one) => `${one.zone}: ${one.start}–${one.end}`).join(" · ") + " (code points)"],
    ["Date found in", article.published?.source || "nowhere"],
    ["Authors", (article.authors || []).join(", ")],
    ["Also named", (alert.entities || []).map((one) => one.text).join(", ")],
    ["Versions", `rule ${versions.rule} · cleaner ${versions.cleaner} · tagger ${versions.tagger} · catalogue ${versions.catalogue}`],
    ["Check it yourself", h("code", {}, `tocsin verify ${alert.id}.json PAGE`)],
    ["As JSON", h("a", { href: `/v1/alerts/${encodeURIComponent(alert.id)}` }, `/v1/alerts/${alert.id}`)],
  ];
  return h("dl", { class: "proof" }, rows.filter(([, value]) => value).map(([name, value]) =>
    [h("dt", {}, name), h("dd", {}, value instanceof Node ? value : foreign(value))]));
}

export function alertCard(event, { isNew = false } = {}) {
  const alert = event.data, { rule, article, story, page } = alert;
  const clauses = clausesOf(alert);
  const source = page.source?.name || article.site || page.source?.id || "unknown source";
  const card = h("article", { class: `card alert${isNew ? " new" : ""}`, tabindex: "0", "data-id": alert.id, "data-severity": rule.severity, "data-story": story.id });
  const toggle = h("button", { type: "button", class: "plain", "aria-expanded": "false" }, "Proof");
  let more = null;
  toggle.addEventListener("click", () => {
    more = more ? (more.remove(), null) : proof(alert);
    if (more) card.append(more);
    toggle.setAttribute("aria-expanded", String(Boolean(more)));
    card.querySelector(".quotes").replaceWith(quotes(alert, clauses, Boolean(more)));
  });
  card.addEventListener("keydown", (key) => {
    if (key.target !== card) return;
    if (key.key === "Enter") toggle.click();
    if (key.key === "s") location.hash = `#/stories/${encodeURIComponent(story.id)}`;
  });
  const left = alert.evidence.length - SHOWN;
  const growth = alert.revision > 1 ? `revision ${alert.revision}` : "";
  card.append(
    h("div", { class: "kicker" },
      h("span", { class: "severity", "data-severity": rule.severity }, rule.severity), h("strong", {}, foreign(rule.title || rule.id)),
      alert.state === "retracted" && h("strong", { class: "stale" }, "retracted"), growth && h("span", {}, growth), time(alert.decided_at)),
    h("h2", { class: "headline" }, link(page.url, article.title || "(no title)")),
    h("div", { class: "kicker" }, foreign(source), published(article), article.language && h("span", {}, article.language)),
    quotes(alert, clauses, false),
    legend(clauses, card),
    h("div", { class: "foot" },
      h("a", { href: `#/stories/${encodeURIComponent(story.id)}` }, `${plural(story.pages, "page")}, ${plural(story.origins, "independent origin")}`),
      (rule.tags || []).map((tag) => h("span", { class: "tag" }, tag)),
      left > 0 && h("span", {}, `${plural(left, "more sentence")} in the proof`), toggle));
  return card;
}
