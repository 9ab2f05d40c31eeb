"""Tries a rule file on the articles of the past and draws the alerts a day; nothing is delivered.

python examples/backtest.py http://127.0.0.1:8787 my-rules.yaml [since, such as 2026-01-01T00:00:00Z]
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path


def ask(base: str, path: str, body: dict) -> dict:
    headers = {"content-type": "application/json"}
    if token := os.environ.get("TOCSIN_TOKEN"):
        headers["authorization"] = "Bearer " + token
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=180) as answer:
        return json.load(answer)


def main(base: str, file: str, since: str | None = None) -> int:
    try:
        found = ask(base, "/v1/rules/backtest", {"yaml": Path(file).read_text(encoding="utf-8"), "since": since})
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        print(problem["detail"], *(f"{one['where']}: {one['message']}" for one in problem.get("errors", ())), sep="\n")
        return 1
    print(f"{found['articles']} articles, {found['first_at']} to {found['last_at']}")
    for rule in found["rules"]:
        before = "" if rule["before"] is None else f", {rule['before']} with the rule in force"
        print(f"\n{rule['rule']}: {rule['alerts']} alerts ({rule['a_day']} a day{before})")
        for day in rule["days"]:
            print(f"  {day['day']} {'█' * day['alerts']} {day['alerts']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
