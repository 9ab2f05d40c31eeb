"""Rules over HTTP: checked, explained, tested, tried on the past, and written, by a desk in a process of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import RuntimeSettings
from schemas import streams
from tests.given import NOON
from tests.stages.a_deliver import Running, a_deliver, is_problem
from tests.stages.test_deliver_outgoing import a_site

RULE = """rules:
  - id: niger-france
    title: "Niger and France: soldiers"
    when: Niger and France and military
    within: sentence
    tests:
      - fires: "France said its soldiers would leave Niger."
      - silent: "France and Niger play on Sunday."
"""
NEAR = "Niger signed a pact with Mali.\n\nFrance sent soldiers elsewhere."


@pytest.fixture
def watch_dir(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "france.yaml").write_text(RULE)
    two = RULE.replace("id: niger-france", "id: first") + RULE.replace("rules:\n", "").replace("niger-france", "second")
    (tmp_path / "rules" / "two.yaml").write_text(two)
    return tmp_path


async def post(running: Running, path: str, **given: Any) -> Any:
    response = await running.http.post("/v1/rules/" + path, json=given, timeout=60)
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_desk_answers_questions_about_rules(redis: Any, settings: RuntimeSettings, watch_dir: Path) -> None:
    """List, check with places, explain with the nearest miss, test, and backtest; nothing is written by any of it."""
    own = settings.model_copy(update={"watch_dir": watch_dir})
    await archive(redis, own)
    async with a_deliver(own) as running:
        listed = (await running.http.get("/v1/rules", timeout=60)).json()
        broken = await post(running, "validate", yaml=RULE.replace("France and", "Frannce and"))
        fine = await post(running, "validate", yaml=RULE)
        near = await post(running, "explain", text=NEAR, rule="niger-france")
        hit = await post(running, "explain", text="France said its soldiers would leave Niger.", yaml=RULE)
        every = await post(running, "explain", text=NEAR)
        tested = await post(running, "test", yaml=RULE.replace("play on Sunday", "send soldiers"))
        backtested = await post(running, "backtest", yaml=RULE)
        bad = await running.http.post("/v1/rules/test", json={"yaml": "rules: ["})
        spying = await post(running, "test", yaml=RULE + "      - silent: {page: /etc/passwd}\n")
        nothing = await running.http.post("/v1/rules/explain", json={"text": " "})
        unknown = await running.http.get("/v1/rules/none")
        one = (await running.http.get("/v1/rules/niger-france")).json()

    assert {(rule["id"], rule["is_alone"]) for rule in listed["rules"]} == {
        ("niger-france", True), ("first", False), ("second", False)
    }  # fmt: skip
    assert not broken["valid"] and (broken["problems"][0]["line"], broken["problems"][0]["column"]) == (4, 21)
    assert fine["valid"] and fine["rules"][0]["id"] == "niger-france"
    [explained] = near["rules"]
    assert not explained["holds"] and "sentence 1" in explained["misses"][0]
    assert hit["rules"][0]["holds"] and {one["actor"] for one in hit["article"]["mentions"]} == {"FRA", "NER"}
    assert len(every["rules"]) == 3
    assert not tested["passed"] and [one["passed"] for one in tested["results"]] == [True, False]
    assert (backtested["articles"], backtested["rules"][0]["alerts"], backtested["rules"][0]["before"]) == (2, 1, 1)
    assert is_problem(bad, 422, "bad-rules") and bad.json()["errors"][0]["where"].startswith("line ")
    assert [one["name"] for one in spying["results"]] == ["pages"] and not spying["passed"]
    assert is_problem(nothing, 422, "nothing-asked") and is_problem(unknown, 404, "no-such-rule")
    assert one["yaml"] == RULE and not one["writable"]
    assert sorted(path.name for path in (watch_dir / "rules").iterdir()) == ["france.yaml", "two.yaml"]


async def archive(redis: Any, settings: RuntimeSettings) -> None:
    """Put two articles into the archive, as the alert stage does: one that rings, one that does not."""
    from services.desk.desk import open_desk
    from services.tag.text_to_article import article_from_text

    desk = open_desk(settings.watch_dir)
    for number, text in enumerate(("France said its soldiers would leave Niger.", "Nothing happened in Oslo today.")):
        tagged = desk.tag(
            article_from_text(f"pg_{number}", f"Title {number}", text).model_copy(update={"fetched_at": NOON})
        )
        at = int(NOON.timestamp() * 1000) + number
        await redis.xadd(settings.keys(streams.ARCHIVE)[0], {"d": tagged.to_json(), "at": at})


async def test_rules_are_written_whole_checked_and_on_record(settings: RuntimeSettings, watch_dir: Path) -> None:
    """Create, change and delete; never a wrong rule, never over somebody's change, never beside others in a file."""
    own = settings.model_copy(update={"watch_dir": watch_dir})
    audit = watch_dir / "audit.jsonl"
    new = RULE.replace("niger-france", "new-one")
    async with a_deliver(own, rules_writable=True, audit_file=audit) as running:
        put = running.http.put
        created = await put("/v1/rules/new-one", json={"yaml": new}, timeout=60)
        version = created.json()["version"]
        blind = await put("/v1/rules/new-one", json={"yaml": new})
        wrong = await put(
            "/v1/rules/new-one", json={"yaml": new.replace("when:", "wen:")}, headers={"if-match": version}
        )
        other = await put("/v1/rules/new-one", json={"yaml": RULE}, headers={"if-match": version})
        changed = await put(
            "/v1/rules/new-one", json={"yaml": new.replace("within: sentence", "within: paragraph")},
            headers={"if-match": version},
        )  # fmt: skip
        late = await put("/v1/rules/new-one", json={"yaml": new}, headers={"if-match": version})
        shared = await put("/v1/rules/first", json={"yaml": new}, headers={"if-match": "*"})
        outside = await put("/v1/rules/..%2Fevil", json={"yaml": new})
        odd = await put("/v1/rules/UPPER", json={"yaml": new})
        deleted = await running.http.delete("/v1/rules/new-one", headers={"if-match": changed.json()["version"]})
        gone = await running.http.get("/v1/rules/new-one")

    assert (created.status_code, changed.status_code, deleted.status_code) == (200, 200, 204)
    assert is_problem(blind, 412, "version-needed") and is_problem(late, 412, "changed-meanwhile")
    assert is_problem(wrong, 422, "bad-rules") and is_problem(shared, 409, "file-shared")
    assert other.status_code == 422 and odd.status_code == 422 and outside.status_code in (404, 422)
    assert is_problem(gone, 404, "no-such-rule")
    assert sorted(path.name for path in (watch_dir / "rules").iterdir()) == ["france.yaml", "two.yaml"]
    record = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(one["what"], one["rule"]) for one in record] == [
        ("created", "new-one"), ("changed", "new-one"), ("deleted", "new-one")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("audit_file", "found"),
    [("rules", "Is a directory"), ("gone/audit.jsonl", "No such file"), ("/dev/full", "No space")],
)
async def test_a_rule_is_not_changed_when_the_change_cannot_be_put_on_record(
    settings: RuntimeSettings, watch_dir: Path, audit_file: str, found: str
) -> None:
    """The answer names the file, what was expected and what was found; nothing is created, changed or deleted."""
    own = settings.model_copy(update={"watch_dir": watch_dir})
    audit = watch_dir / audit_file
    changed = {"yaml": RULE.replace("within: sentence", "within: paragraph")}
    async with a_deliver(own, rules_writable=True, audit_file=audit) as running:
        put, delete = running.http.put, running.http.delete
        version = (await running.http.get("/v1/rules/niger-france", timeout=60)).json()["version"]
        answers = [
            await put("/v1/rules/new-one", json={"yaml": RULE.replace("niger-france", "new-one")}),
            await put("/v1/rules/niger-france", json=changed, headers={"if-match": version}),
            await delete("/v1/rules/niger-france", headers={"if-match": version}),
        ]
        kept = (await running.http.get("/v1/rules/niger-france")).json()

    for answer in answers:
        assert is_problem(answer, 503, "audit-not-writable")
        assert answer.json()["detail"].startswith(f"{audit}: expected a file that can be written, found: {found}")
    assert kept["version"] == version
    assert (watch_dir / "rules" / "france.yaml").read_text() == RULE
    assert sorted(path.name for path in (watch_dir / "rules").iterdir()) == ["france.yaml", "two.yaml"]


async def test_a_change_that_cannot_be_made_is_told_and_on_record_as_not_made(
    settings: RuntimeSettings, watch_dir: Path
) -> None:
    """Where the new file should be written stands a folder."""
    own = settings.model_copy(update={"watch_dir": watch_dir})
    audit = watch_dir / "audit.jsonl"
    (watch_dir / "rules" / ".new-one.yaml.new").mkdir()
    async with a_deliver(own, rules_writable=True, audit_file=audit) as running:
        refused = await running.http.put(
            "/v1/rules/new-one", json={"yaml": RULE.replace("niger-france", "new-one")}, timeout=60
        )

    assert is_problem(refused, 503, "rule-not-written")
    assert "new-one.yaml: expected a file that can be written, found: Is a directory" in refused.json()["detail"]
    assert not (watch_dir / "rules" / "new-one.yaml").exists()
    record = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [one["what"] for one in record] == ["created", "not created"]


async def test_rules_are_read_only_unless_it_is_said(settings: RuntimeSettings, watch_dir: Path) -> None:
    """Without the setting nothing is written, whoever asks."""
    async with a_deliver(settings.model_copy(update={"watch_dir": watch_dir})) as running:
        refused = await running.http.put("/v1/rules/new-one", json={"yaml": RULE})
        forbidden = await running.http.delete("/v1/rules/niger-france")

    assert is_problem(refused, 403, "rules-not-writable") and is_problem(forbidden, 403, "rules-not-writable")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/livez", "http://localhost:{port}/", "file:///etc/passwd", "http://2130706433:{port}/"],
)
async def test_explaining_a_url_never_reaches_our_own_network(settings: RuntimeSettings, url: str) -> None:
    """The same guard as for webhooks stands before every fetch."""
    async with a_deliver(settings) as running:
        asked = await running.http.post("/v1/rules/explain", json={"url": url.format(port=running.app.port)})

    assert is_problem(asked, 422, "forbidden-target")


@pytest.mark.parametrize("url", ["http://a b/", "http://" + "a" * 64 + ".example/", "http://[", "http://\u2f00/"])
async def test_an_impossible_url_is_no_fault_of_ours(settings: RuntimeSettings, url: str) -> None:
    """Whatever is typed into the field is answered with what is wrong with it."""
    async with a_deliver(settings, allow_private_targets=True) as running:
        asked = await running.http.post("/v1/rules/explain", json={"url": url}, timeout=30)

    assert asked.status_code == 422, asked.text


@pytest.mark.parametrize("header", ["text/html; charset=windows-1251", "text/html", "text/html; charset=hex"])
async def test_a_page_is_explained_in_its_own_charset(settings: RuntimeSettings, header: str) -> None:
    """Told by the header, by the page itself, or nonsense in the header: read as the pipeline reads it."""
    text = "Россия и Нигер договорились о военном сотрудничестве, сообщило министерство обороны в Москве. " * 4
    html = f'<html><head><meta charset="windows-1251"><title>Нигер</title></head><body><p>{text}</p></body></html>'
    async with (
        a_site(html.encode("windows-1251"), f"content-type: {header}") as site,
        a_deliver(settings, allow_private_targets=True) as running,
    ):
        asked = await running.http.post("/v1/rules/explain", json={"url": site.url}, timeout=60)

    assert asked.status_code == 200, asked.text
    assert "Россия и Нигер договорились" in asked.json()["article"]["text"]
