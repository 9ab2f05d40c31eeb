"""Not Grafana: reads Grafana's provisioning folders the way Grafana does and runs every panel's queries.

/api/health and /api/search answer as Grafana does. /check?seconds=N runs each panel's queries as range queries over the
last N seconds through the provisioned data source, from inside the Compose network, and says which have no data.
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

PROVISIONING = os.environ.get("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning")
STEP_SECONDS = 5
PROBLEMS: list[str] = []


def expanded(text: str) -> str:
    """Return the text with ${NAME} and $__env{NAME} replaced from the environment."""
    return re.sub(r"\$\{(\w+)\}|\$__env\{(\w+)\}", lambda m: os.environ.get(m[1] or m[2], ""), text)


def provisioned(kind: str) -> list[tuple[Path, dict]]:
    """Return the files of one kind, with their names; a wrong apiVersion is a problem."""
    found = []
    for file in sorted(Path(PROVISIONING, kind).glob("*.y*ml")):
        content = yaml.safe_load(expanded(file.read_text(encoding="utf-8")))
        if content.get("apiVersion") != 1:
            PROBLEMS.append(f"{file}: apiVersion must be 1")
        found.append((file, content))
    return found


def read_sources() -> dict[str, dict]:
    """Return the data sources by uid."""
    sources = {}
    for file, content in provisioned("datasources"):
        for source in content.get("datasources", []):
            PROBLEMS.extend(f"{file}: lacks {key}" for key in ("name", "type", "access", "url") if key not in source)
            sources[source.get("uid") or source["name"]] = source
    return sources


def read_dashboards() -> dict[str, dict]:
    """Return the dashboards by uid."""
    boards: dict[str, dict] = {}
    for file, content in provisioned("dashboards"):
        for provider in content.get("providers", []):
            path = provider.get("options", {}).get("path")
            names = sorted(Path(path).rglob("*.json"))
            if not names:
                PROBLEMS.append(f"{file}: provider {provider.get('name')}: no dashboard under {path}")
            for name in names:
                board = json.loads(name.read_text(encoding="utf-8"))
                if "dashboard" in board or board.get("id"):
                    PROBLEMS.append(f"{name}: an API envelope, or an id, cannot be provisioned")
                if board.get("uid") in boards:
                    PROBLEMS.append(f"{name}: uid twice")
                boards[board["uid"]] = board
    return boards


def ask(url: str, path: str, **query: object) -> dict:
    """Return Prometheus's answer, also when it is an error."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def interpolated(expr: str, board: dict, source: dict) -> str:
    """Return the expression as Grafana sends it: intervals and variables replaced."""
    interval = source.get("jsonData", {}).get("timeInterval", "15s")
    seconds = int(re.match(r"(\d+)", interval)[1])
    for name, value in {"__rate_interval": f"{4 * seconds}s", "__interval": interval, "__range": "900s"}.items():
        expr = re.sub(rf"\$\{{{name}\}}|\${name}\b", value, expr)
    for variable in board.get("templating", {}).get("list", []):
        value = variable.get("allValue", ".+") if variable.get("includeAll") else variable["current"]["value"]
        name = variable["name"]
        expr = re.sub(rf"\$\{{{name}(:[^}}]*)?\}}|\${name}\b", value, expr)
    return expr


def check_target(board: dict, panel: dict, target: dict, sources: dict, seconds: int) -> dict:
    """Return what one query gives: the number of series, or what is wrong."""
    row = {"dashboard": board["uid"], "panel": panel["title"], "ref": target["refId"], "expr": target["expr"]}
    uid = (target.get("datasource") or panel.get("datasource") or {}).get("uid", "")
    if uid not in sources:
        return {**row, "error": f"data source uid {uid!r} is not provisioned"}
    sent = interpolated(target["expr"], board, sources[uid])
    now = time.time()
    answer = ask(sources[uid]["url"], "query_range", query=sent, start=now - seconds, end=now, step=STEP_SECONDS)
    if answer["status"] != "success":
        return {**row, "sent": sent, "error": answer.get("error")}
    series = answer["data"]["result"]
    values = [value for one in series for _, value in one["values"]]
    if not values:
        return {**row, "sent": sent, "error": "no data"}
    if all(value == "NaN" for value in values):
        return {**row, "sent": sent, "error": "only NaN"}
    return {**row, "series": len(series), "points": len(values)}


def check(seconds: int) -> dict:
    """Return what every panel of every dashboard gives over the last `seconds`."""
    rows = [
        check_target(board, panel, target, SOURCES, seconds)
        for board in BOARDS.values()
        for panel in board["panels"]
        for target in panel.get("targets", [])
    ]
    return {"problems": PROBLEMS, "panels": rows, "ok": not PROBLEMS and all("error" not in row for row in rows)}


class Handler(BaseHTTPRequestHandler):
    """Answers the four paths."""

    def do_GET(self) -> None:
        """Answer a request."""
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        answers = {
            "/api/health": lambda: {"database": "ok", "version": "stand-in"},
            "/api/datasources": lambda: list(SOURCES.values()),
            "/api/search": lambda: [{"uid": uid, "title": board["title"]} for uid, board in BOARDS.items()],
            "/check": lambda: check(int(query.get("seconds", "300"))),
        }
        answer = answers.get(url.path)
        body = json.dumps(answer() if answer else {"message": "not in the stand-in"}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing about requests."""


# As Grafana would, end when the admin's password cannot be read or the data folder cannot be written.
if PASSWORD := os.environ.get("GF_SECURITY_ADMIN_PASSWORD__FILE"):
    assert Path(PASSWORD).read_text(encoding="utf-8").strip(), "the admin's password is empty"
Path("/var/lib/grafana/.write-test").touch()
SOURCES, BOARDS = read_sources(), read_dashboards()
if PROBLEMS:
    print("PROVISIONING PROBLEMS", PROBLEMS, file=sys.stderr)
ThreadingHTTPServer(("", 3000), Handler).serve_forever()
