// The view of rules: read them, draft them with a check at every pause, test them, and try them on the past.

import { get, post, put, remove } from "/page/api.js";
import { failure, foreign, h, plural, replace, say, svg } from "/page/dom.js";

const PAUSE = 500;
const DRAFT = `rules:
  - id: my-rule
    title: "Niger and France: soldiers"
    when: Niger and France and military
    within: paragraph
    severity: medium
    tests:
      - fires: "France said its soldiers would leave Niger."
      - silent: "France and Niger play on Sunday."
`;

// Alerts a day of a draft beside those of the rule in force.
function chart(days) {
  const width = 640, height = 130, most = Math.max(1, ...days.flatMap((one) => [one.alerts, one.before || 0])), step = width / Math.max(days.length, 7);
  const bar = (count, x, wide, name) => svg("rect", { class: name, x, y: height - 18 - (count / most) * 100, width: wide, height: (count / most) * 100 });
  return svg("svg", { class: "bars", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Alerts a day: ${days.map((one) => `${one.day} ${one.alerts}`).join(", ")}` },
    svg("line", { x1: 0, x2: width, y1: height - 18, y2: height - 18 }), svg("line", { class: "most", x1: 0, x2: width, y1: height - 118, y2: height - 118 }),
    svg("text", { x: width, y: height - 121, "text-anchor": "end" }, `${most} a day`),
    days.map((one, i) => svg("g", {}, svg("title", {}, `${one.day}: ${one.alerts}${one.before === null ? "" : `, ${one.before} before`}`), one.before !== null && bar(one.before, i * step, step * 0.36, "before"), bar(one.alerts, i * step + step * 0.4, step * 0.36, ""))),
    days.length > 0 && svg("text", { x: 0, y: height - 3 }, days[0].day), days.length > 1 && svg("text", { x: Math.max(days.length * step, 150), y: height - 3, "text-anchor": "end" }, days.at(-1).day));
}

function backtested(found) {
  if (!found.articles) return h("p", { class: "muted" }, "The archive is empty: no article has come through the pipeline yet.");
  return h("div", { class: "stack" }, h("p", {}, `Tried on ${plural(found.articles, "article")}, ${found.first_at.slice(0, 10)} to ${found.last_at.slice(0, 10)}.`),
    found.rules.map((one) => h("section", { class: "stack" }, h("h3", {}, foreign(one.rule)),
      h("p", { class: "counts" }, h("span", {}, h("b", {}, one.alerts), " alerts"), h("span", {}, h("b", {}, one.a_day), " a day"), one.before !== null && h("span", {}, h("b", {}, one.before), " with the rule in force"),
        one.is_noisy && h("span", { class: "not-ok" }, "nobody would read so many")),
      one.days.length > 0 && chart(one.days),
      one.before !== null && one.days.length > 0 && h("p", { class: "small muted" }, "Grey: the rule in force. Red: this draft."),
      h("ul", { class: "lines" }, one.examples.slice(-6).reverse().map((example) => h("li", {}, foreign(example.title), h("div", { class: "small muted" }, foreign(example.quote))))))),
    found.changes.map((one) => h("p", { class: "small" }, foreign(one.rule), one.gained.length > 0 && `: gains ${one.gained.join("; ")}`, one.lost.length > 0 && `: loses ${one.lost.join("; ")}`)));
}

export function rulesView() {
  const list = h("ul", { class: "card rule-list", "aria-label": "Rules" });
  const editor = h("textarea", { rows: "15", spellcheck: "false", "aria-label": "Rule as YAML", "aria-describedby": "check" });
  const check = h("div", { id: "check", class: "stack", "aria-live": "polite" });
  const result = h("div", { class: "stack", "aria-live": "polite" });
  const save = h("button", { type: "button", class: "main", hidden: true }, "Save");
  const erase = h("button", { type: "button", hidden: true }, "Delete");
  const count = h("p", { class: "muted" });
  const search = h("input", { type: "search", placeholder: "find a rule", "aria-label": "Find a rule", oninput: () => {
    const wanted = search.value.trim().toLowerCase();
    for (const one of list.children) one.hidden = wanted !== "" && !one.textContent.toLowerCase().includes(wanted) && !one.dataset.id?.includes(wanted);
  } });
  let chosen = null, writable = false, typing = null, asked = 0;

  async function validate() {
    const mine = ++asked;
    try {
      const found = await post("/v1/rules/validate", { yaml: editor.value });
      if (mine !== asked) return;
      replace(check, found.valid ? h("p", { class: "ok" }, `✓ ${plural(found.rules.length, "rule")} without mistakes`) : h("p", { class: "not-ok" }, `✗ ${plural(found.problems.length, "mistake")}`),
        found.problems.map((one) => h("button", { type: "button", class: "plain mistake", onclick: () => go(one.line, one.column) }, `${one.line}:${one.column} ${one.message}`)),
        found.warnings.map((one) => h("p", { class: "near small" }, `line ${one.line}: ${one.message}`)));
      save.disabled = !found.valid;
    } catch (error) { if (mine === asked) replace(check, failure(error)); }
  }

  function go(line, column) {
    const at = editor.value.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    editor.focus();
    editor.setSelectionRange(at, at + 1);
  }

  function choose(rule) {
    chosen = rule;
    editor.value = rule ? rule.yaml : DRAFT;
    save.hidden = !writable || (rule !== null && !rule.is_alone);
    erase.hidden = save.hidden || rule === null;
    for (const one of list.querySelectorAll("button")) one.setAttribute("aria-current", String(one.dataset.id === (rule ? rule.id : "")));
    replace(result, rule && h("p", { class: "small muted" }, `${rule.file}:${rule.line} · version ${rule.version} · ${plural(rule.tests, "test")} · `, h("a", { href: `#/why/${encodeURIComponent(rule.id)}` }, "Why did it not ring?"),
      writable && !rule.is_alone && " · other rules stand in its file, so it is changed there"));
    validate();
  }

  async function run(button, work) {
    button.disabled = true;
    replace(result, h("p", { class: "muted" }, "Working …"));
    try { replace(result, await work()); } catch (error) { replace(result, failure(error)); }
    button.disabled = false;
  }

  const test = h("button", { type: "button" }, "Run its tests");
  test.addEventListener("click", () => run(test, async () => {
    const found = await post("/v1/rules/test", { yaml: editor.value });
    if (!found.results.length) return h("p", { class: "muted" }, "There are no tests in it yet.");
    return [h("p", { class: found.passed ? "ok" : "not-ok" }, found.passed ? `✓ all ${found.results.length} tests pass` : "✗ some tests fail"),
      h("ul", { class: "lines" }, found.results.map((one) => h("li", {}, h("span", { class: one.passed ? "ok" : "not-ok" }, one.passed ? "✓ " : "✗ "), foreign(`${one.rule}: ${one.name}`), one.detail && h("span", { class: "muted" }, " — ", foreign(one.detail)))))];
  }));
  const past = h("button", { type: "button" }, "Try it on the past");
  past.addEventListener("click", () => run(past, async () => backtested(await post("/v1/rules/backtest", { yaml: editor.value }))));
  save.addEventListener("click", () => run(save, async () => {
    const id = chosen ? chosen.id : (/^\s*-?\s*id:\s*["']?([\w-]+)/m.exec(editor.value) || [])[1] || "";
    const saved = await put(`/v1/rules/${encodeURIComponent(id)}`, { yaml: editor.value }, chosen ? { "if-match": chosen.version } : {});
    say(`Saved ${saved.id}`);
    await load(saved.id);
    return h("p", { class: "ok" }, "✓ Saved; the alerter takes it up within a second.");
  }));
  erase.addEventListener("click", () => {
    if (!confirm(`Delete the rule ${chosen.id}?`)) return;
    run(erase, async () => {
      await remove(`/v1/rules/${encodeURIComponent(chosen.id)}`, { "if-match": chosen.version });
      await load();
      return h("p", { class: "ok" }, "✓ Deleted.");
    });
  });
  editor.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(validate, PAUSE); });

  async function load(id) {
    const found = await get("/v1/rules");
    writable = found.writable;
    replace(count, `${plural(found.rules.length, "rule")} in force. Changes are checked as you type`, writable ? "." : "; this page may not write them, so keep a good draft yourself.");
    const item = (rule) => h("li", { "data-id": rule ? rule.id : "" }, h("button", { type: "button", "data-id": rule ? rule.id : "", onclick: () => choose(rule) },
      h("strong", {}, foreign(rule ? rule.title || rule.id : "New rule")), h("span", { class: "small muted" }, rule ? [rule.severity, rule.is_muted && " · muted", rule.is_shadow && " · shadow"] : "begin with a draft")));
    replace(list, item(null), found.rules.map(item));
    choose(found.rules.find((rule) => rule.id === id) || null);
  }

  const element = h("section", { class: "view", "aria-labelledby": "rules-title" }, h("header", {}, h("h1", { id: "rules-title" }, "Rules"), count),
    h("div", { class: "rules" }, h("div", { class: "stack" }, search, list), h("div", { class: "card stack" }, editor, check, h("div", { class: "row" }, test, past, save, erase), result)));
  let known = false;
  return {
    element,
    async shown(id) {
      if (known && !id) return;
      known = true;
      replace(count, "Reading the rules … (the first time takes a few seconds)");
      try { await load(id); } catch (error) { known = false; replace(count); replace(result, failure(error)); }
    },
  };
}
