"""Workers, a master and its replica are killed in turn; the alerts are those of one quiet server (docs/scale.md)."""

import random
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.chaos.cluster_pipeline import ClusterPipeline
from tests.chaos.pages import page_line, rings
from tests.chaos.pipeline import Pipeline

PAGES_A_FILE = 40


@pytest.mark.timeout(3600)  # the long form takes longer than a hanging test may
def test_a_cluster_that_loses_masters_and_workers_gives_the_alerts_of_a_quiet_server(
    tmp_path: Path, *, is_long: bool, report: list[str]
) -> None:
    """With WAIT at ingest nothing is lost and nothing is doubled: 6 partitions, 3 masters, 3 replicas."""
    pages, rounds, within = (1000, 4, 400.0) if is_long else (80, 1, 60.0)
    files = _files(tmp_path, pages)
    with Pipeline(tmp_path / "quiet", "no", 1) as quiet:
        quiet.waiting = [*files]
        quiet.run_until_done(within_seconds=within)
        expected = sorted(alert["id"] for alert in quiet.alerts())
    assert len(expected) == sum(map(rings, range(pages)))
    for file in files:
        file.with_name(file.name + ".done").unlink()  # pushed to the quiet server, and now to the cluster

    dice = random.Random(9)
    started = monotonic()
    with ClusterPipeline(tmp_path / "killed", workers_per_stage=1 + is_long) as killed:
        killed.waiting = [*files]
        for number in range(rounds):
            for _ in range(8 if is_long else 4):
                killed.keep_going()
                killed.kill_a_worker(dice)
                sleep(0.3)  # the kills are spread over the flow, not waited for
            with killed.in_background():
                killed.kill_a_shard_in_turn(number % 3)
        killed.run_until_done(within_seconds=within)
        report.append(f"cluster: {pages} pages, {monotonic() - started:.0f} s, kills: {dict(killed.kills)}")

        home, *others = killed.alerts_by_partition()
        assert sorted(home) == expected
        assert not any(others)
        assert [killed.dead_letters(stage) for stage in ("clean", "tag", "alert", "decide")] == [[]] * 4
        assert killed.kills["redis"] == 2 * rounds


def _files(folder: Path, pages: int) -> list[Path]:
    files = []
    for start in range(0, pages, PAGES_A_FILE):
        path = folder / f"pages-{start:06}.jsonl"
        path.write_bytes(b"".join(page_line(number) for number in range(start, min(start + PAGES_A_FILE, pages))))
        files.append(path)
    return files
