// The view of health: every stage at a glance, in words as well as in colours.

import { get } from "/page/api.js";
import { failure, foreign, h, plural, replace, time } from "/page/dom.js";

const EVERY = 3000;
const WORDS = {
  clean: ["Clean", "the article out of the page"],
  tag: ["Tag", "actors and topics"],
  alert: ["Alert", "rules, stories, proof"],
};

function judge(stage) {
  if (stage.dead_letters > 0) return ["wrong", plural(stage.dead_letters, "dead letter")];
  if (stage.consumers === 0) return ["wrong", "nobody works here"];
  if (stage.oldest_seconds > 30) return ["wrong", `behind by ${Math.round(stage.oldest_seconds)} s`];
  if (stage.length > 0) return ["busy", "at work"];
  return ["", "up to date"];
}

function stageCard(stage, speed) {
  const [state, words] = judge(stage);
  const [name, verb] = WORDS[stage.stage] || [stage.stage, ""];
  const reasons = (counts) => Object.entries(counts).map(([reason, count]) => `${count} ${reason.replaceAll("_", " ")}`).join(", ");
  const rows = [["Waiting", stage.waiting], ["In progress", stage.pending], ["Done", stage.received], ["Sent on", stage.sent], ["Workers", stage.consumers]];
  return h("article", { class: `card stage ${state}` },
    h("h2", {}, name), h("p", { class: "small muted" }, verb), h("p", { class: state === "wrong" ? "not-ok" : "ok" }, words),
    h("p", {}, h("span", { class: "big" }, speed === null ? "–" : speed.toFixed(speed < 10 ? 1 : 0)), h("span", { class: "muted" }, " a second")),
    h("dl", {}, rows.map(([label, value]) => [h("dt", {}, label), h("dd", {}, value.toLocaleString("en"))])),
    Object.keys(stage.dropped).length > 0 && h("p", { class: "small muted" }, "Dropped on purpose: ", reasons(stage.dropped)),
    Object.keys(stage.died).length > 0 && h("p", { class: "small not-ok" }, "Died: ", reasons(stage.died)));
}

// The canary says that the whole way works, not only that each stage runs; silence is told by name.
function heartbeat({ canary, silent }) {
  const quiet = Object.entries(silent || {}).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`));
  const age = canary ? Math.max(0, Date.now() - Date.parse(canary.at)) / 1000 : 0, isLate = canary && age > 3 * canary.every_seconds;
  return [h("p", { class: `card canary ${canary ? (isLate ? "late" : "fine") : ""}` }, h("span", { class: "dot", "aria-hidden": "true" }),
    !canary ? h("span", { class: "muted" }, "No monitor runs beside this pipeline, so no test page goes its way (", h("code", {}, "python -m runtime.monitor"), ").")
      : isLate ? h("strong", {}, `The last test page came through ${Math.round(age)} s ago; one is due every ${canary.every_seconds} s.`)
        : h("span", {}, "A test page of our own went the whole way, page to alert, in ", h("strong", {}, `${canary.seconds.toFixed(2)} s`), ", ", h("span", { class: "muted" }, `${Math.round(age)} s ago.`))),
  quiet.length > 0 && h("div", { class: "near" }, h("strong", {}, "Unusually quiet: "), quiet.join(", "))];
}

// How every source of the registry stands; the list is long, so troubles come first.
async function sources(place) {
  const order = ["failing", "silent", "well", "unread", "off"];
  try {
    const found = await get("/v1/catalogue/sources");
    const sorted = [...found.sources].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
    replace(place, found.mistakes.map((one) => h("p", { class: "mistake" }, one)), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Sources" }, h("table", {},
      h("thead", {}, h("tr", {}, ["Source", "Kind", "Country", "State", "Last read", "Alerts"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, sorted.map((one) => h("tr", {}, h("td", {}, foreign(one.name)), h("td", {}, one.kind), h("td", {}, one.country || "–"),
        h("td", { class: one.state === "failing" ? "not-ok" : one.state === "well" ? "ok" : "muted" }, one.state, one.failed_because && ` (${one.failed_because.replaceAll("_", " ")})`),
        h("td", {}, one.last_ok_at ? time(one.last_ok_at) : "never"), h("td", { class: "number" }, one.alerts)))))));
  } catch (error) { replace(place, failure(error)); }
}

export function healthView() {
  const body = h("div", { class: "stack", "aria-live": "off" });
  const table = h("div", {}, h("p", { class: "muted" }, "Reading …"));
  const list = h("details", { class: "card sources", ontoggle: () => list.open && sources(table) }, h("summary", {}, "Sources, and how each stands"), table);
  const element = h("section", { class: "view", "aria-labelledby": "health-title" },
    h("header", {}, h("h1", { id: "health-title" }, "Health"), h("p", { class: "muted" }, "From page to alert, as it is right now.")), body, list);
  let before = null, timer = null;

  function draw(status) {
    const at = Date.parse(status.now);
    const speeds = Object.fromEntries(status.stages.map((stage) => {
      const old = before?.stages.find((one) => one.stage === stage.stage);
      const seconds = before ? (at - Date.parse(before.now)) / 1000 : 0;
      return [stage.stage, old && seconds > 0 ? Math.max(0, stage.received - old.received) / seconds : null];
    }));
    const isFine = status.stages.every((stage) => judge(stage)[0] !== "wrong");
    const produced = status.produced.out || 0, duplicates = status.produced["dropped:duplicate"] || 0;
    replace(body,
      heartbeat(status.monitor),
      h("p", { class: `verdict ${isFine ? "yes" : "no"}` }, isFine ? "Everything works." : "Something needs a person."),
      h("div", { class: "pipeline" },
        h("article", { class: "card stage" }, h("h2", {}, "Pages"), h("p", { class: "small muted" }, "pushed by files, feeds and programs"),
          h("p", { class: "big" }, produced.toLocaleString("en")), h("p", { class: "small muted" }, `and ${plural(duplicates, "duplicate")} left out`)),
        status.stages.map((stage) => stageCard(stage, speeds[stage.stage])),
        h("article", { class: "card stage" }, h("h2", {}, "Alerts"), h("p", { class: "small muted" }, "in the log, for everyone to read"),
          h("p", { class: "big" }, status.log.alerts.toLocaleString("en")),
          h("p", { class: "small muted" }, status.log.last_at ? ["last ", time(status.log.last_at)] : "none yet"),
          h("p", { class: "small muted" }, plural(status.streams, "open event stream")))),
      h("p", { class: "small muted" }, "Serving since ", time(status.started_at), ". Metrics for Prometheus: ", h("a", { href: "/metrics" }, "/metrics"), "."));
    before = status;
  }

  async function look() {
    clearTimeout(timer);
    try { draw(await get("/v1/status")); } catch (error) { replace(body, failure(error)); }
    if (element.isConnected) timer = setTimeout(look, EVERY);
  }

  return { element, shown: look };
}
