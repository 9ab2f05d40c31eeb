// The page: views behind hashes, the keyboard, and the state of the live connection.

import { actorsView } from "/page/actors.js";
import { alertsView } from "/page/alerts.js";
import { keepTimesTrue, h } from "/page/dom.js";
import { healthView } from "/page/health.js";
import { rulesView } from "/page/rules.js";
import { storiesView } from "/page/stories.js";
import { whyView } from "/page/why.js";

const VIEWS = ["alerts", "stories", "why", "rules", "actors", "health"];
const main = document.getElementById("view");
const tabs = document.getElementById("tabs");

function showState(state) {
  const live = document.getElementById("live");
  live.dataset.state = state;
  document.getElementById("live-text").textContent = state === "on" ? "live" : "reconnecting …";
}

function showUnseen(count) {
  const tab = tabs.querySelector('[href="#/alerts"]');
  tab.querySelector(".badge")?.remove();
  if (count) tab.append(h("span", { class: "badge" }, count, h("span", { class: "unseen" }, " new")));
  document.title = count ? `(${count}) Tocsin` : "Tocsin";
}

const made = {};
const make = {
  alerts: () => alertsView({ onState: showState, onUnseen: showUnseen }),
  stories: storiesView,
  why: whyView,
  rules: rulesView,
  actors: () => actorsView({ onChoose: (actor) => { location.hash = "#/alerts"; view("alerts").filterBy("actor", actor); } }),
  health: healthView,
};
const view = (name) => (made[name] ??= make[name]());

function route() {
  const [, name, ...rest] = location.hash.slice(1).split("/");
  const wanted = VIEWS.includes(name) ? name : "alerts";
  for (const tab of tabs.querySelectorAll("a")) {
    if (tab.getAttribute("href") === `#/${wanted}`) {
      tab.setAttribute("aria-current", "page");
      tab.parentElement.scrollLeft = tab.offsetLeft + tab.offsetWidth - tab.parentElement.offsetLeft - tab.parentElement.clientWidth; // on a narrow screen
    } else tab.removeAttribute("aria-current");
  }
  const shown = view(wanted);
  if (main.firstElementChild !== shown.element) {
    main.replaceChildren(shown.element);
    window.scrollTo({ top: 0 });
  }
  shown.shown(rest.length ? decodeURIComponent(rest.join("/")) : undefined);
}

addEventListener("hashchange", () => { route(); main.focus({ preventScroll: true }); });
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  const number = VIEWS[Number(event.key) - 1];
  if (number) location.hash = `#/${number}`;
  else if (event.key === "?") document.getElementById("keys").showModal();
  else if (event.key === "/") { event.preventDefault(); location.hash = "#/alerts"; setTimeout(() => document.getElementById("search").focus()); }
  else if (event.key === "j" || event.key === "k") view("alerts").step(event.key === "j" ? 1 : -1);
});

view("alerts"); // begins to listen whatever is looked at first
keepTimesTrue();
route();
