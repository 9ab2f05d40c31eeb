"""Rules and dashboards speak of metrics that exist, and every alert can be acted on."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from deploy.grafana.dashboards import DASHBOARDS, FOLDER, text_of
from deploy.grafana.panels import DATASOURCE
from tests.contract.all_metrics import ROOT, matched_labels, names_in, series_names

PROMETHEUS = ROOT / "deploy/prometheus"
RULES = [
    rule
    for file in sorted((PROMETHEUS / "rules").glob("*.yml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
PANELS = [(name, panel) for name, board in DASHBOARDS.items() for panel in board["panels"]]
ADDED_BY_SCRAPE = {"job", "service", "instance"}
UNITS = {"s", "short", "bytes", "Bps", "cps", "cpm", "percentunit"}


def panel_id(given: tuple[str, dict]) -> str:
    return f"{given[0]}: {given[1]['title']}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_every_metric_in_a_rule_exists(rule):
    """A rule on a metric that nobody exports would be silent for ever."""
    known = series_names()

    assert names_in(rule["expr"]) <= set(known)
    for metric, label in matched_labels(rule["expr"]):
        assert label in set(known[metric]) | ADDED_BY_SCRAPE


@pytest.mark.parametrize("given", PANELS, ids=panel_id)
def test_every_metric_in_a_panel_exists(given):
    """A panel on a metric that nobody exports would be empty for ever."""
    known = series_names()

    for target in given[1]["targets"]:
        assert names_in(target["expr"]), target["expr"]
        assert names_in(target["expr"]) <= set(known)
        for metric, label in matched_labels(target["expr"]):
            assert label in set(known[metric]) | ADDED_BY_SCRAPE


@pytest.mark.parametrize("given", PANELS, ids=panel_id)
def test_every_panel_is_fit_to_be_read(given):
    """A unit, a reason to look, a known panel type, the fixed data source, and rates over Grafana's own interval."""
    panel = given[1]

    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["description"].endswith(".")
    assert panel["type"] in ("stat", "timeseries")
    assert panel["datasource"] == DATASOURCE
    for target in panel["targets"]:
        assert target["datasource"] == DATASOURCE
        for window in re.findall(r"rate\([^\[]*\[([^\]]*)\]", target["expr"]):
            assert window == "$__rate_interval"
        for counter in re.findall(r"(\w+_total)\b", target["expr"]):
            assert re.search(rf"(rate|increase)\({counter}", target["expr"])


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_committed_dashboard_is_what_its_source_writes(name):
    """`python -m deploy.grafana.dashboards` was run after the last change."""
    assert (FOLDER / f"{name}.json").read_text() == text_of(name)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_can_be_provisioned_and_found_from_the_others(name):
    """No id, a fixed uid, not editable, linked by the common tag, and panels that do not overlap."""
    board = json.loads((FOLDER / f"{name}.json").read_text())

    assert "id" not in board
    assert board["uid"] == f"tocsin-{name}"
    assert board["editable"] is False
    assert board["tags"] == ["tocsin"] and board["links"][0]["tags"] == ["tocsin"]
    cells = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_dashboard_is_there_once():
    """Nothing lies in the folder that is not written by the source, and no uid is taken twice."""
    assert {file.stem for file in FOLDER.glob("*.json")} == set(DASHBOARDS)
    assert len({board["uid"] for board in DASHBOARDS.values()}) == len(DASHBOARDS)


def test_the_data_source_is_the_one_the_panels_name():
    """The provisioned uid is the uid of every panel, and Prometheus is asked by its service name."""
    provisioned = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())

    (source,) = provisioned["datasources"]

    assert {"type": source["type"], "uid": source["uid"]} == DATASOURCE
    assert source["url"] == "http://prometheus:9090"


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_can_be_acted_on(alert):
    """Severity, a summary, and a runbook that says what it means, where to look and what to do."""
    runbook = ROOT / alert["annotations"]["runbook_url"]

    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"].endswith(".")
    assert runbook.name == f"{alert['alert']}.md"
    text = runbook.read_text()
    assert text.startswith(f"# {alert['alert']}\n\nSeverity: {alert['labels']['severity']}\n")
    for section in ("What it means", "Look", "Do", "When it clears"):
        assert f"\n## {section}\n" in text


def test_every_runbook_belongs_to_an_alert():
    """A runbook of an alert that is gone would mislead."""
    assert {file.stem for file in (ROOT / "deploy/runbooks").glob("*.md")} == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_has_unit_tests_for_firing_and_not_firing(alert):
    """promtool's tests hold both for each alert."""
    cases = [
        case
        for file in (PROMETHEUS / "tests").glob("*_test.yml")
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == alert["alert"]
    ]

    assert any(case["exp_alerts"] for case in cases)
    assert any(not case["exp_alerts"] for case in cases)


def test_promtool_accepts_configuration_rules_and_their_tests():
    """`make verify-prometheus`; without promtool on this machine the script says so and ends with 3."""
    done = subprocess.run([ROOT / "deploy/verify/prometheus.sh"], capture_output=True, text=True, check=False)

    assert done.returncode == (0 if shutil.which("promtool") else 3), done.stdout + done.stderr


def test_every_scraped_service_is_one_of_the_compose_file():
    """Prometheus asks for names that Compose gives, on the ports the processes listen on."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    scraped = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]

    names = {name: f["port"] for job in scraped for f in job.get("dns_sd_configs", ()) for name in f["names"]}
    stages = {name for name, service in compose.items() if service["image"].startswith("tocsin:")}
    assert names == dict.fromkeys(stages, 9400)


@pytest.mark.parametrize("kind", ["", ".cluster"])
def test_the_exporter_is_asked_for_every_redis_of_the_compose_file(kind):
    """One server, or each node of the cluster by its name; and the exporter is told a password for each."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    override = yaml.safe_load((ROOT / f"docker-compose{kind}.yml").read_text())["services"]
    nodes = {name for name in compose | override if re.fullmatch(r"redis(-\d+)?", name)}
    (job,) = [
        one
        for one in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
        if one["job_name"] == "redis"
    ]
    ((mounted,),) = [one["files"] for one in job["file_sd_configs"]]
    file = PROMETHEUS / mounted.replace(".yml", f"{kind}.yml")

    (group,) = yaml.safe_load(file.read_text())

    assert set(group["targets"]) == {f"{node}:6379" for node in nodes}
    assert set(override["redis"]["environment"].get("REDIS_NODES", "redis").split()) == nodes
    if kind:
        assert override["prometheus"]["volumes"] == [
            f"./{file.relative_to(ROOT)}:/etc/prometheus/{mounted}:ro",
        ]
    assert job["metrics_path"] == "/scrape"
    assert [one["target_label"] for one in job["relabel_configs"]] == ["__param_target", "instance", "__address__"]
    assert job["relabel_configs"][-1]["replacement"] == "redis-exporter:9121"


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        pytest.param('sum by (le, stage) (rate(a_bucket{x=~"b"}[5m]))', {"a_bucket"}, id="histogram"),
        pytest.param("a > 0 and on (stage) time() - max by (stage) (b) > 60", {"a", "b"}, id="and on"),
        pytest.param("lvl:a:max or vector(0)", {"lvl:a:max"}, id="recorded"),
    ],
)
def test_names_are_found_in_expressions(expr, names):
    """The finder of names is itself right."""
    assert names_in(expr) == names
