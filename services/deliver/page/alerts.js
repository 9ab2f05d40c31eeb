// The view of alerts: what was, what comes, filtered, with the keyboard.

import { get } from "/page/api.js";
import { alertCard } from "/page/card.js";
import { stackedBars } from "/page/charts.js";
import { failure, h, plural, replace, say } from "/page/dom.js";
import { follow } from "/page/stream.js";

const PAGE = 30;
const MOST_CARDS = 300; // older ones leave; "older alerts" brings them back
const NAMES = ["q", "min_severity", "rule", "actor", "tag"];

export function alertsView({ onState, onUnseen }) {
  const list = h("div", { class: "stack", id: "alert-list", role: "feed", "aria-label": "Alerts" });
  const fresh = h("button", { type: "button", class: "main fresh", hidden: true });
  const older = h("button", { type: "button", hidden: true }, "Older alerts");
  const fields = {
    q: h("input", { type: "search", id: "search", placeholder: "words in title or quote" }),
    min_severity: h("select", {}, [["", "all"], ["medium", "medium and up"], ["high", "high and up"], ["critical", "critical"]].map(([value, text]) => h("option", { value }, text))),
    rule: h("select", {}), actor: h("select", {}), tag: h("input", { placeholder: "any", size: "8" }),
  };
  const labels = { q: "Search", min_severity: "Severity", rule: "Rule", actor: "Actor", tag: "Tag" };
  const more = h("button", { type: "button", class: "more", "aria-expanded": "false", onclick: () => more.setAttribute("aria-expanded", String(form.classList.toggle("open"))) }, "Filters");
  const form = h("form", { class: "filters", role: "search", "aria-label": "Filter alerts", onsubmit: (event) => event.preventDefault() },
    h("label", {}, labels.q, fields.q), more, NAMES.slice(1).map((name) => h("label", { class: "extra" }, labels[name], fields[name])));
  const span = h("select", { "aria-label": "Time shown" }, [[24 * 7, "last 7 days"], [24, "last 24 hours"], [24 * 30, "last 30 days"]].map(([value, text]) => h("option", { value }, text)));
  const pulse = h("div", { class: "pulse" });
  const element = h("section", { class: "view", "aria-labelledby": "alerts-title" },
    h("h1", { id: "alerts-title", class: "unseen" }, "Alerts"), form, pulse, fresh, list, h("p", { class: "row empty" }, older));
  let next = null, stop = null, waiting = [], unseen = 0, asked = 0, beating = null;

  const filters = () => Object.fromEntries(NAMES.map((name) => [name, fields[name].value.trim()]).filter(([, value]) => value));

  function put(event, { isNew, atEnd }) {
    const known = list.querySelector(`[data-id="${CSS.escape(event.data.id)}"]`);
    if (known && atEnd) return;
    known?.remove();
    list.querySelector(".empty")?.remove();
    const card = alertCard(event, { isNew });
    if (atEnd) list.append(card); else list.prepend(card);
    while (!atEnd && list.children.length > MOST_CARDS) list.lastElementChild.remove();
  }

  async function beat() {
    try {
      const { counts, severities, since, until } = await get("/v1/pulse", { ...filters(), hours: span.value, steps: 84 });
      const total = counts.flat().reduce((sum, one) => sum + one, 0);
      const grave = counts.reduce((sum, part) => sum + part[2] + part[3], 0);
      const words = `${plural(total, "alert")}${grave ? `, ${grave} high or critical` : ""}`;
      if (!pulse.firstElementChild) replace(pulse, h("p", { class: "row" }, h("strong", { id: "pulse-words" }), h("span", { class: "muted" }, "in the"), span), h("div", { class: "bars-of-pulse" }));
      pulse.querySelector("#pulse-words").textContent = words;
      replace(pulse.querySelector(".bars-of-pulse"), stackedBars(counts, { names: severities, since, until, label: `${words}, over time` }));
    } catch { replace(pulse); }
  }

  function showWaiting() {
    const events = waiting;
    waiting = [];
    fresh.hidden = true;
    events.forEach((event) => put(event, { isNew: true }));
  }

  function rang(event) {
    const { rule, article, revision } = event.data;
    say(`${revision > 1 ? "Updated" : "New"} alert: ${rule.title || rule.id}: ${article.title}`);
    if (document.hidden || !element.isConnected) onUnseen(++unseen);
    // Whoever reads further down is not pushed around.
    if (window.scrollY > 200) {
      waiting.push(event);
      replace(fresh, `Show ${plural(waiting.length, "new alert")}`);
      fresh.hidden = false;
    } else {
      put(event, { isNew: true });
    }
    clearTimeout(beating);
    beating = setTimeout(beat, 1500);
  }

  async function load() {
    const mine = ++asked;
    stop?.();
    waiting = [];
    fresh.hidden = true;
    beat();
    try {
      const found = await get("/v1/alerts", { ...filters(), limit: PAGE });
      if (mine !== asked) return;
      replace(list);
      found.alerts.forEach((event) => put(event, { atEnd: true }));
      if (!found.alerts.length) replace(list, nothing());
      next = found.next;
      older.hidden = !next;
      stop = follow(filters(), { from: found.position, onAlert: rang, onState, onGap: (gap) => replace(list, failure(new Error(`Alerts are missing here: ${gap.data.reason}.`)), ...list.children) });
    } catch (error) {
      if (mine === asked) replace(list, failure(error), h("button", { type: "button", onclick: load }, "Try again"));
    }
  }

  function nothing() {
    const isFiltered = Object.keys(filters()).length > 0;
    return h("div", { class: "empty" }, h("h2", {}, isFiltered ? "Nothing rang for this filter" : "Quiet, so far"),
      h("p", {}, isFiltered ? "Loosen it, or wait: new alerts appear by themselves." : "Alerts appear here the moment they ring. Push a page of yours:"),
      !isFiltered && h("code", {}, "tocsin push page.html"), !isFiltered && h("p", {}, h("a", { href: "#/why" }, "Or ask why a text does not ring")));
  }

  // Also what is not in the list: an actor beyond the most frequent ones, or a list that has not come yet.
  function choose(select, value) {
    if (![...select.options].some((one) => one.value === value)) select.append(h("option", { value }, value));
    select.value = value;
  }

  async function choices() {
    try {
      const [actors, rang] = await Promise.all([get("/v1/actors"), get("/v1/rang")]);
      const chosen = { rule: fields.rule.value, actor: fields.actor.value };
      const all = () => h("option", { value: "" }, "all");
      replace(fields.actor, all(), actors.actors.slice(0, 200).map((one) => h("option", { value: one.id }, one.name === one.id ? one.id : `${one.name} (${one.id})`)));
      replace(fields.rule, all(), rang.rules.map((one) => h("option", { value: one.id }, one.title)));
      Object.entries(chosen).forEach(([name, value]) => choose(fields[name], value));
    } catch { /* the list tells what is wrong */ }
  }

  older.addEventListener("click", async () => {
    older.disabled = true;
    try {
      const found = await get("/v1/alerts", { ...filters(), limit: PAGE, before: next });
      found.alerts.forEach((event) => put(event, { atEnd: true }));
      next = found.next;
      older.hidden = !next;
    } catch (error) { list.append(failure(error)); }
    older.disabled = false;
  });
  fresh.addEventListener("click", () => { showWaiting(); window.scrollTo({ top: 0 }); list.firstElementChild?.focus(); });
  let typing = null;
  form.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(load, 250); });

  span.addEventListener("change", beat);
  span.addEventListener("input", (event) => event.stopPropagation());
  load();
  choices();
  return {
    element,
    shown() { unseen = 0; onUnseen(0); choices(); },
    step(by) {
      const cards = [...list.querySelectorAll(".alert")];
      const at = cards.indexOf(document.activeElement);
      (cards[Math.min(cards.length - 1, Math.max(0, at + by))] || cards[0])?.focus();
    },
    filterBy(name, value) { choose(fields[name], value); load(); },
  };
}
