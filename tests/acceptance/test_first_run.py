"""What a stranger sees: `tocsin run --once` on the seeds, and everything that can be asked of it afterwards."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runtime.server import EmbeddedServer

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
TOCSIN = Path(sys.executable).parent / "tocsin"


def tocsin(*args: str, environ: dict[str, str] | None = None, given: str | None = None) -> Any:
    return subprocess.run(
        [TOCSIN, *args],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        input=given,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")},
            "COLUMNS": "200",
            **(environ or {}),
        },
        check=False,
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A first run on the seeds, and the folder it used."""
    folder = tmp_path_factory.mktemp("first-run")
    return folder, tocsin("run", "--once", "--data-dir", str(folder))


def test_a_first_run_rings_once_for_each_seed_and_ends_with_0(ran: tuple[Path, Any]) -> None:
    """Both seeds ring niger-russia-military; what is printed names rule, title, site and date."""
    _, done = ran

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("  niger-russia-military") == 2
    for fact in (
        "Niger Junta Leader Discusses Military Ties with Putin",
        "AAN TV · 2024-03-27",
        "Russia and Niger agree to develop military ties, Moscow says",
        "Newsunplug Kenya · 2024-01-17",
        "2 accepted, 0 duplicate, 0 refused",
    ):
        assert fact in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_alert_log_holds_two_alerts_of_two_stories_with_quotes_in_place(ran: tuple[Path, Any]) -> None:
    """Every quote stands at its offsets in what `tocsin clean` gives; the log is there after a restart."""
    folder, _ = ran
    texts = {}
    for path in sorted(SEEDS.glob("*.txt")):
        answer = json.loads(tocsin("clean", str(path)).stdout)
        texts[answer["id"]] = answer["text"]

    with EmbeddedServer(folder) as server:
        tail = tocsin("tail", "--no-follow", "--json", environ={"TOCSIN_REDIS_URL": server.url})
        status = tocsin("status", "--json", environ={"TOCSIN_REDIS_URL": server.url})

    events = [json.loads(line) for line in tail.stdout.splitlines()]
    alerts = [e["data"] for e in events if e["data"]["rule"]["id"] == "niger-russia-military"]
    assert len(alerts) == 2
    assert len({alert["story"]["id"] for alert in alerts}) == 2
    for alert in alerts:
        text = texts[alert["page"]["id"]]
        for evidence in alert["evidence"]:
            assert text[evidence["start"] : evidence["end"]] == evidence["quote"]
        spans = [span for evidence in alert["evidence"] for span in evidence["spans"]]
        assert {"NER", "RUS"} <= {span.get("actor") for span in spans}
        assert "military" in {span.get("topic") for span in spans}
    assert not any(stage["length"] for stage in json.loads(status.stdout)["stages"])


def test_a_second_run_on_the_same_pages_tells_what_rang_earlier(ran: tuple[Path, Any]) -> None:
    """The pages are duplicates, nothing rings twice, and the reader still sees the alerts."""
    folder, _ = ran

    done = tocsin("run", "--once", "--data-dir", str(folder))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 accepted, 2 duplicate" in done.stdout
    assert done.stdout.count("niger-russia-military  rang earlier") == 2


def test_a_port_for_probes_that_is_set_is_not_one_for_all_workers(tmp_path: Path) -> None:
    """The image sets TOCSIN_PROBE_PORT; workers that all wanted that port would die of it, and the run never end."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        done = tocsin(
            *("run", "--once", "--data-dir", str(tmp_path)),
            environ={"TOCSIN_PROBE_PORT": str(taken.getsockname()[1])},
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("  niger-russia-military") == 2
    assert "restart" not in done.stdout


def test_rules_on_the_traps_of_the_seeds_stay_silent(tmp_path: Path) -> None:
    """Nigeria, Israel, Egypt and Sudan stand on the pages, but not in the articles."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "traps.yaml").write_text(
        "rules:\n"
        "  - {id: nigeria, title: n, when: Nigeria and Russia and military}\n"
        "  - {id: israel, title: i, when: 'Israel and (military or \"war\")'}\n"
        "  - {id: egypt, title: e, when: (Egypt or Sudan) and Russia}\n"
        "  - {id: niger, title: r, when: Niger and Russia}\n",
        encoding="utf-8",
    )

    done = tocsin("match", "--watch", str(tmp_path), str(SEEDS))

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[alert["rule"] for alert in answer["alerts"]] for answer in answers] == [["niger"], ["niger"]]


def test_a_second_run_on_a_busy_folder_is_refused_in_plain_words(tmp_path: Path) -> None:
    """One line, no traceback, an exit code of its own."""
    with EmbeddedServer(tmp_path):
        done = tocsin("run", "--once", "--data-dir", str(tmp_path))

    assert done.returncode == 78
    assert "another `tocsin run` is using it" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_stops_the_start_with_the_nearest_name() -> None:
    """A typo must not fall back to a default."""
    done = tocsin("config", environ={"TOCSIN_REDIS_ULR": "redis://x"})

    assert done.returncode == 78
    assert "TOCSIN_REDIS_ULR is not a setting of tocsin; the nearest one is TOCSIN_REDIS_URL" in done.stderr


def test_config_masks_secrets() -> None:
    """The password is never printed, and the origin of a value is."""
    done = tocsin("config", "--json", environ={"TOCSIN_REDIS_URL": "redis://:hunter2@example.org:6380/0"})

    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["TOCSIN_REDIS_URL"]["value"] == "redis://:***@example.org:6380/0"
    assert rows["TOCSIN_REDIS_URL"]["origin"] == "environment"
    assert rows["TOCSIN_BATCH_SIZE"]["origin"] == "default"
    assert "hunter2" not in done.stdout + done.stderr


def test_a_server_that_is_away_is_one_clear_line() -> None:
    """No traceback, and the password stays secret."""
    done = tocsin("status", environ={"TOCSIN_REDIS_URL": "redis://:hunter2@127.0.0.1:1/0"})

    assert done.returncode == 78
    assert "redis://:***@127.0.0.1:1/0 does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
